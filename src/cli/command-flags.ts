// The flags of the verbs that have many, or share them. No logic.
import type { Flag } from './flags.js';

export const BUNDLE: Flag = {
  name: 'bundle',
  short: 'b',
  value: 'dir',
  description: 'path of the bundle (default: the current directory)',
};

export const CREATE_FLAGS: readonly Flag[] = [
  BUNDLE,
  { name: 'console-socket', value: 'path', description: 'socket that receives the terminal' },
  { name: 'pidfd-socket', value: 'path', description: 'socket that receives a pidfd of init' },
  { name: 'pid-file', value: 'path', description: 'file that receives the pid of init' },
  { name: 'no-pivot', description: 'use chroot(2) instead of pivot_root(2), for a rootfs on a ramdisk' },
  { name: 'no-new-keyring', description: 'do not create a session keyring' },
  { name: 'preserve-fds', value: 'n', description: 'pass n descriptors, from 3 on, to the program' },
];

export const UPDATE_FLAGS: readonly Flag[] = [
  { name: 'resources', short: 'r', value: 'file', description: 'linux.resources as JSON, "-" for standard input' },
  { name: 'dry-run', description: 'print what would be changed, and change nothing' },
  { name: 'memory', value: 'bytes', description: 'memory limit, such as 512m; -1 for none' },
  { name: 'memory-reservation', value: 'bytes', description: 'memory that is reclaimed last (memory.low)' },
  { name: 'memory-swap', value: 'bytes', description: 'limit of memory and swap together; -1 for none' },
  { name: 'cpu-period', value: 'microseconds', description: 'period of the CPU quota' },
  { name: 'cpu-quota', value: 'microseconds', description: 'CPU time in each period; -1 for no limit' },
  { name: 'cpu-burst', value: 'microseconds', description: 'CPU time that may be saved up beyond the quota' },
  { name: 'cpu-share', value: 'shares', description: 'CPU time relative to other containers' },
  { name: 'cpu-idle', value: '0|1', description: 'run only when nobody else wants the CPU' },
  { name: 'cpuset-cpus', value: 'list', description: 'CPUs to run on, such as 0-2,7' },
  { name: 'cpuset-mems', value: 'list', description: 'memory nodes to use' },
  { name: 'pids-limit', value: 'count', description: 'most processes and threads; -1 for no limit' },
  { name: 'blkio-weight', value: 'weight', description: 'I/O relative to other containers, 10 to 1000' },
  { name: 'cpu-rt-period', value: 'microseconds', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'cpu-rt-runtime', value: 'microseconds', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'kernel-memory', value: 'bytes', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'kernel-memory-tcp', value: 'bytes', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'l3-cache-schema', value: 'schema', description: 'cache of its class in resctrl, such as L3:0=7f0;1=1f' },
  { name: 'mem-bw-schema', value: 'schema', description: 'memory bandwidth of its class, such as MB:0=20;1=70' },
];

export const EXEC_FLAGS: readonly Flag[] = [
  { name: 'process', short: 'p', value: 'file', description: 'take the process from this JSON file' },
  { name: 'detach', short: 'd', description: 'do not wait for the program to end' },
  { name: 'tty', short: 't', description: 'give the program a terminal' },
  { name: 'console-socket', value: 'path', description: 'socket that receives the terminal' },
  { name: 'pidfd-socket', value: 'path', description: 'socket that receives a pidfd of the process' },
  { name: 'pid-file', value: 'path', description: 'file that receives the pid of the process' },
  { name: 'cwd', value: 'dir', description: 'working directory in the container' },
  { name: 'env', short: 'e', value: 'name=value', description: 'add a variable; may be repeated', isRepeatable: true },
  { name: 'user', short: 'u', value: 'user[:group]', description: 'user, and group, of the program' },
  {
    name: 'additional-gids',
    short: 'g',
    value: 'gid',
    description: 'add a supplementary group; may be repeated',
    isRepeatable: true,
  },
  {
    name: 'cap',
    short: 'c',
    value: 'capability',
    description: 'add a capability; may be repeated',
    isRepeatable: true,
  },
  { name: 'no-new-privs', description: 'let the program gain no privilege' },
  { name: 'apparmor', value: 'profile', description: 'AppArmor profile of the program' },
  { name: 'process-label', value: 'label', description: 'SELinux label of the program' },
  { name: 'preserve-fds', value: 'n', description: 'pass n descriptors, from 3 on, to the program' },
  { name: 'ignore-paused', description: 'also in a paused container: the program runs when it goes on' },
  { name: 'cgroup', value: 'path', description: "cgroup below the container's own" },
  { name: 'no-subreaper', description: 'leave orphans of the container to another process to reap', hidden: true },
];
