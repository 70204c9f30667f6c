// config-linux.md, "Control groups".

import {
  array,
  boolean,
  conflict,
  int64,
  object,
  required,
  string,
  uint16,
  uint32,
  uint64,
  type WrongInput,
  words,
  wrong,
} from './wrong-input.js';

const R = 'linux.resources';

const RULE = `${R}.devices[0]`;
const DEVICES: readonly WrongInput[] = [
  ...array(`${R}.devices`),
  ...object(RULE),
  ...boolean(`${RULE}.allow`),
  ...required(`${RULE}.allow`),
  ...words(`${RULE}.type`, 'a', 'c', 'b'),
  ...int64(`${RULE}.major`, `${RULE}.minor`),
  ...string(`${RULE}.access`),
  wrong(`${RULE}.access`, 'format', 'rx', 'found "rx", must be letters out of "rwm"'),
  wrong(`${RULE}.access`, 'format', 'RW', 'found "RW", must be letters out of "rwm"'),
  wrong(`${RULE}.major`, 'format', -2, 'found -2, must be from 0 to 4294967295, or -1 for all'),
  wrong(`${RULE}.minor`, 'format', 4294967296, 'found 4294967296, must be from 0 to 4294967295, or -1 for all'),
];

const M = `${R}.memory`;
const MEMORY: readonly WrongInput[] = [
  ...object(M),
  ...int64(...['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'].map((key) => `${M}.${key}`)),
  ...uint64(`${M}.swappiness`),
  ...boolean(...['disableOOMKiller', 'useHierarchy', 'checkBeforeUpdate'].map((key) => `${M}.${key}`)),
  ...['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'].map((key) =>
    wrong(`${M}.${key}`, 'format', -2, 'found -2, must be at least 0, or -1 for no limit'),
  ),
  wrong(
    `${M}.limit`,
    'type',
    '512m',
    'found "512m", must be an integer from -9223372036854775808 to 9223372036854775807',
  ),
  wrong(`${M}.swappiness`, 'format', 101, 'found 101, must be from 0 to 100'),
  conflict([[`${M}.swap`, 999]], `${M}.swap: found 999, must be at least limit, 1000: it includes memory`),
  conflict([[`${M}.limit`, undefined]], `${M}.swap: found 2000 without limit, must have one: it includes memory`),
  conflict(
    [
      [`${M}.limit`, 9223372036854775807n],
      [`${M}.swap`, 9223372036854775806n],
    ],
    `${M}.swap: found 9223372036854775806, must be at least limit, 9223372036854775807: it includes memory`,
  ),
];

const C = `${R}.cpu`;
const CPU: readonly WrongInput[] = [
  ...object(C),
  ...uint64(...['shares', 'burst', 'period', 'realtimePeriod'].map((key) => `${C}.${key}`)),
  ...int64(...['quota', 'realtimeRuntime', 'idle'].map((key) => `${C}.${key}`)),
  ...string(`${C}.cpus`, `${C}.mems`),
  {
    ...wrong(`${C}.quota`, 'format', 999, 'found 999, must be at least 1000 microseconds'),
    edits: [
      [`${C}.quota`, 999],
      [`${C}.burst`, 0],
    ],
  },
  wrong(`${C}.period`, 'format', 999, 'found 999, must be from 1000 to 1000000 microseconds'),
  wrong(`${C}.period`, 'format', 1000001, 'found 1000001, must be from 1000 to 1000000 microseconds'),
  conflict([[`${C}.burst`, 50_001]], `${C}.burst: found 50001, must be at most quota, 50000`),
  wrong(`${C}.idle`, 'format', 2, 'found 2, must be 0 or 1'),
  conflict([[`${C}.idle`, 1]], `${C}.shares: found 1024, must not be set with idle 1, which has no shares`),
  wrong(`${C}.cpus`, 'format', '3-1', 'found "3-1", must be a list of CPUs such as "0-3,7"'),
  wrong(`${C}.mems`, 'format', 'all', 'found "all", must be a list of memory nodes such as "0-3,7"'),
];

const B = `${R}.blockIO`;
const THROTTLES = [
  'throttleReadBpsDevice',
  'throttleWriteBpsDevice',
  'throttleReadIOPSDevice',
  'throttleWriteIOPSDevice',
];
const weight = 'must be from 10 to 1000, or 0 for no weight';
const BLOCK_IO: readonly WrongInput[] = [
  ...object(B, `${B}.weightDevice[0]`),
  ...uint16(`${B}.weight`, `${B}.leafWeight`, `${B}.weightDevice[0].weight`, `${B}.weightDevice[0].leafWeight`),
  ...array(`${B}.weightDevice`),
  ...int64(`${B}.weightDevice[0].major`, `${B}.weightDevice[0].minor`),
  ...required(`${B}.weightDevice[0].major`, `${B}.weightDevice[0].minor`),
  ...THROTTLES.flatMap((key) => [
    ...array(`${B}.${key}`),
    ...object(`${B}.${key}[0]`),
    ...int64(`${B}.${key}[0].major`, `${B}.${key}[0].minor`),
    ...uint64(`${B}.${key}[0].rate`),
    ...required(`${B}.${key}[0].major`, `${B}.${key}[0].minor`, `${B}.${key}[0].rate`),
    {
      ...wrong(`${B}.${key}[0].minor`, 'format', -1, ''),
      problems: [`${B}.${key}[0]: found 8:-1, must be the numbers of a block device`],
    },
  ]),
  wrong(`${B}.weight`, 'format', 9, `found 9, ${weight}`),
  wrong(`${B}.weight`, 'format', 1001, `found 1001, ${weight}`),
  wrong(`${B}.weightDevice[0].weight`, 'format', 9, `found 9, ${weight}`),
  {
    ...wrong(
      `${B}.weightDevice[0]`,
      'conflict',
      { major: 8, minor: 0 },
      'found neither weight nor leafWeight, must have one',
    ),
  },
];

const OTHERS: readonly WrongInput[] = [
  ...object(`${R}.pids`, `${R}.network`, `${R}.rdma`, `${R}.rdma.mlx5_0`, `${R}.unified`),
  ...int64(`${R}.pids.limit`),
  wrong(`${R}.pids.limit`, 'format', 4194305, 'found 4194305, must be at most 4194304, or -1 for no limit'),

  ...array(`${R}.hugepageLimits`),
  ...object(`${R}.hugepageLimits[0]`),
  ...string(`${R}.hugepageLimits[0].pageSize`),
  ...uint64(`${R}.hugepageLimits[0].limit`),
  ...required(`${R}.hugepageLimits[0].pageSize`, `${R}.hugepageLimits[0].limit`),
  ...['2mb', '2M', '02MB', '../2MB', ''].map((size) =>
    wrong(`${R}.hugepageLimits[0].pageSize`, 'format', size, `found "${size}", must be a size such as "2MB"`),
  ),
  conflict(
    [[`${R}.hugepageLimits[1]`, { pageSize: '2MB', limit: 1 }]],
    `${R}.hugepageLimits[1].pageSize: found "2MB" twice, must be there once`,
  ),

  ...uint32(`${R}.network.classID`, `${R}.network.priorities[0].priority`),
  ...array(`${R}.network.priorities`),
  ...object(`${R}.network.priorities[0]`),
  ...string(`${R}.network.priorities[0].name`),
  ...required(`${R}.network.priorities[0].name`, `${R}.network.priorities[0].priority`),

  ...uint32(`${R}.rdma.mlx5_0.hcaHandles`, `${R}.rdma.mlx5_0.hcaObjects`),
  wrong(`${R}.rdma.mlx5_0`, 'format', {}, 'found neither hcaHandles nor hcaObjects, must have one'),
  wrong(`${R}.rdma["a b"]`, 'format', { hcaHandles: 1 }, 'must be named as an RDMA device, in one word'),

  ...string(`${R}.unified["memory.high"]`),
  wrong(`${R}.unified["memory.high"]`, 'type', 1000, 'found 1000, must be a string: write "1000"'),
  ...['../x', '/memory.max', 'memory/max', 'memory.', '.max', 'a b'].map((name) =>
    wrong(`${R}.unified["${name}"]`, 'format', '1', 'must be named as a file of the cgroup, such as "memory.high"'),
  ),
  ...(
    [
      ['procs', 'moves other processes into the container, which are killed with it'],
      ['threads', 'moves threads of other processes into the container'],
      ['kill', 'kills the container; that is for the command kill'],
      ['freeze', 'stops the container before it can start'],
      ['subtree_control', 'hands controllers to cgroups below, and then no process may be in this one'],
      ['type', 'makes a threaded cgroup, in which no container can start'],
    ] as const
  ).map(([name, harm]) =>
    wrong(`${R}.unified["cgroup.${name}"]`, 'format', '1', `cannot be set: a write to it ${harm}`),
  ),
];

export const RESOURCES: readonly WrongInput[] = [...object(R), ...DEVICES, ...MEMORY, ...CPU, ...BLOCK_IO, ...OTHERS];
