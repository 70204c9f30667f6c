import { describe, expect, it, test } from 'vitest';
import { checkPageSizes, compileHugetlb } from '../../../../src/plan/resources/hugetlb.js';
import { compilePids } from '../../../../src/plan/resources/pids.js';
import { compileRdma } from '../../../../src/plan/resources/rdma.js';
import { compileUnified } from '../../../../src/plan/resources/unified.js';
import type { Pids, Rdma } from '../../../../src/spec/types.js';
import { FACTS, linesOf, MAX_INT64, MAX_UINT64 } from './samples.js';

describe('compilePids()', () => {
  it.each<[Pids, string[]]>([
    [{}, []],
    [{ limit: 100 }, ['pids.max=100']],
    [{ limit: 0 }, ['pids.max=1']],
    [{ limit: 0n }, ['pids.max=1']],
    [{ limit: -1 }, ['pids.max=max default']],
    [{ limit: -5 }, ['pids.max=max default']],
    [{ limit: MAX_INT64 }, [`pids.max=${MAX_INT64}`]],
  ])('of %o writes %j', (pids, lines) => {
    expect(linesOf(compilePids(pids))).toEqual(lines);
  });
});

test('compileHugetlb() limits pages in use, and reserved ones where the kernel can', () => {
  const settings = compileHugetlb([
    { pageSize: '2MB', limit: 0 },
    { pageSize: '1GB', limit: MAX_UINT64 },
  ]);
  expect(linesOf(settings)).toEqual([
    'hugetlb.2MB.max=0',
    'hugetlb.2MB.rsvd.max=0 optional',
    `hugetlb.1GB.max=${MAX_UINT64}`,
    `hugetlb.1GB.rsvd.max=${MAX_UINT64} optional`,
  ]);
  expect(settings[3]).toMatchObject({ path: 'linux.resources.hugepageLimits[1]', controller: 'hugetlb' });
});

describe('checkPageSizes()', () => {
  const LIMITS = [
    { pageSize: '2MB', limit: 1 },
    { pageSize: '16MB', limit: 1 },
  ];
  const path = 'linux.resources.hugepageLimits[1].pageSize';

  test('names the sizes that the host has', () => {
    expect(checkPageSizes(LIMITS, FACTS)).toEqual([
      { path, message: 'found "16MB", but the huge pages of this host are "2MB", "1GB"', ofHost: true },
    ]);
  });

  test('says that a host has none', () => {
    expect(checkPageSizes(LIMITS, { ...FACTS, hugePageSizes: [] })[1]).toEqual({
      path,
      message: 'found "16MB", but the huge pages of this host are none',
      ofHost: true,
    });
  });

  test('is content where nothing is known', () => {
    expect(checkPageSizes(LIMITS, { ...FACTS, hugePageSizes: null })).toEqual([]);
  });
});

describe('compileRdma()', () => {
  it.each<[Record<string, Rdma>, string[]]>([
    [{}, []],
    [{ mlx5_0: {} }, []],
    [{ mlx5_0: { hcaHandles: 2, hcaObjects: 2000 } }, ['rdma.max=mlx5_0 hca_handle=2 hca_object=2000']],
    [{ a: { hcaHandles: 2147483646, hcaObjects: 4294967295 } }, ['rdma.max=a hca_handle=2147483646 hca_object=max']],
    [{ a: { hcaHandles: 0 }, b: { hcaObjects: 3 } }, ['rdma.max=a hca_handle=0', 'rdma.max=b hca_object=3']],
  ])('of %o writes %j', (devices, lines) => {
    expect(linesOf(compileRdma(devices))).toEqual(lines);
  });

  test('names the device', () => {
    expect(compileRdma({ 'a.b': { hcaHandles: 1 } })[0]).toMatchObject({
      path: 'linux.resources.rdma["a.b"]',
      controller: 'rdma',
    });
  });
});

describe('compileUnified()', () => {
  it.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ 'memory.high': '5', 'cpu.weight': '7' }, ['memory.high=5', 'cpu.weight=7']],
    [{ 'io.max': '8:0 rbps=1\n8:16 rbps=2' }, ['io.max=8:0 rbps=1', 'io.max=8:16 rbps=2']],
    [{ 'io.max': '\n8:0 rbps=1\n\n' }, ['io.max=8:0 rbps=1']],
    [{ 'cpuset.cpus': '' }, ['cpuset.cpus=\n']],
  ])('of %o writes %j', (files, lines) => {
    expect(linesOf(compileUnified(files))).toEqual(lines);
  });

  it.each([
    ['memory.swap.max', 'memory'],
    ['hugetlb.2MB.rsvd.max', 'hugetlb'],
    ['io.bfq.weight', 'io'],
    ['cgroup.max.depth', ''],
    ['nodot', 'nodot'],
  ])('takes %j for a file of the controller %j', (file, controller) => {
    expect(compileUnified({ [file]: '1' })[0]?.controller).toBe(controller);
  });
});
