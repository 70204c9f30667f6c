// bundles/limits, as its README shows it.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../../support/paths.js';
import { newTsrun } from '../../support/tsrun.js';

test('bundles/limits shows its limits and what is beyond them', () => {
  const { status, stdout, stderr } = newTsrun().call(['run', '--bundle', join(PROJECT, 'bundles', 'limits'), 'limits']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'cpu.max          50000 100000',
    'cpu.weight       59',
    'cpuset.cpus      0',
    'memory.max       33554432',
    'memory.high      31457280',
    'memory.low       8388608',
    'memory.swap.max  0',
    'pids.max         16',
    'twenty processes at once:',
    expect.stringContaining("can't fork: Resource temporarily unavailable"),
    'a block of 64 MiB:',
    'exit status 137',
    '',
  ]);
});
