// update: new limits for a container that runs, by flags and by LinuxResources, and what the next update starts from.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../src/spec/types.js';
import { type Container, createContainer, diskNumbers, readCgroup, runContainer } from '../../support/container.js';
import { makeTemporary } from '../../support/temporary.js';
import { waitFor } from '../../support/wait-for.js';

const MIB = 1024 * 1024;
const START: Resources = { memory: { limit: 64 * MIB, swap: 128 * MIB }, cpu: { quota: 50_000, period: 100_000 } };

function readFiles(container: Container, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(files).map((file) => [file, readCgroup(container, file)]));
}

type Change = readonly [flags: readonly string[], files: Readonly<Record<string, string>>];

describe('update', () => {
  const CHANGES: readonly Change[] = [
    [['--memory', `${32 * MIB}`], { 'memory.max': `${32 * MIB}`, 'memory.swap.max': `${96 * MIB}` }],
    [['--memory', '32M', '--memory-swap', '48M'], { 'memory.max': `${32 * MIB}`, 'memory.swap.max': `${16 * MIB}` }],
    [['--memory-swap', '-1'], { 'memory.max': `${64 * MIB}`, 'memory.swap.max': 'max' }],
    [['--memory-reservation', '16777216'], { 'memory.low': `${16 * MIB}`, 'memory.max': `${64 * MIB}` }],
    [['--cpu-quota', '20000'], { 'cpu.max': '20000 100000' }],
    [['--cpu-period', '200000'], { 'cpu.max': '50000 200000' }],
    [['--cpu-quota', '-1'], { 'cpu.max': 'max 100000' }],
    [['--cpu-share', '512'], { 'cpu.weight': '59', 'cpu.max': '50000 100000' }],
    [['--cpu-burst', '10000'], { 'cpu.max.burst': '10000' }],
    [['--cpu-idle', '1'], { 'cpu.idle': '1' }],
    [['--cpuset-cpus', '0', '--cpuset-mems', '0'], { 'cpuset.cpus': '0', 'cpuset.mems': '0' }],
    [['--pids-limit', '20'], { 'pids.max': '20' }],
    [['--pids-limit', '-1'], { 'pids.max': 'max' }],
    [['--blkio-weight', '500'], { 'io.weight': 'default 4950' }],
  ];
  for (const [flags, files] of CHANGES) {
    test(`${flags.join(' ')} changes that`, () => {
      const container = createContainer({ resources: START });
      expect(container.tsrun.must(['update', ...flags, container.id])).toMatchObject({ stdout: '', stderr: '' });
      expect(readFiles(container, files)).toEqual(files);
    });
  }

  test('writes to a file that cannot be read', () => {
    const { tsrun, id } = createContainer({ resources: START });
    const input = JSON.stringify({ unified: { 'memory.reclaim': '4096' } });
    // Whether there is a page to be reclaimed is the kernel's affair: EAGAIN says that there was none.
    const { stderr } = tsrun.call(['update', '-r', '-', id], { input });
    expect(stderr === '' || stderr.includes('(EAGAIN)'), stderr).toBe(true);
  });

  test('starts from what the update before it left', () => {
    const container = createContainer({ resources: START });
    const { tsrun, id } = container;
    tsrun.must(['update', '--memory', '32M', '--memory-swap', '48M', id]);
    tsrun.must(['update', '--memory-swap', '64M', id]);
    tsrun.must(['update', '--cpu-period', '50000', id]);
    const files = { 'memory.max': `${32 * MIB}`, 'memory.swap.max': `${32 * MIB}`, 'cpu.max': '50000 50000' };
    expect(readFiles(container, files)).toEqual(files);
  });

  test('-r takes LinuxResources, from a file and from standard input', () => {
    const container = createContainer({ resources: START });
    const { tsrun, id } = container;
    const disk = diskNumbers('vdb');
    const change: Resources = { pids: { limit: 30 }, unified: { 'memory.high': `${48 * MIB}` } };
    const path = join(makeTemporary(), 'resources.json');
    writeFileSync(path, JSON.stringify(change));
    tsrun.must(['update', '-r', path, id]);
    const throttle = { blockIO: { throttleReadBpsDevice: [{ ...disk, rate: MIB }] } };
    tsrun.must(['update', '-r', '-', id], { input: JSON.stringify(throttle) });
    const files = {
      'pids.max': '30',
      'memory.high': `${48 * MIB}`,
      'memory.max': `${64 * MIB}`,
      'io.max': `${disk.major}:${disk.minor} rbps=${MIB} wbps=max riops=max wiops=max`,
    };
    expect(readFiles(container, files)).toEqual(files);
  });

  test('of devices takes effect at once, both ways', async () => {
    const disk = diskNumbers('vdb');
    const rule = (allow: boolean) => ({ devices: [{ allow, type: 'b' as const, ...disk, access: 'rwm' }] });
    const { tsrun, id, stdout } = await runContainer(
      {
        args: ['/probe', 'watch-open', '/dev/disk'],
        mutate: (spec) => {
          spec.linux.devices = [{ path: '/dev/disk', type: 'b', ...disk }];
          spec.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
        },
      },
      'EPERM',
    );
    tsrun.must(['update', '-r', '-', id], { input: JSON.stringify(rule(true)) });
    await waitFor('the disk', () => stdout() === 'EPERM\nopen\n');
    tsrun.must(['update', '-r', '-', id], { input: JSON.stringify(rule(false)) });
    await waitFor('the refusal', () => stdout() === 'EPERM\nopen\nEPERM\n');
  });

  test('of a stopped container is an error', async () => {
    const { tsrun, id } = createContainer({ args: ['/probe', 'true'] });
    tsrun.must(['start', id]);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(tsrun.call(['update', '--pids-limit', '5', id])).toMatchObject({ status: 1, stdout: '' });
  });
});
