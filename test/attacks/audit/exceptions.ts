// The calls that take a path by its name on the way into a container, each with the reason why nobody can use it. The audit fails for an
// exception that no container of its matrix makes use of.

export interface Exception {
  readonly title: string;
  readonly reason: string;
  readonly phase: 'building' | 'inside';
  readonly call: string;
  /** The argument that is the path. */
  readonly first: number;
  /** Only of processes that init has made: hooks. */
  readonly isOffspring?: boolean;
  readonly allows: (args: readonly string[]) => boolean;
}

const is =
  (position: number, text: string) =>
  (args: readonly string[]): boolean =>
    args[position] === JSON.stringify(text);

/** No name is a way into procfs: of a program, a working directory or a hook none is meant. */
const isNotProcfs =
  (position: number) =>
  (args: readonly string[]): boolean =>
    !/^"\/proc(\/|")/.test(args[position] ?? '');

const ROOT = 'has no component that anybody could exchange';
const IN_ROOT =
  'looked up in the root of the container, as execve(2) itself will, and getcwd(2) has to tell a directory of that root';
const OF_HOOK =
  'a hook is an absolute path of config.json in the runtime namespace (config.md, "POSIX-platform Hooks"), which is trusted';

export const EXCEPTIONS: readonly Exception[] = [
  {
    title: 'the root of the new namespace',
    reason: ROOT,
    phase: 'building',
    call: 'openat',
    first: 1,
    allows: is(1, '/'),
  },
  {
    title: 'the root is changed to the current directory',
    reason: 'which fchdir(2) has just made the rootfs, by its descriptor',
    phase: 'building',
    call: 'pivot_root',
    first: 0,
    allows: (args) => is(0, '.')(args) && is(1, '.')(args),
  },
  {
    title: 'the root is changed without pivot_root',
    reason: 'to the current directory, which fchdir(2) has just made the rootfs, by its descriptor',
    phase: 'building',
    call: 'chroot',
    first: 0,
    allows: is(0, '.'),
  },
  {
    title: 'exec changes the root, of a container without a mount namespace',
    reason: 'to the current directory, which fchdir(2) has just made the root of init, by its descriptor',
    phase: 'inside',
    call: 'chroot',
    first: 0,
    allows: is(0, '.'),
  },
  {
    title: 'the old root is left',
    reason: 'it is the current directory, which fchdir(2) has just made it, by its descriptor',
    phase: 'inside',
    call: 'umount2',
    first: 0,
    allows: is(0, '.'),
  },
  {
    title: 'the root of the container, by exec',
    reason: ROOT,
    phase: 'inside',
    call: 'openat',
    first: 1,
    allows: is(1, '/'),
  },
  { title: 'the root of the container', reason: ROOT, phase: 'inside', call: 'chdir', first: 0, allows: is(0, '/') },
  { title: 'the working directory', reason: IN_ROOT, phase: 'inside', call: 'chdir', first: 0, allows: isNotProcfs(0) },
  {
    title: 'what the program is',
    reason: IN_ROOT,
    phase: 'inside',
    call: 'newfstatat',
    first: 1,
    allows: isNotProcfs(1),
  },
  {
    title: 'whether it may be executed',
    reason: IN_ROOT,
    phase: 'inside',
    call: 'faccessat2',
    first: 1,
    allows: isNotProcfs(1),
  },
  { title: 'the program', reason: IN_ROOT, phase: 'inside', call: 'execve', first: 0, allows: isNotProcfs(0) },
  {
    title: 'the directory of a createContainer hook',
    reason: OF_HOOK,
    phase: 'building',
    call: 'chdir',
    first: 0,
    isOffspring: true,
    allows: isNotProcfs(0),
  },
  {
    title: 'a createContainer hook',
    reason: OF_HOOK,
    phase: 'building',
    call: 'execve',
    first: 0,
    isOffspring: true,
    allows: isNotProcfs(0),
  },
];
