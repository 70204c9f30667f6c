// What the host has that a container could leave behind.
import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPORARY_PREFIX } from './temporary.js';

const CGROUP2_SUPER_MAGIC = 0x63677270;
/** Where tsrun keeps state when nobody says, and where managers have their runtime keep it. */
const STATE_ROOTS = [
  '/run/tsrun',
  '/run/runc',
  '/run/containerd/runc/default',
  '/run/containerd/runc/k8s.io',
  '/run/docker/runtime-runc/moby',
];
/** What is of a container: tsrun and the probe, and in the virtual machine, where nobody else has any, what managers put beside it. */
const OF_CONTAINERS = process.env.IN_VM === '1' ? /^(tsrun|probe|conmon|containerd-shim)/ : /^(tsrun|probe)/;

/** Everything of one kind as lines; a line that a ring finds at its end and not at its beginning was left behind. */
export interface HostState {
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly processes: readonly string[];
  readonly directories: readonly string[];
  readonly keyrings: readonly string[];
}

/** Where the cgroup2 tree is, as tsrun looks for it. */
export function cgroupRoot(): string {
  const places = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
  const found = places.find((path) => existsSync(path) && statfsSync(path).type === CGROUP2_SUPER_MAGIC);
  if (found === undefined)
    throw new Error('these tests need a cgroup2 mount in /sys/fs/cgroup or /sys/fs/cgroup/unified');
  return found;
}

export function readHostState(): HostState {
  return {
    mounts: listMounts(),
    // A slice that systemd made for a scope stays, empty, until it is stopped: it belongs to whoever named it.
    cgroups: listCgroups(cgroupRoot()).filter((path) => !path.endsWith('.slice')),
    processes: listProcesses(),
    directories: listDirectories(),
    keyrings: listKeyrings(),
  };
}

/** Mountinfo without ids, which change when another mount comes and goes. */
function listMounts(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(' ').slice(3).join(' '));
}

function listCgroups(path: string): string[] {
  const children = readNames(path, true).map((name) => join(path, name));
  return children.flatMap((child) => [child, ...listCgroups(child)]);
}

/** Processes of containers: `pid name`, and the ring of tests that each is of. */
function listProcesses(): string[] {
  const found: string[] = [];
  for (const pid of readNames('/proc', true).filter((name) => /^\d+$/.test(name))) {
    const name = readText(`/proc/${pid}/comm`).trim();
    if (OF_CONTAINERS.test(name) || /(\/tsrun|\/probe|memfd:tsrun)/.test(readLink(`/proc/${pid}/exe`))) {
      if (isAlive(pid)) found.push(`${pid} ${name}${ringOf(pid)}`);
    }
  }
  return found;
}

/** ` test-RING-`, by the environment of the command or the cgroup of the container. */
function ringOf(pid: string): string {
  const ring =
    /TSRUN_TEST_RING=(\d+)/.exec(readText(`/proc/${pid}/environ`)) ??
    /\/test-(\d+)-/.exec(readText(`/proc/${pid}/cgroup`));
  return ring === null ? '' : ` test-${ring[1]}-`;
}

/** Session keyrings of containers of tests. A dead process that nobody has reaped still has its own. */
function listKeyrings(): string[] {
  return [...readText('/proc/keys').matchAll(/_ses\.test-[^:]*/g)].map(([name]) => name);
}

/** Whether a process runs. One that has ended and waits to be reaped by the host's init does not. */
export function isAlive(pid: number | string): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat !== '' && !/^\) Z /.test(stat.slice(stat.lastIndexOf(')')));
}

function listDirectories(): string[] {
  const temporary = readNames(tmpdir(), true).filter((name) => name.startsWith(TEMPORARY_PREFIX));
  return [
    ...temporary.map((name) => join(tmpdir(), name)),
    ...STATE_ROOTS.flatMap((root) =>
      readNames(root, false)
        .filter(isOfContainer)
        .map((name) => join(root, name)),
    ),
  ];
}

/** Filters that were made once are kept for the next container that asks for them. */
function isOfContainer(name: string): boolean {
  return name !== '.seccomp';
}

// What is listed may go away at any moment: then it is not there.
function readNames(path: string, directoriesOnly: boolean): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => !directoriesOnly || entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
