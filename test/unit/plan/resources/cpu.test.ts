import { describe, expect, it, test } from 'vitest';
import { compileCpu, cpuWeight } from '../../../../src/plan/resources/cpu.js';
import type { CPU } from '../../../../src/spec/types.js';
import { filesOf, linesOf, MAX_INT64, MAX_UINT64 } from './samples.js';

describe('cpuWeight()', () => {
  it.each<[number | bigint, number]>([
    [0, 0],
    [0n, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 4],
    [100, 17],
    [128, 21],
    [512, 59],
    [1023, 100],
    [1024, 100],
    [1025, 101],
    [2048, 174],
    [65536, 3023],
    [262143, 10000],
    [262144, 10000],
    [262145, 10000],
    [MAX_UINT64, 10000],
  ])('of %s shares is %i', (shares, weight) => {
    expect(cpuWeight(shares)).toBe(weight);
  });

  test('never falls as shares rise', () => {
    let last = 0;
    for (let shares = 0; shares <= 262150; shares += 1) {
      const weight = cpuWeight(shares);
      if (weight < last) {
        expect(`${shares}: ${weight}`).toBe(`${shares}: at least ${last}`);
      }
      last = weight;
    }
    expect(last).toBe(10000);
  });
});

describe('compileCpu()', () => {
  it.each<[CPU, string[]]>([
    [{}, []],
    [{ shares: 0, quota: 0, period: 0 }, []],
    [{ shares: 512 }, ['cpu.weight=59']],
    [{ shares: 1024 }, ['cpu.weight=100 default']],
    [{ idle: 0 }, ['cpu.idle=0 default']],
    [{ idle: 1 }, ['cpu.idle=1']],
    [{ shares: 2, idle: 0 }, ['cpu.idle=0 default', 'cpu.weight=1']],
    [{ quota: 50000 }, ['cpu.max=50000 100000']],
    [{ quota: 50000, period: 0 }, ['cpu.max=50000 100000']],
    [{ quota: 50000, period: 20000 }, ['cpu.max=50000 20000']],
    [{ period: 20000 }, ['cpu.max=max 20000 default']],
    [{ quota: 0, period: 20000 }, ['cpu.max=max 20000 default']],
    [{ quota: -1 }, ['cpu.max=max 100000 default']],
    [{ quota: -1, period: 20000 }, ['cpu.max=max 20000 default']],
    [{ quota: MAX_INT64, period: MAX_UINT64 }, [`cpu.max=${MAX_INT64} ${MAX_UINT64}`]],
    [{ burst: 0 }, ['cpu.max.burst=0 default']],
    [{ quota: 50000, burst: 10000 }, ['cpu.max.burst=10000', 'cpu.max=50000 100000']],
    [{ burst: MAX_UINT64 }, [`cpu.max.burst=${MAX_UINT64}`]],
    [{ realtimePeriod: 5, realtimeRuntime: 5, cpus: '0', mems: '0' }, []],
  ])('of %o writes %j', (cpu, lines) => {
    expect(linesOf(compileCpu(cpu))).toEqual(lines);
  });

  it.each<[CPU, string, string[]]>([
    [{ period: 20000 }, '50000 100000\n', ['cpu.max=50000 20000']],
    [{ quota: 50000 }, '60000 20000\n', ['cpu.max=50000 20000']],
    [{ quota: -1 }, '60000 20000\n', ['cpu.max=max 20000 default']],
    [{ quota: 50000, period: 0 }, '60000 20000\n', ['cpu.max=50000 100000']],
    [{ quota: 0, period: 30000 }, '60000 20000\n', ['cpu.max=max 30000 default']],
    [{ quota: 50000 }, '', ['cpu.max=50000 100000']],
  ])('of %o where cpu.max is %j writes %j', (cpu, cpuMax, lines) => {
    expect(linesOf(compileCpu(cpu, filesOf({ 'cpu.max': cpuMax })))).toEqual(lines);
  });

  // The kernel's rule at each write: burst is at most the quota in force, unless that is max.
  it.each<[CPU, string, string[]]>([
    [{ quota: 5000, burst: 4000 }, 'max 100000', ['cpu.max.burst=4000', 'cpu.max=5000 100000']],
    [{ quota: 5000, burst: 4000 }, '4000 100000', ['cpu.max.burst=4000', 'cpu.max=5000 100000']],
    [{ quota: 5000, burst: 4000 }, '3999 100000', ['cpu.max=5000 100000', 'cpu.max.burst=4000']],
    [{ quota: -1, burst: 4000 }, '3999 100000', ['cpu.max=max 100000 default', 'cpu.max.burst=4000']],
    [{ quota: 2000, burst: 1000 }, '9000 100000', ['cpu.max.burst=1000', 'cpu.max=2000 100000']],
    [
      { quota: MAX_INT64, burst: MAX_INT64 },
      `${MAX_INT64 - 1n} 100000`,
      [`cpu.max=${MAX_INT64} 100000`, `cpu.max.burst=${MAX_INT64}`],
    ],
  ])('of %o where cpu.max is %j writes in the order %j', (cpu, cpuMax, lines) => {
    expect(linesOf(compileCpu(cpu, filesOf({ 'cpu.max': cpuMax })))).toEqual(lines);
  });

  test('names the field that asks, and the controller', () => {
    const settings = compileCpu({ idle: 1, shares: 0, period: 5000, burst: 1 });
    expect(settings.map(({ path, controller }) => [path, controller])).toEqual([
      ['linux.resources.cpu.idle', 'cpu'],
      ['linux.resources.cpu.burst', 'cpu'],
      ['linux.resources.cpu.period', 'cpu'],
    ]);
  });
});
