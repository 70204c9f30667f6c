// Signals to tsrun itself, and processes that are killed or stopped between two commands.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../support/host.js';
import { receiveNotifications } from '../support/listener.js';
import { makeTemporary } from '../support/temporary.js';
import type { Running } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { awaitFile, Rig, sample } from './rig.js';

const PATIENCE = 10_000;

interface Waiting {
  readonly rig: Rig;
  readonly creating: Running;
  /** Of the hook in which create waits. */
  readonly hook: number;
}

/** A create that waits in a hook. */
async function beginCreate(verb = 'create'): Promise<Waiting> {
  const file = join(makeTemporary(), 'hook.pid');
  const script = `cat > /dev/null; echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 60`;
  const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
    spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', script] }] };
  });
  const creating = rig.spawn(verb, '--bundle', rig.bundle.path, rig.id);
  return { rig, creating, hook: Number(await awaitFile(file)) };
}

/** Runs it and expects it to end within ten seconds. */
function expectQuick<T>(what: string, act: () => T): T {
  const begin = performance.now();
  const result = act();
  expect(performance.now() - begin, what).toBeLessThan(PATIENCE);
  return result;
}

describe('create that waits in a hook', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('is undone by %s', async (signal) => {
    const { rig, creating, hook } = await beginCreate();
    creating.child.kill(signal);
    const outcome = await creating.ended;
    rig.expectWorded(outcome, signal);
    await rig.expectNothingLeft(signal);
    expect(isAlive(hook)).toBe(false);
  });

  test.each(['create', 'run'])('killed in %s leaves what delete --force removes, the hook too', async (verb) => {
    const { rig, creating, hook } = await beginCreate(verb);
    onTestFinished(() => void (isAlive(hook) && process.kill(hook, 'SIGKILL')));
    creating.child.kill('SIGKILL');
    expect((await creating.ended).signal).toBe('SIGKILL');
    expect(rig.expectValidState('killed')).toBe('stopped');
    expect(rig.call('delete', '--force', rig.id)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(rig.file(''))).toBe(false);
    await rig.expectNothingLeft(verb);
  });

  test('is "creating" for state, and only delete --force ends it', async () => {
    const { rig, creating } = await beginCreate();
    expect(rig.expectValidState('waiting')).toBe('creating');
    for (const verb of ['start', 'kill', 'delete']) rig.expectWorded(rig.call(verb, rig.id), verb);
    expect(rig.call(...rig.createArguments()).stderr).toContain('container with given ID already exists');
    await rig.expectDeletable('creating');
    expect((await creating.ended).status).not.toBe(0);
  });

  test('and is stopped is removed by delete --force at once, and SIGCONT brings nothing back', async () => {
    const { rig, creating } = await beginCreate();
    creating.child.kill('SIGSTOP');
    await expectQuick('delete --force', () => rig.expectDeletable('stopped creator'));
    creating.child.kill('SIGCONT');
    await creating.ended;
    await rig.expectNothingLeft('after SIGCONT');
  });
});

test('create stopped at any step is removed by delete --force from elsewhere', async () => {
  const rig = new Rig();
  const count = rig.record(0, rig.createArguments()).length;
  rig.must('delete', '--force', rig.id);
  // The last ones among them: published, and not ended.
  for (const index of [...sample(count, 13, 3), count - 4, count - 2]) {
    const { hit } = rig.inflict({ process: 0, index }, 'stop', rig.createArguments());
    const what = `stopped at call ${index}, ${hit}`;
    const claimed = rig.expectValidState(what) !== null;
    const { status, stderr } = expectQuick(what, () => rig.call('delete', '--force', rig.id));
    expect({ status, stderr }, what).toEqual({ status: 0, stderr: '' });
    // One that had not claimed the id is nobody's to end: delete --force does not know of it. Any other has been ended with its container.
    if (!claimed) signalAll(rig, 'SIGKILL');
    if (claimed) await rig.expectNothingLeft(what);
    await rig.expectDeletable(what);
  }
});

function signalAll(rig: Rig, signal: NodeJS.Signals): void {
  for (const line of rig.processes()) process.kill(Number.parseInt(line, 10), signal);
}

describe('a foreground run', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on to the program', async (signal) => {
    const rig = new Rig(['/probe', 'exit-on-signal', '60']);
    const running = rig.spawn('run', '--bundle', rig.bundle.path, rig.id);
    await waitFor('the program', () => running.stdout().includes('ready'));
    running.child.kill(signal);
    expect((await running.ended).status).toBeGreaterThan(128);
    await rig.expectNothingLeft(signal);
  });

  test('that is killed leaves a container that delete --force removes', async () => {
    const rig = new Rig(['/probe', 'exit-on-signal', '60']);
    const running = rig.spawn('run', '--bundle', rig.bundle.path, rig.id);
    await waitFor('the program', () => running.stdout().includes('ready'));
    const { pid } = rig.init();
    running.child.kill('SIGKILL');
    await running.ended;
    expect(['running', 'stopped']).toContain(rig.expectValidState('killed run'));
    await rig.expectDeletable('killed run');
    expect(isAlive(pid)).toBe(false);
  });
});

test('a foreground run that begins to listen after the end of its program hears what it has said', async () => {
  const rig = new Rig(['/probe', 'notify', '-', '0', 'READY=1']);
  const listener = await receiveNotifications();
  rig.env = { NOTIFY_SOCKET: listener.address };
  const args = ['run', '--bundle', rig.bundle.path, rig.id];
  const index = rig.record(0, args).indexOf('signalfd4') + 1;
  await waitFor('the word', () => listener.messages().length === 1);
  expect(rig.inflict({ process: 0, index }, 'stop', args)).toMatchObject({ hit: 'signalfd4' });
  const { pid } = rig.init();
  await waitFor('the end of the program', () => !isAlive(pid));
  signalAll(rig, 'SIGCONT');
  await waitFor('the word again', () => listener.messages().length === 2);
  await rig.expectNothingLeft('after SIGCONT');
});

describe('a container whose init', () => {
  test('was killed before start is stopped: start says so and does not wait', async () => {
    const rig = new Rig();
    rig.create();
    const { pid } = rig.init();
    process.kill(pid, 'SIGKILL');
    await waitFor('init to end', () => !isAlive(pid));
    const outcome = expectQuick('start', () => rig.call('start', rig.id));
    rig.expectWorded(outcome, 'start');
    expect(outcome.stderr).toMatch(/stopped|not running/);
    expect(rig.expectValidState('killed')).toBe('stopped');
    expect(rig.call('delete', rig.id)).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft('killed init');
  });

  test('is stopped is killed by delete --force within ten seconds', async () => {
    const rig = new Rig();
    rig.create();
    process.kill(rig.init().pid, 'SIGSTOP');
    await expectQuick('delete --force', () => rig.expectDeletable('stopped init'));
  });

  test('is stopped lets start wait, and the start that is killed then changes nothing', async () => {
    const rig = new Rig();
    rig.create();
    const { pid } = rig.init();
    process.kill(pid, 'SIGSTOP');
    const starting = rig.spawn('start', rig.id);
    await waitFor('start to open the fifo', () => !existsSync(rig.file('exec.fifo')));
    starting.child.kill('SIGKILL');
    await starting.ended;
    process.kill(pid, 'SIGCONT');
    rig.expectValidState('killed start');
    await rig.expectDeletable('killed start');
  });
});

describe('a start that waits', () => {
  test('for an init that is stopped is ended by SIGTERM, and then changes nothing', async () => {
    const rig = new Rig();
    rig.create();
    const { pid } = rig.init();
    process.kill(pid, 'SIGSTOP');
    const starting = rig.spawn('start', rig.id);
    await waitFor('start to open the fifo', () => !existsSync(rig.file('exec.fifo')));
    starting.child.kill('SIGTERM');
    rig.expectWorded(await starting.ended, 'start');
    process.kill(pid, 'SIGCONT');
    rig.expectValidState('ended start');
    await rig.expectDeletable('ended start');
  });

  test('for a hook in the container is ended by SIGTERM, and the container is stopped', async () => {
    const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
      spec.hooks = { startContainer: [{ path: '/probe', args: ['probe', 'sleep', '60'] }] };
    });
    rig.create();
    const starting = rig.spawn('start', rig.id);
    await waitFor('the hook', () => rig.processes().some((line) => line.endsWith(' probe sleep 60 ')));
    starting.child.kill('SIGTERM');
    rig.expectWorded(await starting.ended, 'start');
    await waitFor('its end', () => rig.expectValidState('ended start') === 'stopped');
    await rig.expectDeletable('ended start');
  });
});

test('the bundle may be gone: state, kill and delete do not need it', async () => {
  const rig = new Rig();
  rig.create();
  rmSync(rig.bundle.path, { recursive: true });
  expect(rig.expectValidState('without bundle')).toBe('created');
  rig.must('kill', rig.id, 'KILL');
  await waitFor('init to end', () => rig.expectValidState('without bundle') === 'stopped');
  rig.must('delete', rig.id);
  await rig.expectNothingLeft('without bundle');
});
