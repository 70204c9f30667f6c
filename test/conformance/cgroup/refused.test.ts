// linux.resources that are wrong, or that this machine does not have: refused by the field's path, and nothing is left.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../src/spec/types.js';
import { tryCreate } from '../../support/container.js';

const MIB = 1024 * 1024;

const REFUSED: readonly (readonly [string, Resources, string])[] = [
  ['a swap below the limit', { memory: { limit: 64 * MIB, swap: 32 * MIB } }, 'memory.swap'],
  ['a swap without a limit', { memory: { swap: 32 * MIB } }, 'memory.swap'],
  ['a file of an unknown controller', { unified: { 'teleport.max': '1' } }, 'unified["teleport.max"]'],
  ['an unknown file of a known controller', { unified: { 'memory.teleport': '1' } }, 'unified["memory.teleport"]'],
  ['a value that the kernel refuses', { unified: { 'memory.high': 'much' } }, 'unified["memory.high"]'],
  ['a file that runs the cgroup', { unified: { 'cgroup.procs': '1' } }, 'unified["cgroup.procs"]'],
  ['a quota below a millisecond', { cpu: { quota: 999 } }, 'cpu.quota'],
  ['a period above a second', { cpu: { period: 1_000_001 } }, 'cpu.period'],
  ['a burst above the quota', { cpu: { quota: 10_000, burst: 10_001 } }, 'cpu.burst'],
  ['a processor that is not there', { cpu: { cpus: '0-63' } }, 'cpu.cpus'],
  ['a list of processors that is none', { cpu: { cpus: 'all' } }, 'cpu.cpus'],
  ['a memory node that is not there', { cpu: { mems: '7' } }, 'cpu.mems'],
  ['a weight beyond 1000', { blockIO: { weight: 1001 } }, 'blockIO.weight'],
  ['a weight below 10', { blockIO: { weight: 9 } }, 'blockIO.weight'],
  [
    'a throttle for a disk that is not there',
    { blockIO: { throttleReadBpsDevice: [{ major: 240, minor: 9, rate: MIB }] } },
    'blockIO.throttleReadBpsDevice[0]',
  ],
  ['a size of huge pages that is not there', { hugepageLimits: [{ pageSize: '3MB', limit: 0 }] }, 'hugepageLimits[0]'],
  ['more processes than Linux has', { pids: { limit: 4_194_305 } }, 'pids.limit'],
];

describe('create refuses', () => {
  for (const [title, resources, path] of REFUSED) {
    test(title, () => {
      const before = readdirSync('/sys/fs/cgroup');
      const { status, stdout, stderr, tsrun } = tryCreate({ resources });
      expect({ status, stdout, left: tsrun.leftovers() }).toEqual({ status: 1, stdout: '', left: [] });
      expect(stderr).toContain(`linux.resources.${path}`);
      expect(readdirSync('/sys/fs/cgroup')).toEqual(before);
    });
  }

  test('several at once, each by its path', () => {
    const { stderr } = tryCreate({ resources: { cpu: { quota: 999 }, blockIO: { weight: 9 } } });
    expect(stderr).toContain('linux.resources.cpu.quota');
    expect(stderr).toContain('linux.resources.blockIO.weight');
  });
});
