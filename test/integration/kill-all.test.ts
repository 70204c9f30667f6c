// kill --all: every process of the container gets the signal, in whichever cgroup below it is and whenever it was forked.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle, shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** A container in the host's pid namespace: there no init takes the others with it. */
function run(...args: string[]) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const mutate = (spec: Parameters<typeof shareNamespace>[0]) => shareNamespace(spec, 'pid');
  const bundle = makeBundle({ args: ['/probe', ...args], mutate });
  tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
  const cgroup = join(cgroupRoot(), id);
  return { tsrun, id, cgroup };
}

function processesOf(cgroup: string): string[] {
  return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
}

/** Those of the cgroups below it as well. */
function allOf(cgroup: string): string[] {
  const below = readdirSync(cgroup, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...processesOf(cgroup), ...below.flatMap(({ name }) => allOf(join(cgroup, name)))];
}

describe('kill --all', () => {
  test.each(['TERM', 'INT', 'KILL'])('with %s leaves nobody of a program that forks meanwhile', async (signal) => {
    for (let round = 0; round < 4; round++) {
      const { tsrun, id, cgroup } = run('fork-slowly', '2000');
      await waitFor('its children', () => processesOf(cgroup).length > 10 + round * 20);
      expect(tsrun.call(['kill', '--all', id, signal])).toMatchObject({ status: 0, stderr: '' });
      await waitFor('the end of all', () => allOf(cgroup).length === 0);
      tsrun.must(['delete', id]);
      expect(existsSync(cgroup)).toBe(false);
    }
  });

  test.each(['TERM', 'KILL'])('with %s reaches who is in cgroups below', async (signal) => {
    const { tsrun, id, cgroup } = run('fork-slowly', '6');
    await waitFor('its children', () => processesOf(cgroup).length === 7);
    const deep = join(cgroup, 'a', 'b');
    mkdirSync(deep, { recursive: true });
    const [, first = '', second = '', third = ''] = processesOf(cgroup);
    writeFileSync(join(cgroup, 'a', 'cgroup.procs'), first);
    for (const pid of [second, third]) writeFileSync(join(deep, 'cgroup.procs'), pid);
    expect(processesOf(deep).length).toBe(2);
    expect(tsrun.call(['kill', '--all', id, signal])).toMatchObject({ status: 0, stderr: '' });
    await waitFor('the end of all', () => allOf(cgroup).length === 0);
    tsrun.must(['delete', id]);
    expect(existsSync(cgroup)).toBe(false);
  });

  test('with STOP and CONT halts each process and lets each go on', async () => {
    const { tsrun, id, cgroup } = run('fork-slowly', '5');
    await waitFor('its children', () => processesOf(cgroup).length === 6);
    expect(tsrun.call(['kill', '--all', id, '0'])).toMatchObject({ status: 0, stderr: '' });
    expect(processesOf(cgroup).length).toBe(6);
    expect(tsrun.call(['kill', '--all', id, 'STOP'])).toMatchObject({ status: 0, stderr: '' });
    const states = () =>
      processesOf(cgroup).map((pid) => /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    await waitFor('all to stop', () => states().every((state) => state === 'T'));
    expect(tsrun.call(['kill', '--all', id, 'CONT'])).toMatchObject({ status: 0, stderr: '' });
    await waitFor('all to go on', () => states().every((state) => state === 'S'));
  });
});
