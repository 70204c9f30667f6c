// update changes all or nothing, says beforehand what it would do, and does not kill a container by surprise.
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../src/spec/types.js';
import { type Container, createContainer, readCgroup, runContainer } from '../../support/container.js';

const MIB = 1024 * 1024;
const START: Resources = {
  memory: { limit: 64 * MIB, swap: 64 * MIB },
  cpu: { quota: 50_000, shares: 512 },
  pids: { limit: 20 },
};
const FILES = ['memory.max', 'memory.swap.max', 'memory.low', 'memory.high', 'cpu.max', 'cpu.weight', 'pids.max'];

const readAll = (container: Container) => FILES.map((file) => [file, readCgroup(container, file)]);

function update({ tsrun, id }: Container, change: Resources, ...flags: string[]) {
  return tsrun.call(['update', ...flags, '-r', '-', id], { input: JSON.stringify(change) });
}

describe('an update that cannot be done', () => {
  const REFUSED: readonly (readonly [string, Resources, string])[] = [
    ['by a field that is wrong', { pids: { limit: 10 }, cpu: { quota: 999 } }, 'linux.resources.cpu.quota'],
    ['by a new limit that an old swap contradicts', { memory: { limit: 96 * MIB } }, 'linux.resources.memory.swap'],
    [
      'by a value that only the kernel refuses, in the last file',
      { pids: { limit: 10 }, memory: { limit: 32 * MIB, swap: 48 * MIB }, unified: { 'memory.high': 'much' } },
      'linux.resources.unified["memory.high"]',
    ],
  ];
  for (const [title, change, path] of REFUSED) {
    test(`${title}, leaves every file as it was`, () => {
      const container = createContainer({ resources: START });
      const before = readAll(container);
      const { status, stdout, stderr } = update(container, change);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(path);
      expect(readAll(container)).toEqual(before);
      // Nor is it what the next one starts from.
      container.tsrun.must(['update', '--pids-limit', '21', container.id]);
      expect(readAll(container)).toEqual(before.map(([file, value]) => [file, file === 'pids.max' ? '21' : value]));
    });
  }
});

describe('update --dry-run', () => {
  test('prints each file with its old and new value, and changes nothing', () => {
    const container = createContainer({ resources: START });
    const before = readAll(container);
    const { status, stdout, stderr } = update(container, { pids: { limit: 10 }, cpu: { quota: 20_000 } }, '--dry-run');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n').sort()).toEqual([
      'cpu.max: 50000 100000 -> 20000 100000',
      'pids.max: 20 -> 10',
    ]);
    expect(readAll(container)).toEqual(before);
  });

  test('warns where more is in use than would be allowed', async () => {
    const container = await runContainer({ args: ['/probe', 'hold', '24', '600'], resources: START }, 'holding');
    const { status, stdout, stderr } = update(container, { memory: { limit: 16 * MIB, swap: 16 * MIB } }, '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain(`memory.max: ${64 * MIB} -> ${16 * MIB}\n`);
    expect(stderr).toMatch(/warning.*memory\.current/);
    expect(container.tsrun.state(container.id)?.status).toBe('running');
  });

  test('warns of more processes than would be allowed', async () => {
    const container = await runContainer({ args: ['/probe', 'family', '5'], resources: START }, 'ready');
    const { stderr } = update(container, { pids: { limit: 3 } }, '--dry-run');
    expect(stderr).toMatch(/warning.*pids\.current/);
    expect(readCgroup(container, 'pids.max')).toBe('20');
  });
});

test('checkBeforeUpdate refuses a limit below what is in use, and keeps the container alive', async () => {
  const container = await runContainer({ args: ['/probe', 'hold', '24', '600'], resources: START }, 'holding');
  const change = { memory: { limit: 16 * MIB, swap: 16 * MIB, checkBeforeUpdate: true } };
  const { status, stderr } = update(container, change);
  expect(status).toBe(1);
  expect(stderr).toContain('linux.resources.memory.limit');
  expect(readCgroup(container, 'memory.max')).toBe(`${64 * MIB}`);
  expect(container.tsrun.state(container.id)?.status).toBe('running');
});
