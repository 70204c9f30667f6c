// spec: a config.json to begin with, the same as runc's (runc spec), so that what edits one can edit the other.
import { join } from 'node:path';
import { OCI_VERSION } from '../base/container-state.js';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName, writeNewFile } from '../host/files.js';
import type { Mount, Namespace, Spec } from '../spec/types.js';

const CAPABILITIES = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/proc/scsi',
];

const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The default config.json; with `rootless`, one for a user namespace of the calling user. */
export function defaultSpec(rootless: boolean): Spec {
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'tsrun',
    mounts: rootless ? rootlessMounts() : defaultMounts(),
    linux: {
      ...(rootless ? rootlessMappings() : { resources: { devices: [{ allow: false, access: 'rwm' }] } }),
      namespaces: defaultNamespaces(rootless),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
    },
  };
}

function defaultMounts(): Mount[] {
  const still = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...still, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: still },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...still, 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...still, 'relatime', 'ro'] },
  ];
}

/** Without root: sysfs cannot be mounted beside the host's network, and gid 5 is not mapped. */
function rootlessMounts(): Mount[] {
  const bound: Mount = {
    destination: '/sys',
    type: 'none',
    source: '/sys',
    options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
  };
  return defaultMounts()
    .filter(({ destination }) => destination !== '/sys/fs/cgroup')
    .map((mount) => (mount.destination === '/sys' ? bound : withoutIds(mount)));
}

function withoutIds(mount: Mount): Mount {
  if (mount.options === undefined) return mount;
  return { ...mount, options: mount.options.filter((option) => !/^[ug]id=/.test(option)) };
}

function rootlessMappings(): Pick<NonNullable<Spec['linux']>, 'uidMappings' | 'gidMappings'> {
  return {
    uidMappings: [{ containerID: 0, hostID: process.geteuid?.() ?? 0, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: process.getegid?.() ?? 0, size: 1 }],
  };
}

function defaultNamespaces(rootless: boolean): Namespace[] {
  const types: Namespace['type'][] = rootless
    ? ['pid', 'ipc', 'uts', 'mount', 'cgroup', 'user']
    : ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'];
  return types.map((type) => ({ type }));
}

/**
 * Writes config.json into a bundle directory.
 * @throws TsrunError IO when there is one already, or the directory cannot be written.
 */
export function writeSpec(bundle: string, spec: Spec): void {
  const path = join(bundle, 'config.json');
  try {
    writeNewFile(path, `${JSON.stringify(spec, null, '\t')}\n`, 0o644);
  } catch (error) {
    const there = errnoName(error) === 'EEXIST';
    throw new TsrunError('IO', `cannot write "${path}": ${describeSystemError(error)}`, {
      hint: there ? 'remove it first: tsrun never overwrites a config.json' : undefined,
      cause: error,
    });
  }
}
