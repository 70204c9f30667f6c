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
  attach: ['follow', 'nofollow', 'ordinary'],
  device: ['c', 'b', 'p', 'u'],
  'id-map': ['uid_map', 'gid_map'],
  rlimit: RLIMITS,
  cap: CAPABILITIES,
  hook: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
  personality: ['PER_LINUX', 'PER_LINUX32'],
  denial: ['error', 'ignore'],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof TABLES;

/** One name of a table, e.g. `NameOf<'attach'>` is `'follow' | 'nofollow' | 'ordinary'`. */
export type NameOf<Table extends TableName> = (typeof TABLES)[Table][number];

export type MountAttribute = NameOf<'mount-attr'>;
export type Propagation = NameOf<'propagation'>;
export type CloneFlag = NameOf<'clone'>;
export type HookKind = NameOf<'hook'>;
