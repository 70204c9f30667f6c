// The system calls that the audit knows: where each takes paths, and which strings are none. Pure, and without a default: a call with a
// string that is in no table here is a problem.

/** A path argument, and the descriptor that it starts from; `from: null`, where the call has none: from the current directory. */
export interface PathArgument {
  readonly from: number | null;
  readonly path: number;
}

const plain = (...paths: number[]): PathArgument[] => paths.map((path) => ({ from: null, path }));
const at = (from: number): PathArgument => ({ from, path: from + 1 });

/** Every call of Linux 6.12 that looks a path up. */
export const PATHS: Readonly<Record<string, readonly PathArgument[]>> = {
  ...fromEach(
    ['open', 'creat', 'mkdir', 'mknod', 'rmdir', 'unlink', 'chmod', 'chown', 'lchown', 'stat', 'lstat'],
    plain(0),
  ),
  ...fromEach(['access', 'chdir', 'chroot', 'truncate', 'readlink', 'statfs', 'umount', 'umount2', 'swapon'], plain(0)),
  ...fromEach(['swapoff', 'acct', 'utime', 'utimes', 'uselib', 'oldstat', 'oldlstat', 'execve'], plain(0)),
  ...fromEach(['setxattr', 'lsetxattr', 'getxattr', 'lgetxattr', 'listxattr', 'llistxattr'], plain(0)),
  ...fromEach(['removexattr', 'lremovexattr', 'mq_open', 'mq_unlink'], plain(0)),
  ...fromEach(['link', 'rename', 'mount', 'pivot_root'], plain(0, 1)),
  symlink: plain(1),
  inotify_add_watch: plain(1),
  quotactl: plain(1),
  ...fromEach(['openat', 'openat2', 'mkdirat', 'mknodat', 'unlinkat', 'fchmodat', 'fchmodat2', 'fchownat'], [at(0)]),
  ...fromEach(['newfstatat', 'fstatat64', 'statx', 'faccessat', 'faccessat2', 'readlinkat', 'futimesat'], [at(0)]),
  ...fromEach(['utimensat', 'execveat', 'name_to_handle_at', 'open_tree', 'open_tree_attr', 'fspick'], [at(0)]),
  ...fromEach(['mount_setattr', 'setxattrat', 'getxattrat', 'listxattrat', 'removexattrat'], [at(0)]),
  ...fromEach(['file_getattr', 'file_setattr'], [at(0)]),
  symlinkat: [at(1)],
  fanotify_mark: [at(3)],
  ...fromEach(['renameat', 'renameat2', 'linkat', 'move_mount'], [at(0), at(2)]),
};

/** Calls that never follow a link in the last component. */
export const NEVER_FOLLOW: ReadonlySet<string> = new Set([
  'mkdirat',
  'mknodat',
  'symlinkat',
  'unlinkat',
  'renameat',
  'renameat2',
  'readlinkat',
]);

/** Calls with strings that are no paths, and what they are. */
export const NO_PATHS: Readonly<Record<string, string>> = {
  ...fromEach(
    ['read', 'write', 'pread64', 'pwrite64', 'readv', 'writev', 'sendto', 'recvfrom', 'sendmsg', 'recvmsg'],
    'data',
  ),
  ...fromEach(['getdents64', 'getrandom', 'process_vm_readv'], 'data'),
  ...fromEach(['sethostname', 'setdomainname', 'uname'], 'names of the machine'),
  ...fromEach(['getcwd', 'memfd_create'], 'a name that leads nowhere'),
  prctl: 'the name of the process',
  keyctl: 'the name of a keyring',
  fsopen: 'the type of a filesystem',
  fsconfig: 'options of a filesystem, as config.json has them; FSCONFIG_SET_PATH is looked at apart',
  fsetxattr: 'an attribute and its value, of a descriptor',
  fgetxattr: 'an attribute and its value, of a descriptor',
  ioctl: 'names of network devices',
};

/** Calls that make a process or a thread. */
export const BIRTHS: ReadonlySet<string> = new Set(['fork', 'vfork', 'clone', 'clone3']);

function fromEach<T>(names: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value]));
}
