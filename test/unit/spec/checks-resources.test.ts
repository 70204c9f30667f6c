import { describe, expect, it } from 'vitest';
import { isNumberList } from '../../../src/spec/checks/number-list.js';
import { checkResourceFields } from '../../../src/spec/checks/resources.js';
import type { Json } from './parsing.js';
import { table } from './table.js';

const R = 'linux.resources';
const resources = (change: Json) => ({ linux: { resources: change } });
const MAX_INT64 = 9223372036854775807n;

table('checkResources', [
  [
    resources({
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, major: -1, minor: 5, access: '' },
      ],
    }),
  ],
  [
    resources({ devices: [{ allow: true, access: 'rx', major: -2 }] }),
    `${R}.devices[0].access: found "rx", must be letters out of "rwm"`,
    `${R}.devices[0].major: found -2, must be from 0 to 4294967295, or -1 for all`,
  ],

  [resources({ memory: { limit: -1, swap: -1, reservation: -1, kernel: -1, kernelTCP: -1, swappiness: 100 } })],
  [resources({ memory: { limit: 0, swap: 0, reservation: 0 } })],
  [resources({ memory: { limit: 5, swap: 5 } })],
  [resources({ memory: { limit: -1, swap: 5 } })],
  [resources({ memory: { swap: -1 } })],
  [
    resources({ memory: { limit: -2, reservation: -3, swap: -4, swappiness: 101 } }),
    `${R}.memory.limit: found -2, must be at least 0, or -1 for no limit`,
    `${R}.memory.reservation: found -3, must be at least 0, or -1 for no limit`,
    `${R}.memory.swap: found -4, must be at least 0, or -1 for no limit`,
    `${R}.memory.swappiness: found 101, must be from 0 to 100`,
  ],
  [
    resources({ memory: { limit: 6, swap: 5 } }),
    `${R}.memory.swap: found 5, must be at least limit, 6: it includes memory`,
  ],
  [resources({ memory: { swap: 5 } }), `${R}.memory.swap: found 5 without limit, must have one: it includes memory`],
  [
    resources({ memory: { limit: 0, swap: 5 } }),
    `${R}.memory.swap: found 5 without limit, must have one: it includes memory`,
  ],

  [resources({ cpu: { quota: -1, burst: 5 } })],
  [resources({ cpu: { quota: 0, period: 0, burst: 0, shares: 0, idle: 0, cpus: '', mems: '' } })],
  [resources({ cpu: { quota: 1000, period: 1000, burst: 1000, shares: 1, cpus: '0-3,7', mems: '0' } })],
  [resources({ cpu: { period: 1000000, shares: 262145, idle: 0 } })],
  [resources({ cpu: { idle: 1, shares: 0 } })],
  [resources({ cpu: { quota: 999 } }), `${R}.cpu.quota: found 999, must be at least 1000 microseconds`],
  [resources({ cpu: { period: 999 } }), `${R}.cpu.period: found 999, must be from 1000 to 1000000 microseconds`],
  [
    resources({ cpu: { period: 1000001 } }),
    `${R}.cpu.period: found 1000001, must be from 1000 to 1000000 microseconds`,
  ],
  [resources({ cpu: { quota: 4000, burst: 4001 } }), `${R}.cpu.burst: found 4001, must be at most quota, 4000`],
  [resources({ cpu: { idle: 2 } }), `${R}.cpu.idle: found 2, must be 0 or 1`],
  [resources({ cpu: { idle: -1 } }), `${R}.cpu.idle: found -1, must be 0 or 1`],
  [
    resources({ cpu: { idle: 1, shares: 2 } }),
    `${R}.cpu.shares: found 2, must not be set with idle 1, which has no shares`,
  ],
  [
    resources({ cpu: { cpus: '3-1', mems: '0;1' } }),
    `${R}.cpu.cpus: found "3-1", must be a list of CPUs such as "0-3,7"`,
    `${R}.cpu.mems: found "0;1", must be a list of memory nodes such as "0-3,7"`,
  ],

  [resources({ pids: { limit: -1 } })],
  [resources({ pids: { limit: 0 } })],
  [resources({ pids: { limit: 4194304 } })],
  [
    resources({ pids: { limit: 4194305 } }),
    `${R}.pids.limit: found 4194305, must be at most 4194304, or -1 for no limit`,
  ],

  [resources({ blockIO: { weight: 0, weightDevice: [{ major: 8, minor: 0, weight: 10 }] } })],
  [resources({ blockIO: { weight: 1000, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 0 }] } })],
  [resources({ blockIO: { weight: 9 } }), `${R}.blockIO.weight: found 9, must be from 10 to 1000, or 0 for no weight`],
  [
    resources({
      blockIO: {
        weightDevice: [
          { major: 8, minor: 0 },
          { major: 8, minor: 0, weight: 1001 },
        ],
        throttleWriteIOPSDevice: [{ major: 8, minor: -1, rate: 5 }],
      },
    }),
    `${R}.blockIO.weightDevice[0]: found neither weight nor leafWeight, must have one`,
    `${R}.blockIO.weightDevice[1].weight: found 1001, must be from 10 to 1000, or 0 for no weight`,
    `${R}.blockIO.throttleWriteIOPSDevice[0]: found 8:-1, must be the numbers of a block device`,
  ],

  [
    resources({
      hugepageLimits: [
        { pageSize: '2MB', limit: 0 },
        { pageSize: '1GB', limit: 1 },
      ],
    }),
  ],
  [
    resources({
      hugepageLimits: [
        { pageSize: '2mb', limit: 1 },
        { pageSize: '2MB', limit: 1 },
        { pageSize: '2MB', limit: 2 },
      ],
    }),
    `${R}.hugepageLimits[0].pageSize: found "2mb", must be a size such as "2MB"`,
    `${R}.hugepageLimits[2].pageSize: found "2MB" twice, must be there once`,
  ],

  [resources({ rdma: { mlx5_0: { hcaHandles: 0 } } })],
  [
    resources({ rdma: { mlx: {}, 'a b': { hcaObjects: 1 } } }),
    `${R}.rdma.mlx: found neither hcaHandles nor hcaObjects, must have one`,
    `${R}.rdma["a b"]: must be named as an RDMA device, in one word`,
  ],

  [
    resources({
      unified: {
        'memory.high': '1',
        'hugetlb.2MB.rsvd.max': '0',
        'io.bfq.weight': '1',
        'cgroup.max.depth': '3',
        'cgroup.max.descendants': 'max',
      },
    }),
  ],
  ...['../x', '/memory.max', 'memory/max', '', '.max', 'memory.', 'memory.max\n', 'a b'].map(
    (name) =>
      [
        resources({ unified: { [name]: '1' } }),
        `${R}.unified[${JSON.stringify(name)}]: must be named as a file of the cgroup, such as "memory.high"`,
      ] as const,
  ),
  [
    resources({ unified: { tasks: '1' } }),
    `${R}.unified.tasks: must be named as a file of the cgroup, such as "memory.high"`,
  ],
  ...(
    [
      ['procs', 'moves other processes into the container, which are killed with it'],
      ['threads', 'moves threads of other processes into the container'],
      ['kill', 'kills the container; that is for the command kill'],
      ['freeze', 'stops the container before it can start'],
      ['subtree_control', 'hands controllers to cgroups below, and then no process may be in this one'],
      ['type', 'makes a threaded cgroup, in which no container can start'],
    ] as const
  ).map(
    ([name, harm]) =>
      [
        resources({ unified: { [`cgroup.${name}`]: '1' } }),
        `${R}.unified["cgroup.${name}"]: cannot be set: a write to it ${harm}`,
      ] as const,
  ),
]);

describe('checkResourceFields()', () => {
  it('takes numbers that a double cannot hold', () => {
    const memory = { limit: MAX_INT64, swap: MAX_INT64 - 1n };
    expect(checkResourceFields({ memory, cpu: { quota: MAX_INT64, burst: MAX_INT64 } })).toEqual([
      {
        path: `${R}.memory.swap`,
        message: 'found 9223372036854775806, must be at least limit, 9223372036854775807: it includes memory',
      },
    ]);
  });
});

describe('isNumberList()', () => {
  it.each([
    ['0', true],
    ['0-3,7', true],
    [' 0 , 2-2\n', true],
    ['3-1', false],
    ['0,5-4', false],
    ['0,', false],
    ['', false],
    ['all', false],
    ['0-7:1/2', false],
  ])('of %j is %s', (list, expected) => {
    expect(isNumberList(list)).toBe(expected);
  });
});
