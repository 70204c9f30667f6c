import { describe, expect, it, test } from 'vitest';
import { asksForLimits, compileResources } from '../../../../src/plan/resources/index.js';
import type { ResourceFacts } from '../../../../src/plan/resources/settings.js';
import type { Resources } from '../../../../src/spec/types.js';
import { FACTS, filesOf, linesOf } from './samples.js';

const R = 'linux.resources';

/** What callers send that set no limit. */
const NOTHING: Resources[] = [
  {},
  { devices: [{ allow: false, access: 'rwm' }] },
  { memory: {}, cpu: {}, pids: {}, blockIO: {}, network: {}, rdma: {}, unified: {}, hugepageLimits: [] },
  {
    memory: { limit: 0, swap: 0, reservation: 0, kernel: -1, kernelTCP: 0, swappiness: 0, disableOOMKiller: false },
    cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: -1, realtimePeriod: 0, cpus: '', mems: '' },
    blockIO: { weight: 0, leafWeight: 0, weightDevice: [{ major: 8, minor: 0, weight: 0, leafWeight: 0 }] },
    network: { classID: 0, priorities: [] },
  },
  { memory: { useHierarchy: false, kernel: 0, kernelTCP: -1, checkBeforeUpdate: true } },
];

describe('compileResources()', () => {
  it.each([undefined, ...NOTHING])('of %o is nothing', (resources) => {
    expect(compileResources(resources, { ...FACTS, controllers: [] })).toEqual({
      settings: [],
      warnings: [],
      problems: [],
    });
    expect(asksForLimits(resources)).toBe(false);
  });

  test('writes pids, memory, io, cpu, cpuset, hugetlb, rdma and last the unified files', () => {
    const { settings, warnings, problems } = compileResources(
      {
        unified: { 'memory.high': '5' },
        rdma: { mlx5_0: { hcaHandles: 2 } },
        hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
        cpu: { cpus: '0', shares: 512 },
        blockIO: { weight: 10 },
        memory: { limit: 100 },
        pids: { limit: 9 },
      },
      FACTS,
    );
    expect(linesOf(settings)).toEqual([
      'pids.max=9',
      'memory.max=100',
      'io.bfq.weight=10|io.weight=1',
      'cpu.weight=59',
      'cpuset.cpus=0',
      'hugetlb.2MB.max=0',
      'hugetlb.2MB.rsvd.max=0 optional',
      'rdma.max=mlx5_0 hca_handle=2',
      'memory.high=5',
    ]);
    expect([warnings, problems]).toEqual([[], []]);
  });

  test('takes what is in force from the files of the cgroup', () => {
    const files = filesOf({ 'cpu.max': '3000 50000', 'memory.current': '100' });
    const resources = { cpu: { quota: 5000, burst: 4000 }, memory: { limit: 100, checkBeforeUpdate: true } };
    const { settings, problems } = compileResources(resources, FACTS, files);
    expect(linesOf(settings)).toEqual(['memory.max=100', 'cpu.max=5000 50000', 'cpu.max.burst=4000']);
    expect(problems).toEqual([
      { path: `${R}.memory.limit`, message: 'found 100, must be more than is in use now, 100' },
    ]);
  });

  test('lists every problem with the host', () => {
    const { problems } = compileResources(
      { cpu: { cpus: '9', mems: '1' }, hugepageLimits: [{ pageSize: '4MB', limit: 1 }], unified: { 'x.y': '1' } },
      FACTS,
    );
    expect(problems.map(({ path }) => path)).toEqual([
      `${R}.unified["x.y"]`,
      `${R}.cpu.cpus`,
      `${R}.cpu.mems`,
      `${R}.hugepageLimits[0].pageSize`,
    ]);
  });
});

describe('compileResources() on a host that lacks controllers', () => {
  const problemsOn = (facts: Partial<ResourceFacts>, resources: Resources) =>
    compileResources(resources, { ...FACTS, ...facts }).problems;
  const LIMITS: Resources = {
    pids: { limit: 5 },
    memory: { limit: 5, swap: 6 },
    hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
  };
  const WAY_OUT =
    'cgroup v1 has it on this machine: boot with systemd.unified_cgroup_hierarchy=1, or run without limits with --cgroup-manager=disabled';

  test('names each field once, and what the host has with the first', () => {
    expect(problemsOn({ controllers: ['cpu', 'pids'] }, LIMITS)).toEqual([
      {
        path: `${R}.memory.swap`,
        message: 'the cgroup2 tree has no controller "memory" (it has "cpu", "pids")',
        ofHost: true,
      },
      { path: `${R}.memory.limit`, message: 'the cgroup2 tree has no controller "memory"', ofHost: true },
      { path: `${R}.hugepageLimits[0]`, message: 'the cgroup2 tree has no controller "hugetlb"', ofHost: true },
    ]);
  });

  test('says what to do where cgroup v1 has them', () => {
    expect(problemsOn({ controllers: [], hybrid: true }, { ...LIMITS, unified: { 'foo.bar': '1' } })).toEqual([
      {
        path: `${R}.pids.limit`,
        message: `the cgroup2 tree has no controller "pids" (it has none); ${WAY_OUT}`,
        ofHost: true,
      },
      { path: `${R}.memory.swap`, message: 'the cgroup2 tree has no controller "memory"', ofHost: true },
      { path: `${R}.memory.limit`, message: 'the cgroup2 tree has no controller "memory"', ofHost: true },
      { path: `${R}.hugepageLimits[0]`, message: 'the cgroup2 tree has no controller "hugetlb"', ofHost: true },
      { path: `${R}.unified["foo.bar"]`, message: 'the cgroup2 tree has no controller "foo"', ofHost: true },
    ]);
  });

  test('does not send anybody to cgroup v1 for a controller that it does not have either', () => {
    expect(problemsOn({ controllers: [], hybrid: true }, { unified: { 'misc.max': 'a 1' } })).toEqual([
      {
        path: `${R}.unified["misc.max"]`,
        message: 'the cgroup2 tree has no controller "misc" (it has none)',
        ofHost: true,
      },
    ]);
  });

  test('drops what every new cgroup has anyway', () => {
    const resources: Resources = {
      pids: { limit: -1 },
      memory: { limit: -1, swap: -1 },
      cpu: { shares: 1024, quota: -1, period: 100000, burst: 0, idle: 0 },
      blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 0 }] },
    };
    expect(compileResources(resources, { ...FACTS, controllers: [] })).toEqual({
      settings: [],
      warnings: [],
      problems: [],
    });
    expect(compileResources(resources, FACTS).settings).toHaveLength(8);
  });

  test('keeps files that every cgroup has', () => {
    const { settings } = compileResources({ unified: { 'cgroup.max.depth': '3' } }, { ...FACTS, controllers: [] });
    expect(linesOf(settings)).toEqual(['cgroup.max.depth=3']);
  });
});

describe('compileResources() warns', () => {
  it.each<[Resources, string[]]>([
    [
      { cpu: { realtimeRuntime: 5, realtimePeriod: 9007199254740993n } },
      [
        `${R}.cpu.realtimeRuntime: ignored: cgroup v2 has no limit on realtime tasks`,
        `${R}.cpu.realtimePeriod: ignored: cgroup v2 has no limit on realtime tasks`,
      ],
    ],
    [
      { memory: { kernel: 5, kernelTCP: 5, swappiness: 5, disableOOMKiller: true, useHierarchy: true } },
      [
        `${R}.memory.kernel: ignored: cgroup v2 counts memory of the kernel in the limit on memory`,
        `${R}.memory.kernelTCP: ignored: cgroup v2 counts memory of sockets in the limit on memory`,
        `${R}.memory.swappiness: ignored: cgroup v2 has no swappiness of a cgroup`,
        `${R}.memory.disableOOMKiller: ignored: cgroup v2 cannot switch the OOM killer off`,
        `${R}.memory.useHierarchy: ignored: cgroup v2 always counts what is below`,
      ],
    ],
    [
      {
        blockIO: {
          leafWeight: 10,
          weightDevice: [
            { major: 8, minor: 0, weight: 0 },
            { major: 8, minor: 1, leafWeight: 10 },
          ],
        },
      },
      [
        `${R}.blockIO.leafWeight: ignored: cgroup v2 has no leaf weights`,
        `${R}.blockIO.weightDevice[1].leafWeight: ignored: cgroup v2 has no leaf weights`,
      ],
    ],
    [
      { network: { classID: 1, priorities: [{ name: 'eth0', priority: 0 }] } },
      [
        `${R}.network.classID: ignored: cgroup v2 has no controller net_cls`,
        `${R}.network.priorities: ignored: cgroup v2 has no controller net_prio`,
      ],
    ],
  ])('of %o', (resources, warnings) => {
    expect(compileResources(resources, FACTS)).toEqual({ settings: [], warnings, problems: [] });
    expect(asksForLimits(resources)).toBe(true);
  });
});

describe('asksForLimits()', () => {
  it.each<[Resources]>([
    [{ pids: { limit: 0 } }],
    [{ pids: { limit: -1 } }],
    [{ memory: { limit: 1 } }],
    [{ cpu: { idle: 0 } }],
    [{ cpu: { mems: '0' } }],
    [{ blockIO: { weight: 10 } }],
    [{ hugepageLimits: [{ pageSize: '2MB', limit: 0 }] }],
    [{ rdma: { a: { hcaHandles: 0 } } }],
    [{ unified: { 'memory.high': '' } }],
  ])('of %o is true', (resources) => {
    expect(asksForLimits(resources)).toBe(true);
  });
});
