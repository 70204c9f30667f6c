// Finds out what the compiler of plans has to know about this host.
import { accessSync, constants, existsSync, readdirSync, readlinkSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TsrunError } from '../base/errors.js';
import type {
  HostFacts,
  IdFacts,
  ResctrlFacts,
  ResourceFacts,
  SecurityModules,
  SystemdFacts,
} from '../base/host-facts.js';
import { readKernelFile } from './files.js';

const CGROUP2_SUPER_MAGIC = 0x63677270;

/** What is read only where it is needed, as it costs time at each start. */
export interface WantedFacts {
  readonly limits?: boolean | undefined;
  readonly systemd?: SystemdFacts | null | undefined;
  readonly labels?: boolean | undefined;
  readonly memoryNodes?: boolean | undefined;
  readonly resctrl?: ResctrlFacts | null | undefined;
  readonly ids?: IdFacts | null | undefined;
  /** Whether the runtime may make cgroups beside its own. */
  readonly ownsCgroups?: boolean | undefined;
}

/** The facts of this host at this moment. */
export function readHostFacts(wanted: WantedFacts = {}): HostFacts {
  const { limits = false, systemd = null, labels = false, memoryNodes = false, resctrl = null, ids = null } = wanted;
  const hybrid = !isCgroup2('/sys/fs/cgroup');
  const cgroupRoot = hybrid
    ? isCgroup2('/sys/fs/cgroup/unified')
      ? '/sys/fs/cgroup/unified'
      : null
    : '/sys/fs/cgroup';
  const ownCgroup = readOwnCgroup();
  return {
    cgroupRoot,
    ownCgroup,
    hybridCgroup: hybrid && cgroupRoot !== null,
    hasKcore: existsSync('/proc/kcore'),
    uid: process.geteuid?.() ?? 0,
    inUserNamespace: isInUserNamespace(),
    ids,
    ownsCgroups: wanted.ownsCgroups ? mayMakeCgroups(cgroupRoot, ownCgroup) : null,
    resources: limits ? readResourceFacts(cgroupRoot, hybrid) : null,
    systemd,
    securityModules: labels ? readSecurityModules() : null,
    // Nodes without memory, of processors or of memory that is still to be plugged in, cannot be of a policy.
    memoryNodes: memoryNodes ? (readKernelFile('/sys/devices/system/node/has_memory')?.trim() ?? null) : null,
    resctrl,
  };
}

/** The first user namespace of a machine has this number: include/linux/proc_ns.h, PROC_USER_INIT_INO. */
const FIRST_USER_NAMESPACE = 'user:[4026531837]';

/** True in a user namespace below the machine's first one; false where that cannot be told. */
export function isInUserNamespace(): boolean {
  try {
    return readlinkSync('/proc/self/ns/user') !== FIRST_USER_NAMESPACE;
  } catch {
    return false;
  }
}

/** Where a container's cgroup is made when nobody names one, and what the kernel asks for to be born there (cgroup-v2.rst, "Delegation Containment"). */
function mayMakeCgroups(cgroupRoot: string | null, ownCgroup: string): boolean {
  if (cgroupRoot === null) return false;
  const parent = join(cgroupRoot, dirname(ownCgroup));
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    accessSync(join(parent, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readResourceFacts(cgroupRoot: string | null, hybrid: boolean): ResourceFacts {
  const read = (file: string) => (cgroupRoot === null ? null : readKernelFile(join(cgroupRoot, file))?.trim()) ?? null;
  return {
    controllers: (read('cgroup.controllers') ?? '').split(' ').filter((name) => name !== ''),
    cpus: read('cpuset.cpus.effective') ?? readKernelFile('/sys/devices/system/cpu/online')?.trim() ?? null,
    mems: read('cpuset.mems.effective') ?? readKernelFile('/sys/devices/system/node/online')?.trim() ?? null,
    hugePageSizes: readHugePageSizes(),
    hybrid,
  };
}

/** `/sys/kernel/mm/hugepages/hugepages-2048kB` is `2MB` in the names of cgroup files (mm/hugetlb_cgroup.c, mem_fmt()). */
function readHugePageSizes(): string[] | null {
  try {
    const sizes = readdirSync('/sys/kernel/mm/hugepages').map((name) => Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]));
    return sizes.filter((kilobytes) => kilobytes > 0).map(formatPageSize);
  } catch {
    // A kernel without huge pages has no directory of them.
    return null;
  }
}

function formatPageSize(kilobytes: number): string {
  if (kilobytes >= 1024 * 1024) return `${kilobytes / (1024 * 1024)}GB`;
  return kilobytes >= 1024 ? `${kilobytes / 1024}MB` : `${kilobytes}KB`;
}

/** apparmor(7); selinux(8): its file system is mounted where it is enabled. */
function readSecurityModules(): SecurityModules {
  return {
    appArmor: readKernelFile('/sys/module/apparmor/parameters/enabled')?.startsWith('Y') ?? false,
    seLinux: existsSync('/sys/fs/selinux/enforce'),
  };
}

const BUSCTL = ['/usr/bin/busctl', '/bin/busctl'];

/**
 * The systemd that makes scopes for this user.
 * @throws TsrunError HOST_UNSUPPORTED where systemd does not run, or does not answer.
 */
export async function readSystemdFacts(): Promise<SystemdFacts> {
  // sd_booted(3).
  const busctl = existsSync('/run/systemd/system') ? BUSCTL.find((path) => existsSync(path)) : undefined;
  if (busctl === undefined) {
    throw new TsrunError('HOST_UNSUPPORTED', 'cannot use systemd for cgroups: it does not run on this machine', {
      hint: 'leave --systemd-cgroup out, so that tsrun makes the cgroups itself',
    });
  }
  const names = ['DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS', 'XDG_RUNTIME_DIR'];
  const environment = names.flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []));
  const user = await isUsersSystemd(busctl);
  return { busctl, user, environment, controlGroup: user ? await readControlGroup(busctl) : '' };
}

/** In a user namespace root can be the root of a container that has a systemd, or a user: then the bus that he reaches is his (busctl(1), status). */
async function isUsersSystemd(busctl: string): Promise<boolean> {
  if (process.geteuid?.() !== 0) return true;
  if (!isInUserNamespace()) return false;
  const { spawnSync } = await import('node:child_process');
  const { stdout } = spawnSync(busctl, ['--user', '--no-pager', 'status'], { encoding: 'utf8' });
  const owner = /^OwnerUID=(\d+)$/m.exec(stdout ?? '')?.[1];
  return owner !== undefined && owner !== '0';
}

/** Of the user's manager: `s "/user.slice/user-1000.slice/user@1000.service"`. */
async function readControlGroup(busctl: string): Promise<string> {
  const { spawnSync } = await import('node:child_process');
  const name = 'org.freedesktop.systemd1';
  const args = ['--user', 'get-property', name, `/${name.replaceAll('.', '/')}`, `${name}.Manager`, 'ControlGroup'];
  const { stdout, stderr, error } = spawnSync(busctl, args, { encoding: 'utf8' });
  const match = /^s "(\/.*)"\n$/.exec(stdout ?? '');
  if (match?.[1] !== undefined) return match[1];
  const why = error?.message ?? stderr.trim().replaceAll('\n', ' ');
  throw new TsrunError('HOST_UNSUPPORTED', `cannot ask the user's systemd for its cgroup: ${why}`, {
    hint: 'it needs a session: XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS, or "loginctl enable-linger"',
  });
}

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === CGROUP2_SUPER_MAGIC;
  } catch {
    // Not there: then it is not a cgroup2 mount either.
    return false;
  }
}

/** The line of the v2 hierarchy in /proc/self/cgroup, cgroups(7): `0::/path`. */
function readOwnCgroup(): string {
  const line = (readKernelFile('/proc/self/cgroup') ?? '').split('\n').find((text) => text.startsWith('0::'));
  return line === undefined ? '/' : line.slice(3);
}
