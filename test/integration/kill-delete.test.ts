// kill, delete, list, and run's other ways.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle, shareNamespace } from '../support/bundle.js';
import { cgroupRoot, isAlive } from '../support/host.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const SLEEPS: BundleOptions = { args: ['/probe', 'sleep', '600'] };

/** A running container. */
function run(options: BundleOptions = SLEEPS, tsrun: Tsrun = newTsrun()) {
  const id = tsrun.newId();
  const bundle = makeBundle(options);
  tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
  return { tsrun, id, bundle, status: () => tsrun.state(id)?.status };
}

describe('kill', () => {
  for (const signal of ['KILL', 'SIGKILL', 'sigkill', 'kill', '9']) {
    test(`takes ${signal} for the signal`, async () => {
      const { tsrun, id, status } = run();
      expect(tsrun.must(['kill', id, signal]).stderr).toBe('');
      await waitFor('its end', () => status() === 'stopped');
    });
  }

  test('sends TERM when no signal is named', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const running = tsrun.spawn(['run', '--bundle', makeBundle({ args: ['/probe', 'exit-on-signal'] }).path, id]);
    await waitFor('the program', () => running.stdout() === 'ready\n');
    tsrun.must(['kill', id]);
    expect((await running.ended).status).toBe(143);
  });

  test('sends real-time signals', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const running = tsrun.spawn(['run', '--bundle', makeBundle({ args: ['/probe', 'exit-on-signal'] }).path, id]);
    await waitFor('the program', () => running.stdout() === 'ready\n');
    tsrun.must(['kill', id, 'RTMIN+3']);
    expect((await running.ended).status).toBe(128 + 37);
  });

  test('with 0 only asks', () => {
    const { tsrun, id, status } = run();
    tsrun.must(['kill', id, '0']);
    expect(status()).toBe('running');
  });

  for (const signal of ['NONSENSE', '65', '-1', '9x', '']) {
    test(`refuses ${JSON.stringify(signal)} and leaves the container alone`, () => {
      const { tsrun, id, status } = run();
      const outcome = tsrun.call(['kill', '--', id, signal]);
      expect(outcome.stderr).toBe(
        `tsrun: unknown signal ${JSON.stringify(signal)}\nhint: give a name such as TERM or SIGTERM, or a number from 0 to 64\n`,
      );
      expect(outcome.status).toBe(1);
      expect(status()).toBe('running');
    });
  }

  test('ends a created container', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '--bundle', makeBundle(SLEEPS).path, id]);
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
  });

  test("of a stopped container is refused with runc's words", async () => {
    const { tsrun, id, status } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => status() === 'stopped');
    const outcome = tsrun.call(['kill', id, 'TERM']);
    expect(outcome.stderr).toBe(
      `tsrun: cannot kill container "${id}": container not running\nhint: its status is stopped\n`,
    );
    expect(outcome.status).toBe(1);
    expect(tsrun.call(['kill', '--all', id, 'TERM']).status).toBe(0);
  });

  test('with --all reaches every process of the container', async () => {
    const options: BundleOptions = { args: ['/probe', 'fork-sleep'], mutate: (spec) => shareNamespace(spec, 'pid') };
    const { tsrun, id } = run(options);
    const processes = () =>
      readFileSync(join(cgroupRoot(), id, 'cgroup.procs'), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean);
    await waitFor('the child', () => processes().length === 2);
    tsrun.must(['kill', '--all', id, 'KILL']);
    await waitFor('the end of both', () => processes().length === 0);
  });

  test('with KILL reaches every process where init does not take them with it', async () => {
    const { tsrun, id } = run({ args: ['/probe', 'fork-sleep'], mutate: (spec) => shareNamespace(spec, 'pid') });
    const processes = () =>
      readFileSync(join(cgroupRoot(), id, 'cgroup.procs'), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean);
    await waitFor('the child', () => processes().length === 2);
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('the end of both', () => processes().length === 0);
  });
});

describe('delete', () => {
  test('of a running container is refused', () => {
    const { tsrun, id, status } = run();
    const outcome = tsrun.call(['delete', id]);
    expect(outcome.stderr).toBe(
      `tsrun: cannot delete container "${id}" that is not stopped: running\nhint: "tsrun delete --force ${id}" kills and deletes it\n`,
    );
    expect(outcome.status).toBe(1);
    expect(status()).toBe('running');
  });

  test('removes the cgroup, the state and the processes', async () => {
    const { tsrun, id, status } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => status() === 'stopped');
    expect(tsrun.must(['delete', id])).toMatchObject({ stdout: '', stderr: '' });
    expect(hasCgroup(id)).toBe(false);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('of a created container removes it', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '--bundle', makeBundle(SLEEPS).path, id]);
    const pid = tsrun.state(id)?.pid;
    tsrun.must(['delete', id]);
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('with --force removes a running container and all its processes', async () => {
    const { tsrun, id } = run({ args: ['/probe', 'fork-sleep'], mutate: (spec) => shareNamespace(spec, 'pid') });
    const processes = () =>
      readFileSync(join(cgroupRoot(), id, 'cgroup.procs'), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean);
    const pids = await waitFor('the child', () => processes().length === 2 && processes());
    tsrun.must(['delete', '--force', id]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('with --force removes a program that ignores TERM', () => {
    const { tsrun, id } = run({ args: ['/probe', 'ignore-term'] });
    tsrun.must(['delete', '-f', id]);
    expect(tsrun.state(id)).toBe(null);
  });

  test('of a missing container fails, with --force it does not', () => {
    const tsrun = newTsrun();
    expect(tsrun.call(['delete', 'absent'])).toMatchObject({
      status: 1,
      stderr: 'tsrun: container "absent" does not exist\n',
    });
    expect(tsrun.call(['delete', '--force', 'absent'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test('frees the id', () => {
    const { tsrun, id, bundle } = run();
    tsrun.must(['delete', '--force', id]);
    tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
    expect(tsrun.state(id)?.status).toBe('running');
  });
});

describe('run', () => {
  test('with --detach answers when the program has been executed', () => {
    const { tsrun, id, status } = run();
    expect(status()).toBe('running');
    expect(readFileSync(`/proc/${tsrun.state(id)?.pid}/comm`, 'utf8')).toBe('probe\n');
  });

  test('with --detach writes the pid file', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const file = join(makeTemporary(), 'pid');
    tsrun.must(['run', '-d', '--pid-file', file, '-b', makeBundle(SLEEPS).path, id]);
    expect(readFileSync(file, 'utf8')).toBe(String(tsrun.state(id)?.pid));
    expect(readdirSync(join(file, '..'))).toEqual(['pid']);
  });

  test('with --keep leaves a stopped container, which delete removes', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    expect(tsrun.call(['run', '--keep', '-b', makeBundle({ args: ['/probe', 'exit', '7'] }).path, id]).status).toBe(7);
    expect(tsrun.state(id)).toMatchObject({ status: 'stopped', pid: 0 });
    tsrun.must(['delete', id]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });
});

describe('list', () => {
  test('of no containers has only the head, and makes no root', () => {
    const tsrun = newTsrun();
    expect(tsrun.must(['list']).stdout).toBe('ID   PID   STATUS   BUNDLE   CREATED   OWNER\n');
    expect(tsrun.must(['list', '-f', 'json']).stdout).toBe('[]\n');
    expect(tsrun.must(['list', '-q']).stdout).toBe('');
    expect(existsSync(tsrun.root)).toBe(false);
  });

  test('has every container of the root with its state', () => {
    const { tsrun, id: first } = run();
    const { id: second } = run(SLEEPS, tsrun);
    const listed = JSON.parse(tsrun.must(['list', '--format', 'json']).stdout) as unknown[];
    expect(listed).toEqual([first, second].sort().map((id) => tsrun.state(id)));
    expect(tsrun.must(['list', '--quiet']).stdout).toBe(`${[first, second].sort().join('\n')}\n`);
  });

  test('is a table with one line a container', () => {
    const { tsrun, id, bundle } = run();
    const { pid, created } = tsrun.state(id) ?? {};
    const [head, line] = tsrun.must(['list']).stdout.split('\n');
    expect(head?.split(/\s+/)).toEqual(['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']);
    expect(line?.split(/\s+/)).toEqual([id, String(pid), 'running', bundle.path, created, 'root']);
  });

  test('refuses an unknown format', () => {
    expect(newTsrun().call(['list', '-f', 'yaml'])).toMatchObject({
      status: 1,
      stderr: 'tsrun: unknown format "yaml": must be table or json\n',
    });
  });
});
