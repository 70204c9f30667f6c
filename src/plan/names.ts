// The tables of names that fields of a plan may hold; c/names.c gives each its number. Kernel names, never numbers.

import { CAPABILITIES } from '../spec/capabilities.js';
import { RLIMITS } from '../spec/rlimits.js';

export const TABLES = {
  namespace: ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'],
  clone: [
    'CLONE_NEWPID',
    'CLONE_NEWNET',
    'CLONE_NEWNS',
    'CLONE_NEWIPC',
    'CLONE_NEWUTS',
    'CLONE_NEWUSER',
    'CLONE_NEWCGROUP',
    'CLONE_NEWTIME',
  ],
  'open-tree': ['AT_RECURSIVE', 'AT_SYMLINK_NOFOLLOW'],
  at: ['AT_RECURSIVE'],
  'mount-attr': [
    'MOUNT_ATTR_RDONLY',
    'MOUNT_ATTR_NOSUID',
    'MOUNT_ATTR_NODEV',
    'MOUNT_ATTR_NOEXEC',
    'MOUNT_ATTR_NOATIME',
    'MOUNT_ATTR_STRICTATIME',
    'MOUNT_ATTR_NODIRATIME',
    'MOUNT_ATTR_NOSYMFOLLOW',
    'MOUNT_ATTR__ATIME',
  ],
  propagation: ['MS_PRIVATE', 'MS_SHARED', 'MS_SLAVE', 'MS_UNBINDABLE', 'MS_REC'],
  attach: ['follow', 'nofollow', 'ordinary', 'procfs'],
  device: ['c', 'b', 'p', 'u'],
  'id-map': ['uid_map', 'gid_map'],
  rlimit: RLIMITS,
  cap: CAPABILITIES,
  hook: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
  stream: ['stdout', 'stderr'],
  groups: ['drop', 'keep'],
  personality: ['PER_LINUX', 'PER_LINUX32'],
  denial: ['error', 'ignore'],
  scheduler: ['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_IDLE', 'SCHED_DEADLINE'],
  sched: [
    'SCHED_FLAG_RESET_ON_FORK',
    'SCHED_FLAG_RECLAIM',
    'SCHED_FLAG_DL_OVERRUN',
    'SCHED_FLAG_KEEP_POLICY',
    'SCHED_FLAG_KEEP_PARAMS',
    'SCHED_FLAG_UTIL_CLAMP_MIN',
    'SCHED_FLAG_UTIL_CLAMP_MAX',
  ],
  'io-class': ['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'],
  'resctrl-group': ['class', 'monitoring'],
  'memory-policy': [
    'MPOL_DEFAULT',
    'MPOL_PREFERRED',
    'MPOL_BIND',
    'MPOL_INTERLEAVE',
    'MPOL_LOCAL',
    'MPOL_PREFERRED_MANY',
    'MPOL_WEIGHTED_INTERLEAVE',
  ],
  'memory-policy-flag': ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'],
  'seccomp-action': [
    'SCMP_ACT_KILL_PROCESS',
    'SCMP_ACT_KILL_THREAD',
    'SCMP_ACT_TRAP',
    'SCMP_ACT_ERRNO',
    'SCMP_ACT_TRACE',
    'SCMP_ACT_ALLOW',
    'SCMP_ACT_LOG',
    'SCMP_ACT_NOTIFY',
  ],
  'seccomp-operator': [
    'SCMP_CMP_NE',
    'SCMP_CMP_LT',
    'SCMP_CMP_LE',
    'SCMP_CMP_EQ',
    'SCMP_CMP_GE',
    'SCMP_CMP_GT',
    'SCMP_CMP_MASKED_EQ',
  ],
  'newer-calls': ['default', 'ENOSYS'],
  'unknown-call': ['skip', 'warn', 'error'],
  'filter-shape': ['list', 'tree'],
  'seccomp-filter': [
    'SECCOMP_FILTER_FLAG_TSYNC',
    'SECCOMP_FILTER_FLAG_LOG',
    'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
    'SECCOMP_FILTER_FLAG_NEW_LISTENER',
    'SECCOMP_FILTER_FLAG_TSYNC_ESRCH',
    'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
  ],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof TABLES;

/** One name of a table, e.g. `NameOf<'attach'>` is `'follow' | 'nofollow' | 'ordinary' | 'procfs'`. */
export type NameOf<Table extends TableName> = (typeof TABLES)[Table][number];

export type MountAttribute = NameOf<'mount-attr'>;
export type Propagation = NameOf<'propagation'>;
export type CloneFlag = NameOf<'clone'>;
export type HookKind = NameOf<'hook'>;
