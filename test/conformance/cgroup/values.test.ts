// linux.resources, field by field: what a created container's cgroup files hold.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Resources } from '../../../src/spec/types.js';
import { createContainer, diskNumbers, readCgroup, reserveCgroup, tryCreate } from '../../support/container.js';

const MIB = 1024 * 1024;
const disk = diskNumbers('vdb');
const vdb = `${disk.major}:${disk.minor}`;
const swapDisk = diskNumbers('vda');
const vda = `${swapDisk.major}:${swapDisk.minor}`;

const VALUES: readonly (readonly [string, Resources, Readonly<Record<string, string>>])[] = [
  ['cpu.shares', { cpu: { shares: 512 } }, { 'cpu.weight': '59' }],
  ['cpu.shares, least', { cpu: { shares: 2 } }, { 'cpu.weight': '1' }],
  ['cpu.shares, most', { cpu: { shares: 262144 } }, { 'cpu.weight': '10000' }],
  ['cpu.quota', { cpu: { quota: 50000 } }, { 'cpu.max': '50000 100000' }],
  ['cpu.period', { cpu: { period: 200000 } }, { 'cpu.max': 'max 200000' }],
  ['cpu.quota and period', { cpu: { quota: 5000, period: 20000 } }, { 'cpu.max': '5000 20000' }],
  ['cpu.burst', { cpu: { quota: 50000, burst: 20000 } }, { 'cpu.max': '50000 100000', 'cpu.max.burst': '20000' }],
  ['cpu.idle', { cpu: { idle: 1 } }, { 'cpu.idle': '1' }],
  ['cpu.cpus', { cpu: { cpus: '1' } }, { 'cpuset.cpus': '1', 'cpuset.cpus.effective': '1' }],
  ['cpu.mems', { cpu: { mems: '0' } }, { 'cpuset.mems': '0' }],
  ['memory.limit', { memory: { limit: 64 * MIB } }, { 'memory.max': `${64 * MIB}`, 'memory.swap.max': 'max' }],
  ['memory.limit -1', { memory: { limit: -1 } }, { 'memory.max': 'max', 'memory.swap.max': 'max' }],
  ['memory.swap', { memory: { limit: 64 * MIB, swap: 96 * MIB } }, { 'memory.swap.max': `${32 * MIB}` }],
  ['memory.swap, as much as limit', { memory: { limit: 64 * MIB, swap: 64 * MIB } }, { 'memory.swap.max': '0' }],
  ['memory.swap -1', { memory: { limit: 64 * MIB, swap: -1 } }, { 'memory.swap.max': 'max' }],
  ['memory.reservation', { memory: { reservation: 16 * MIB } }, { 'memory.low': `${16 * MIB}` }],
  ['pids.limit', { pids: { limit: 42 } }, { 'pids.max': '42' }],
  ['pids.limit -1', { pids: { limit: -1 } }, { 'pids.max': 'max' }],
  ['pids.limit 0', { pids: { limit: 0 } }, { 'pids.max': '1' }],
  [
    'blockIO.throttle…Device',
    {
      blockIO: {
        throttleReadBpsDevice: [{ ...disk, rate: MIB }],
        throttleWriteBpsDevice: [{ ...disk, rate: 2 * MIB }],
        throttleReadIOPSDevice: [{ ...disk, rate: 30 }],
        throttleWriteIOPSDevice: [{ ...disk, rate: 40 }],
      },
    },
    { 'io.max': `${vdb} rbps=${MIB} wbps=${2 * MIB} riops=30 wiops=40` },
  ],
  [
    'hugepageLimits',
    { hugepageLimits: [{ pageSize: '2MB', limit: 4 * MIB }] },
    { 'hugetlb.2MB.max': `${4 * MIB}`, 'hugetlb.2MB.rsvd.max': `${4 * MIB}` },
  ],
  ['unified', { unified: { 'memory.high': `${32 * MIB}` } }, { 'memory.high': `${32 * MIB}` }],
  [
    'unified, of several lines',
    { unified: { 'io.max': `${vda} rbps=${MIB}\n${vdb} wiops=50` } },
    { 'io.max': `${vda} rbps=${MIB} wbps=max riops=max wiops=max\n${vdb} rbps=max wbps=max riops=max wiops=50` },
  ],
  ['unified beside its field', { pids: { limit: 42 }, unified: { 'pids.max': '43' } }, { 'pids.max': '43' }],
];

describe('the files of a created container have', () => {
  for (const [title, resources, files] of VALUES) {
    test(`linux.resources.${title}`, () => {
      const container = createContainer({ resources });
      // The kernel lists disks in an order of its own.
      const read = (file: string) => readCgroup(container, file).split('\n').sort().join('\n');
      expect(Object.fromEntries(Object.keys(files).map((file) => [file, read(file)]))).toEqual(files);
    });
  }

  test('limits in the cgroup of an absolute cgroupsPath', () => {
    reserveCgroup('/test-values/web', false);
    const container = createContainer({ cgroupsPath: '/test-values/web', resources: { pids: { limit: 42 } } });
    expect(container.cgroup).toBe('/sys/fs/cgroup/test-values/web');
    expect(readCgroup(container, 'pids.max')).toBe('42');
  });
});

describe('linux.resources.blockIO.weight', () => {
  test('is io.weight where there is no BFQ scheduler', () => {
    execFileSync('modprobe', ['-r', 'bfq']);
    const container = createContainer({ resources: { blockIO: { weight: 500 } } });
    expect(existsSync(join(container.cgroup, 'io.bfq.weight'))).toBe(false);
    expect(readCgroup(container, 'io.weight')).toBe('default 4950');
  });

  test('is io.bfq.weight where there is one, also for a device', () => {
    execFileSync('sh', ['-c', 'modprobe bfq; echo bfq >/sys/block/vdb/queue/scheduler']);
    onTestFinished(() => {
      execFileSync('sh', ['-c', 'echo none >/sys/block/vdb/queue/scheduler; modprobe -r bfq']);
    });
    const blockIO = { weight: 500, weightDevice: [{ ...disk, weight: 300 }] };
    expect(readCgroup(createContainer({ resources: { blockIO } }), 'io.bfq.weight')).toBe(`default 500\n${vdb} 300`);
  });
});

describe('linux.resources.rdma', () => {
  test('is rdma.max', () => {
    // It stays: where a cgroup that had limits of it is gone, a kernel such as 6.1 follows a stale pointer when the device goes
    // (kernel/cgroup/rdma.c frees the cgroup, but not its entry in the device's list).
    execFileSync('sh', ['-c', 'modprobe rdma_rxe; rdma link add rxe0 type rxe netdev lo']);
    const container = createContainer({ resources: { rdma: { rxe0: { hcaHandles: 3, hcaObjects: 10000 } } } });
    expect(readCgroup(container, 'rdma.max')).toBe('rxe0 hca_handle=3 hca_object=10000');
    container.tsrun.must(['delete', '--force', container.id]);
    const most = createContainer({ resources: { rdma: { rxe0: { hcaHandles: 0, hcaObjects: 4294967295 } } } });
    expect(readCgroup(most, 'rdma.max')).toBe('rxe0 hca_handle=0 hca_object=max');
    most.tsrun.must(['delete', '--force', most.id]);
  });

  test('of a device that is not there is refused', () => {
    const { status, stderr, tsrun } = tryCreate({ resources: { rdma: { rxe7: { hcaHandles: 3 } } } });
    expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
    expect(stderr).toContain('linux.resources.rdma.rxe7');
  });
});
