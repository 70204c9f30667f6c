// What tsrun run answers: the program's exit status.
import { readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { runBundle } from '../support/probe.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

describe('run', () => {
  for (const code of [0, 1, 2, 42, 126, 127, 128, 255]) {
    test(`exits with ${code} as the program does`, () => {
      const { status, stdout, stderr } = runBundle({ args: ['/probe', 'exit', String(code)] });
      expect({ status, stdout, stderr }).toEqual({ status: code, stdout: '', stderr: '' });
    });
  }

  test('passes standard input, output and error through', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({ args: ['/probe', 'cat-stdin'] });
    const { stdout, status } = tsrun.call(['run', '--bundle', bundle.path, tsrun.newId()], { input: 'spoken\n' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'spoken\n' });
  });

  test('answers 137 for a program that was killed', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const running = tsrun.spawn(['run', '--bundle', makeBundle({ args: ['/probe', 'exit-on-signal'] }).path, id]);
    await waitFor('the program', () => running.stdout() === 'ready\n');
    tsrun.must(['kill', id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137, signal: null, stderr: '' });
  });

  test('leaves nothing behind', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['run', '--bundle', makeBundle({ args: ['/probe', 'true'] }).path, id]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
    expect(tsrun.state(id)).toBe(null);
  });

  test('takes the processes with it that the program left', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const running = tsrun.spawn(['run', '--bundle', makeBundle({ args: ['/probe', 'fork-sleep', '0.2'] }).path, id]);
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'forked\n', stderr: '' });
    expect(hasCgroup(id)).toBe(false);
  });
});

test('state tells of a kill for want of memory that run --keep has noted, when the cgroup is gone', () => {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  tsrun.call(['run', '--keep', '--bundle', makeBundle({ args: ['/probe', 'true'] }).path, id]);
  const note = join(tsrun.root, id, 'exit');
  expect(readFileSync(note, 'utf8')).toMatch(/^0 0 \d{10,} (0|-1)\n$/);
  rmdirSync(join(cgroupRoot(), id));
  expect(tsrun.state(id)).not.toHaveProperty('oomKilled');
  writeFileSync(note, '-1 9 1700000000 1\n');
  expect(tsrun.state(id)).toMatchObject({ status: 'stopped', oomKilled: true });
  expect(JSON.parse(tsrun.must(['list', '--format', 'json']).stdout)).toEqual([tsrun.state(id)]);
});
