// The reader, on directories with files as kernels write them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cgroup } from '../../../src/cgroup/interface-file.js';
import { readOomKills } from '../../../src/cgroup/oom.js';
import { isPopulated, readProcesses } from '../../../src/cgroup/processes.js';
import { readStatistics } from '../../../src/cgroup/statistics.js';
import { makeTemporary } from '../../support/temporary.js';

const PRESSURE = 'some avg10=0.50 avg60=0.00 avg300=0.00 total=9\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';
const PSI = {
  some: { avg10: 0.5, avg60: 0, avg300: 0, total: 9n },
  full: { avg10: 0, avg60: 0, avg300: 0, total: 0n },
};
const MAX = 18446744073709551615n;

/** What every cgroup has, without any controller. */
const BARE = {
  'cgroup.events': 'populated 1\nfrozen 0\n',
  'cgroup.procs': '31\n7\n',
  'cpu.stat': 'usage_usec 46863\nuser_usec 19526\nsystem_usec 27337\n',
};

function makeCgroup(files: Readonly<Record<string, string>>): Cgroup {
  const root = makeTemporary();
  const cgroup = { root, path: '/box' };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, 'box', name, '..'), { recursive: true });
    writeFileSync(join(root, 'box', name), text);
  }
  return cgroup;
}

const read = (files: Readonly<Record<string, string>>) => readStatistics(makeCgroup({ ...BARE, ...files }));
const NOTHING = { limit: 0n, usage: 0n, max: 0n, failcnt: 0n };

describe('readStatistics()', () => {
  it('has zeros where no controller is enabled, and counts the processes itself', () => {
    expect(read({})).toEqual({
      cpu: {
        usage: { total: 46863000n, kernel: 27337000n, user: 19526000n },
        throttling: { periods: 0n, throttledPeriods: 0n, throttledTime: 0n },
      },
      cpuset: {
        cpu_exclusive: 0,
        mem_hardwall: 0,
        mem_exclusive: 0,
        memory_migrate: 0,
        memory_spread_page: 0,
        memory_spread_slab: 0,
        memory_pressure: 0,
        sched_load_balance: 0,
        sched_relax_domain_level: 0,
      },
      memory: { cache: 0n, usage: NOTHING, swap: NOTHING, kernel: NOTHING, kernelTCP: NOTHING, raw: {} },
      pids: { current: 2n, limit: 0n },
      blkio: { ioServiceBytesRecursive: [], ioServicedRecursive: [] },
      hugetlb: {},
    });
  });

  it('has the pressure of every resource', () => {
    const statistics = read({ 'cpu.pressure': PRESSURE, 'memory.pressure': PRESSURE, 'io.pressure': PRESSURE });
    expect([statistics?.cpu.psi, statistics?.memory.psi, statistics?.blkio.psi]).toEqual([PSI, PSI, PSI]);
  });

  it('has the throttling of the CPU in nanoseconds', () => {
    const text = 'usage_usec 3\nuser_usec 2\nsystem_usec 1\nnr_periods 5\nnr_throttled 4\nthrottled_usec 1234567\n';
    expect(read({ 'cpu.stat': text })?.cpu).toEqual({
      usage: { total: 3000n, kernel: 1000n, user: 2000n },
      throttling: { periods: 5n, throttledPeriods: 4n, throttledTime: 1234567000n },
    });
  });

  it('has the CPUs and memory nodes that can be used', () => {
    const files = { 'cpuset.cpus.effective': '0-1,3\n', 'cpuset.mems.effective': '0\n' };
    expect(read(files)?.cpuset).toMatchObject({ cpus: [0, 1, 3], mems: [0] });
  });

  const MEMORY = {
    'memory.current': '471040\n',
    'memory.max': '31457280\n',
    'memory.peak': '525000\n',
    'memory.events': 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n',
    'memory.stat': 'anon 53248\nfile 8192\npgfault 571\n',
  };

  it('has memory with its limit, peak and failures, and memory.stat as it is', () => {
    expect(read(MEMORY)?.memory).toEqual({
      cache: 8192n,
      usage: { limit: 31457280n, usage: 471040n, max: 525000n, failcnt: 12n },
      // Without swap accounting: memory alone.
      swap: { limit: 31457280n, usage: 471040n, max: 0n, failcnt: 0n },
      kernel: NOTHING,
      kernelTCP: NOTHING,
      raw: { anon: 53248n, file: 8192n, pgfault: 571n },
    });
  });

  it.each([
    ['31457280\n', '1000\n', 31458280n],
    ['31457280\n', '0\n', 31457280n],
    ['31457280\n', 'max\n', MAX],
    ['max\n', '1000\n', MAX],
    ['max\n', 'max\n', MAX],
  ])('adds swap to memory: limits %j and %j', (memory, swap, limit) => {
    const files = {
      ...MEMORY,
      'memory.max': memory,
      'memory.swap.current': '4096\n',
      'memory.swap.max': swap,
      'memory.swap.peak': '8192\n',
      'memory.swap.events': 'high 0\nmax 3\nfail 0\n',
    };
    expect(read(files)?.memory.swap).toEqual({ limit, usage: 475136n, max: 0n, failcnt: 3n });
  });

  it.each([
    ['max\n', 0n],
    ['64\n', 64n],
  ])('has processes and their limit %j', (limit, expected) => {
    expect(read({ 'pids.current': '5\n', 'pids.max': limit })?.pids).toEqual({ current: 5n, limit: expected });
  });

  it('has reads and writes of block devices', () => {
    const text = '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n';
    const device = { major: 8, minor: 0 };
    expect(read({ 'io.stat': text })?.blkio).toEqual({
      ioServiceBytesRecursive: [
        { ...device, op: 'Read', value: 1n },
        { ...device, op: 'Write', value: 2n },
      ],
      ioServicedRecursive: [
        { ...device, op: 'Read', value: 3n },
        { ...device, op: 'Write', value: 4n },
      ],
    });
  });

  it('has huge pages by size, with reservations where the kernel counts them', () => {
    const files = {
      'hugetlb.2MB.current': '0\n',
      'hugetlb.2MB.rsvd.current': '4194304\n',
      'hugetlb.2MB.events': 'max 2\n',
      'hugetlb.1GB.current': '1073741824\n',
      'hugetlb.1GB.events': 'max 0\n',
      'hugetlb.1GB.max': 'max\n',
    };
    expect(read(files)?.hugetlb).toEqual({
      '1GB': { usage: 1073741824n, failcnt: 0n },
      '2MB': { usage: 4194304n, failcnt: 2n },
    });
  });

  it('is null for a cgroup that is gone', () => {
    expect(readStatistics({ root: makeTemporary(), path: '/absent' })).toBeNull();
  });
});

describe('readOomKills()', () => {
  it('reads oom_kill of memory.events', () => {
    expect(readOomKills(makeCgroup({ 'memory.events': 'low 0\noom 5\noom_kill 3\noom_group_kill 1\n' }))).toBe(3);
  });

  it('is null without a memory controller, and without the cgroup', () => {
    expect(readOomKills(makeCgroup(BARE))).toBeNull();
    expect(readOomKills({ root: makeTemporary(), path: '/absent' })).toBeNull();
  });
});

describe('readProcesses()', () => {
  it('lists those of the cgroup and of all below it once, ascending', () => {
    const files = { 'cgroup.procs': '31\n7\n', 'a/cgroup.procs': '4\n', 'a/b/cgroup.procs': '100\n31\n' };
    expect(readProcesses(makeCgroup(files))).toEqual([4, 7, 31, 100]);
  });

  it('finds none in a cgroup that is gone', () => {
    expect(readProcesses({ root: makeTemporary(), path: '/absent' })).toEqual([]);
  });
});

describe('isPopulated()', () => {
  it.each([
    ['populated 1\nfrozen 0\n', true],
    ['populated 0\nfrozen 1\n', false],
  ])('reads %j', (text, populated) => {
    expect(isPopulated(makeCgroup({ 'cgroup.events': text }))).toBe(populated);
  });

  it('is false for a cgroup that is gone', () => {
    expect(isPopulated({ root: makeTemporary(), path: '/absent' })).toBe(false);
  });
});
