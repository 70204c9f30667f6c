// What the other tests of this ring take for granted of their machine.
import { readFileSync, statfsSync } from 'node:fs';
import { expect, test } from 'vitest';

const CGROUP2_SUPER_MAGIC = 0x63677270;

test('cgroup v2 is the only hierarchy, with every controller that tsrun knows', () => {
  expect(statfsSync('/sys/fs/cgroup').type).toBe(CGROUP2_SUPER_MAGIC);
  expect(readFileSync('/proc/self/cgroup', 'utf8')).toBe('0::/\n');
  const controllers = readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(' ');
  expect(controllers).toEqual(expect.arrayContaining(['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma']));
});

test('there is swap to be limited', () => {
  expect(readFileSync('/proc/swaps', 'utf8')).toContain('/dev/vda');
});
