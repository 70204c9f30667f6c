// ps: the processes of a container, as pids and as lines of the host's ps.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle, shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { LIBRARY } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const SLEEPS: BundleOptions = { args: ['/probe', 'sleep', '600'] };

/** A running container. */
function run(options: BundleOptions = SLEEPS) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  tsrun.must(['run', '--detach', '--bundle', makeBundle(options).path, id]);
  return { tsrun, id, init: tsrun.state(id)?.pid ?? 0 };
}

function listPids(tsrun: Tsrun, id: string): number[] {
  return JSON.parse(tsrun.must(['ps', '--format', 'json', id]).stdout) as number[];
}

/** Makes the state what it is on a host without cgroup v2, and answers the processes there are. */
function forgetCgroup(tsrun: Tsrun, id: string): number[] {
  const pids = listPids(tsrun, id);
  const file = join(tsrun.root, id, 'state.json');
  const state = readFileSync(file, 'utf8');
  const without = state.replace(/"cgroup":\{[^}]*\}/, '"cgroup":null');
  expect(without).not.toBe(state);
  writeFileSync(file, without);
  return pids;
}

describe('ps', () => {
  test('--format json has the pid of init on one line', () => {
    const { tsrun, id, init } = run();
    expect(tsrun.must(['ps', '-f', 'json', id])).toMatchObject({ stdout: `[${init}]\n`, stderr: '' });
  });

  test('has every process of the container', async () => {
    const { tsrun, id, init } = run({ args: ['/probe', 'fork-sleep'] });
    const pids = await waitFor('the child', () => {
      const found = listPids(tsrun, id);
      return found.length === 2 && found;
    });
    expect(pids).toContain(init);
    const [heading, ...lines] = tsrun.must(['ps', id]).stdout.trimEnd().split('\n');
    expect(heading?.trim().split(/\s+/).slice(0, 3)).toEqual(['UID', 'PID', 'PPID']);
    expect(lines.map((line) => Number(line.trim().split(/\s+/)[1])).sort((a, b) => a - b)).toEqual(pids);
  });

  test('has the processes of cgroups below the container, and of threaded ones', () => {
    const { tsrun, id, init } = run();
    const below = join(cgroupRoot(), id, 'below');
    mkdirSync(below);
    onTestFinished(() => rmdirSync(below));
    writeFileSync(join(below, 'cgroup.procs'), String(init));
    expect(listPids(tsrun, id)).toEqual([init]);
    writeFileSync(join(cgroupRoot(), id, 'cgroup.procs'), String(init));
    writeFileSync(join(below, 'cgroup.type'), 'threaded');
    writeFileSync(join(below, 'cgroup.threads'), String(init));
    expect(listPids(tsrun, id)).toEqual([init]);
    writeFileSync(join(cgroupRoot(), id, 'cgroup.threads'), String(init));
  });

  for (const args of [
    ['-o', 'pid,comm'],
    ['--', '-o', 'pid,comm', '-e'],
    ['-e', '--format', 'pid,comm'],
  ]) {
    test(`gives ${args.join(' ')} to the host's ps`, () => {
      const { tsrun, id, init } = run();
      // Without a terminal ps -o selects nobody by itself.
      const all = args.includes('-e') ? args : [...args, '-e'];
      const { stdout } = tsrun.must(['ps', id, ...all]);
      expect(stdout.trim().split(/\s+/)).toEqual(['PID', 'COMMAND', String(init), 'probe']);
    });
  }

  test('of a created container has its init', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '--bundle', makeBundle(SLEEPS).path, id]);
    expect(listPids(tsrun, id)).toEqual([tsrun.state(id)?.pid]);
  });

  test('of a stopped container has nobody', async () => {
    const { tsrun, id } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(listPids(tsrun, id)).toEqual([]);
    expect(tsrun.must(['ps', id]).stdout.split('\n')).toHaveLength(2);
    // A ps that selects nobody fails without a word.
    expect(tsrun.must(['ps', id, '-p', '4194305']).stdout.trim()).toMatch(/^PID .*CMD$/);
  });

  test('of a stopped container has those that outlive its init', async () => {
    const { tsrun, id, init } = run({
      args: ['/probe', 'fork-sleep'],
      mutate: (spec) => shareNamespace(spec, 'pid'),
    });
    const both = await waitFor('the child', () => listPids(tsrun, id).length === 2 && listPids(tsrun, id));
    process.kill(init, 'SIGKILL');
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(listPids(tsrun, id)).toEqual(both.filter((pid) => pid !== init));
  });

  test('fails without a ps on the host, and json needs none', () => {
    const { tsrun, id, init } = run();
    const env = { PATH: makeTemporary() };
    expect(tsrun.call(['ps', id], { env })).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        'tsrun: cannot run "ps": there is no such program\nhint: "tsrun ps --format json" needs no ps (Debian package: procps)\n',
    });
    expect(tsrun.must(['ps', '-f', 'json', id], { env }).stdout).toBe(`[${init}]\n`);
  });

  test('fails with the words of a ps that fails', () => {
    const { tsrun, id } = run();
    const { status, stdout, stderr } = tsrun.call(['ps', id, '--no-such-option']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^tsrun: cannot run "ps --no-such-option": error: [^\n]+\n$/);
  });

  test('fails when ps prints no pids, and when it is killed', () => {
    const { tsrun, id } = run();
    expect(tsrun.call(['ps', id, '-eo', 'comm'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        'tsrun: cannot tell whose the lines of ps are: its output has no column PID\nhint: add pid to the columns, as in "-o pid,comm"\n',
    });
    const path = makeTemporary();
    symlinkSync('/bin/sh', join(path, 'ps'));
    expect(tsrun.call(['ps', id, '-c', 'kill -9 $$'], { env: { PATH: path } })).toMatchObject({
      status: 1,
      stderr: 'tsrun: cannot run "ps -c kill -9 $$": it was killed by SIGKILL\n',
    });
  });

  test('passes on what a ps that succeeds complains about', () => {
    const { tsrun, id, init } = run();
    const path = makeTemporary();
    symlinkSync('/bin/sh', join(path, 'ps'));
    const script = `echo odd >&2; echo PID; echo ${init}`;
    expect(tsrun.must(['ps', id, '-c', script], { env: { PATH: path } })).toMatchObject({
      stdout: `PID\n${init}\n`,
      stderr: 'tsrun: warning: ps: odd\n',
    });
  });

  test('refuses arguments of ps where it runs none', () => {
    const { tsrun, id } = run();
    expect(tsrun.call(['ps', '-f', 'json', id, '-e'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'tsrun: cannot give "-e" to ps: --format json runs none\n',
    });
  });

  test('without a cgroup has the processes of the pid namespace and of those below it', async () => {
    const { tsrun, id, init } = run({ args: ['/probe', 'fork-sleep'] });
    await waitFor('the child', () => listPids(tsrun, id).length === 2);
    const entered = spawn('nsenter', ['-t', String(init), '-p', 'unshare', '--pid', '--fork', 'sleep', '60']);
    onTestFinished(() => void entered.kill('SIGKILL'));
    const inside = forgetCgroup(tsrun, id);
    // nsenter's child is in the namespace, its child unshare's, and the child of that in one below; nsenter itself is outside.
    const pids = await waitFor('what has entered', () => listPids(tsrun, id).length === 4 && listPids(tsrun, id));
    expect(pids).toEqual(expect.arrayContaining(inside));
    expect(pids).not.toContain(entered.pid);
  });

  test('without a cgroup and without a pid namespace says that it cannot tell', () => {
    const { tsrun, id } = run({ ...SLEEPS, mutate: (spec) => shareNamespace(spec, 'pid') });
    forgetCgroup(tsrun, id);
    expect(tsrun.call(['ps', '-f', 'json', id])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `tsrun: cannot list the processes of container "${id}": it has neither a cgroup nor a pid namespace of its own\nhint: it was created with --cgroup-manager=disabled, or this host has no cgroup v2\n`,
    });
  });

  test('refuses an unknown format and a missing container', () => {
    const tsrun = newTsrun();
    expect(tsrun.call(['ps', '-f', 'yaml', 'absent']).stderr).toBe(
      'tsrun: unknown format "yaml": must be table or json\n',
    );
    for (const args of [['absent'], ['-f', 'json', 'absent']]) {
      expect(tsrun.call(['ps', ...args])).toMatchObject({
        status: 1,
        stdout: '',
        stderr: 'tsrun: container "absent" does not exist\n',
      });
    }
  });

  test('of a container that is deleted meanwhile is a list or an error, nothing else', async () => {
    const { tsrun, id } = run();
    const deletion = tsrun.spawn(['delete', '--force', id]);
    for (let calls = 0; calls < 20; calls++) {
      const { status, stdout, stderr } = tsrun.call(['ps', '-f', 'json', id]);
      expect(stderr === '' ? 0 : 1).toBe(status);
      expect(stdout === '' || Array.isArray(JSON.parse(stdout))).toBe(true);
      expect(stderr).toMatch(/^(tsrun: container "[^"]+" does not exist\n)?$/);
    }
    expect((await deletion.ended).status).toBe(0);
  });

  test('is a method of the library', () => {
    const { tsrun, id, init } = run();
    const script = `
      import { Runtime } from ${JSON.stringify(LIBRARY)};
      console.log(await new Runtime({ root: ${JSON.stringify(tsrun.root)} }).processes(${JSON.stringify(id)}));`;
    expect(tsrun.execute(process.execPath, ['--input-type=module', '-e', script]).stdout).toBe(`[ ${init} ]\n`);
  });
});
