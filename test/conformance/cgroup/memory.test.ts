// linux.resources.memory: what happens to a container that wants more than it may have, while it is made and while it runs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Memory } from '../../../src/spec/types.js';
import { makeBundle } from '../../support/bundle.js';
import { createContainer, readCgroup, readCounter, runContainer, tryCreate } from '../../support/container.js';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const LIMITED: Memory = { limit: 32 * MIB, swap: 32 * MIB };

/** `tsrun run`, to its end. */
function run(args: readonly string[], memory: Memory, flags: readonly string[] = []) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({
    args: ['/probe', ...args],
    mutate: (spec) => {
      spec.linux.resources = { memory };
    },
  });
  return { tsrun, id, ...tsrun.call(['run', ...flags, '--bundle', bundle.path, id]) };
}

/** `oomKilled` of `tsrun state`; undefined when it says nothing. */
function oomKilled({ tsrun, id }: ReturnType<typeof run> | ReturnType<typeof createContainer>): unknown {
  return (JSON.parse(tsrun.must(['state', id]).stdout) as { oomKilled?: unknown }).oomKilled;
}

describe('a program beyond linux.resources.memory.limit', () => {
  test('is killed, and run exits with 137', () => {
    expect(run(['allocate', '24'], LIMITED)).toMatchObject({ status: 0, stdout: 'allocated\n' });
    expect(run(['allocate', '48'], LIMITED)).toMatchObject({ status: 137, stdout: '' });
  });

  test('is told apart by run --keep and state', () => {
    const outcome = run(['allocate', '48'], LIMITED, ['--keep']);
    expect(outcome.status).toBe(137);
    expect(outcome.tsrun.state(outcome.id)?.status).toBe('stopped');
    expect(oomKilled(outcome)).toBe(true);
    expect(readFileSync(join(outcome.tsrun.root, outcome.id, 'exit'), 'utf8')).toMatch(/oom/i);
  });

  test('is told apart by state after create and start', async () => {
    const container = createContainer({ args: ['/probe', 'allocate', '48'], resources: { memory: LIMITED } });
    container.tsrun.must(['start', container.id]);
    await waitFor('its end', () => container.tsrun.state(container.id)?.status === 'stopped');
    expect(oomKilled(container)).toBe(true);
  });

  test('is not taken for one that was killed by hand', () => {
    const outcome = run(['kill-self', '15'], LIMITED, ['--keep']);
    expect(outcome.tsrun.state(outcome.id)?.status).toBe('stopped');
    expect(oomKilled(outcome)).not.toBe(true);
  });

  test('uses swap as far as linux.resources.memory.swap goes', async () => {
    const args = ['/probe', 'hold', '48', '600'];
    const container = await runContainer(
      { args, resources: { memory: { limit: 32 * MIB, swap: 96 * MIB } } },
      'holding',
    );
    expect(Number(readCgroup(container, 'memory.swap.current'))).toBeGreaterThan(15 * MIB);
    expect(readCounter(container, 'memory.events', 'oom_kill')).toBe(0);
    expect(run(['allocate', '120'], { limit: 32 * MIB, swap: 96 * MIB }).status).toBe(137);
  });
});

describe('create under a limit that is too small for it', () => {
  for (const limit of [4 * KIB, 64 * KIB, 128 * KIB]) {
    test(`of ${limit / KIB} KiB says so, and leaves nothing`, () => {
      const { tsrun, id, status, stderr } = tryCreate({ resources: { memory: { limit } } });
      expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
      expect(stderr).toContain('linux.resources.memory.limit');
      expect(stderr).toContain(String(limit));
      expect(stderr).toMatch(/memory/);
      expect(existsSync(join('/sys/fs/cgroup', id))).toBe(false);
    });
  }

  test('names the smallest limit that would do, and that one does', () => {
    const { stderr } = tryCreate({ resources: { memory: { limit: 64 * KIB } } });
    const numbers = [...stderr.replaceAll('65536', '').matchAll(/\b(\d{5,})\b/g)].map(([, digits]) => Number(digits));
    expect(numbers).toHaveLength(1);
    const { tsrun, id } = createContainer({
      args: ['/probe', 'true'],
      resources: { memory: { limit: numbers[0] ?? 0 } },
    });
    expect(tsrun.must(['start', id]).stderr).toBe('');
  });
});
