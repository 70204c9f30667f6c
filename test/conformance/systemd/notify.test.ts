// A unit that runs a container: of Type=notify it is active when the container says so, and its main process is the container's where
// tsrun does not stay.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle } from '../../support/bundle.js';
import { TSRUN } from '../../support/paths.js';
import { showUnit, systemctl } from '../../support/systemd.js';
import { makeTemporary } from '../../support/temporary.js';
import { newTsrun, type Tsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';

interface Unit {
  readonly name: string;
  readonly state: () => string;
  readonly mainPid: () => number;
}

/** A transient unit that executes `tsrun WORDS`; stopped and forgotten at the end of the test. */
function runUnit(tsrun: Tsrun, id: string, options: readonly string[], words: readonly string[]): Unit {
  const name = `unit-${id}.service`;
  const command = [TSRUN, '--root', tsrun.root, ...words];
  const { status, stderr } = tsrun.execute('systemd-run', [
    '--quiet',
    '--no-block',
    '--unit',
    name,
    ...options,
    ...command,
  ]);
  if (status !== 0) throw new Error(`systemd-run: ${stderr}`);
  onTestFinished(() => {
    tsrun.call(['delete', '--force', id]);
    for (const action of ['stop', 'reset-failed']) tsrun.execute('systemctl', [action, name]);
  });
  const show = (property: string) => showUnit(name, [property])[property] ?? '';
  return { name, state: () => show('ActiveState'), mainPid: () => Number(show('MainPID')) };
}

/** A container that says these words when the gate is open. */
function makeGated(words: readonly string[]) {
  const directory = makeTemporary();
  const bundle = makeBundle({
    args: ['/probe', 'notify', '/host/gate', '3600', ...words],
    mutate: (spec) => {
      spec.mounts.push({ destination: '/host', type: 'bind', source: directory, options: ['bind'] });
    },
  });
  return { bundle: bundle.path, open: () => writeFileSync(join(directory, 'gate'), '') };
}

const isRunning = (tsrun: Tsrun, id: string) => tsrun.state(id)?.status === 'running';

// cgroupfs: beside the cgroup of the unit; systemd: in a scope of its own.
describe.each([[[]], [['--systemd-cgroup']]])('a unit of Type=notify, tsrun %j', (globals) => {
  test('that runs a container in the foreground is active when the container is ready', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { bundle, open } = makeGated(['READY=1']);
    const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], [...globals, 'run', '-b', bundle, id]);
    await waitFor('the program', () => isRunning(tsrun, id));
    expect(unit.state()).toBe('activating');
    const before = unit.mainPid();
    open();
    await waitFor('the unit', () => unit.state() === 'active');
    expect(unit.mainPid()).toBe(before);
    expect(readFileSync(`/proc/${before}/cmdline`, 'utf8')).toContain('tsrun');
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('its end', () => unit.state() === 'failed');
    expect(showUnit(unit.name, ['ExecMainStatus'])).toEqual({ ExecMainStatus: '137' });
  });

  test('that runs one detached has its process for main process, and ends with it', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { bundle, open } = makeGated(['READY=1']);
    const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], [...globals, 'run', '--detach', '-b', bundle, id]);
    await waitFor('the program', () => isRunning(tsrun, id));
    expect(unit.state()).toBe('activating');
    const pid = tsrun.state(id)?.pid;
    expect(unit.mainPid()).not.toBe(pid);
    open();
    await waitFor('the unit', () => unit.state() === 'active');
    await waitFor('the end of tsrun', () => unit.mainPid() === pid);
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('its end', () => unit.state() === 'failed');
  });

  test('that starts one has its process for main process', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { bundle, open } = makeGated(['READY=1']);
    tsrun.must([...globals, 'create', '-b', bundle, id], { env: { NOTIFY_SOCKET: '/run/systemd/notify' } });
    const pid = tsrun.state(id)?.pid;
    const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], ['start', id]);
    await waitFor('the program', () => isRunning(tsrun, id));
    expect(unit.state()).toBe('activating');
    open();
    await waitFor('the unit', () => unit.state() === 'active' && unit.mainPid() === pid);
  });

  test('fails when the container ends that was never ready', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'exit', '0'] });
    const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], [...globals, 'run', '-b', bundle.path, id]);
    await waitFor('its end', () => unit.state() === 'failed');
    expect(showUnit(unit.name, ['Result'])).toEqual({ Result: 'protocol' });
  });

  test('takes nothing else from the container', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const words = ['STATUS=mine\nMAINPID=1', 'STOPPING=1', 'ERRNO=5\nREADY=1\nSTATUS=mine'];
    const { bundle, open } = makeGated(words);
    const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], [...globals, 'run', '-d', '-b', bundle, id]);
    open();
    await waitFor('the unit', () => unit.state() === 'active');
    expect(showUnit(unit.name, ['StatusText', 'StatusErrno'])).toEqual({ StatusText: '', StatusErrno: '0' });
    await waitFor('the end of tsrun', () => unit.mainPid() === tsrun.state(id)?.pid);
  });

  test('that is stopped before the container is ready leaves none, detached or not', async () => {
    for (const flags of [[], ['--detach']]) {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const bundle = makeBundle({ args: ['/probe', 'exit-on-signal'] });
      const unit = runUnit(tsrun, id, ['-p', 'Type=notify'], [...globals, 'run', ...flags, '-b', bundle.path, id]);
      await waitFor('the program', () => isRunning(tsrun, id));
      systemctl('stop', unit.name);
      expect(tsrun.leftovers()).toEqual([]);
    }
  });
});

test('a unit of Type=forking finds the container by its pid file', async () => {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'exit-on-signal'] });
  const pidFile = `/run/${id}.pid`;
  const options = ['-p', 'Type=forking', '-p', `PIDFile=${pidFile}`];
  const unit = runUnit(tsrun, id, options, ['run', '--detach', '--pid-file', pidFile, '-b', bundle.path, id]);
  await waitFor('the unit', () => unit.state() === 'active');
  expect(unit.mainPid()).toBe(tsrun.state(id)?.pid);
  systemctl('stop', unit.name);
  expect(tsrun.state(id)?.status).toBe('stopped');
  expect(existsSync(pidFile)).toBe(false);
});
