// Processes of tsrun's that are stopped (SIGSTOP) in the middle of a command: others answer in ten seconds, or say who is busy, and SIGCONT brings nothing
// back. create's own process is in signals.test.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../support/host.js';
import type { Outcome } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { Rig, sample } from './rig.js';

const PATIENCE = 10_000;
const ENGINE = 1;
const INIT = 2;

function quick(what: string, act: () => Outcome): Outcome {
  const begin = performance.now();
  const outcome = act();
  expect(performance.now() - begin, what).toBeLessThan(PATIENCE);
  return outcome;
}

/** Those that were stopped, however far they came. */
function signalAll(rig: Rig, signal: NodeJS.Signals): void {
  for (const line of rig.processes()) {
    try {
      process.kill(Number.parseInt(line, 10), signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** state answers, and delete --force ends the container or says who keeps it; afterwards all go on, and nothing is there again. */
async function expectEndable(rig: Rig, what: string): Promise<void> {
  const claimed = rig.expectValidState(what) !== null;
  const { status, stderr } = quick(what, () => rig.call('delete', '--force', rig.id));
  if (status !== 0) expect(stderr, what).toMatch(/^tsrun: .*(process|pid) \d+/);
  // What had not claimed the id is no container's, and may still become one: it is ended instead.
  signalAll(rig, claimed ? 'SIGCONT' : 'SIGKILL');
  if (claimed && status === 0) await rig.expectNothingLeft(`${what}, after SIGCONT`);
  await rig.expectDeletable(what);
}

describe.each([
  { title: 'the engine', process: ENGINE, step: 120 },
  { title: 'init', process: INIT, step: 60 },
])('create whose process, $title, is stopped', ({ title, process, step }) => {
  test('can be undone by delete --force at once', async () => {
    const rig = new Rig();
    const count = rig.record(process, rig.createArguments()).length;
    rig.must('delete', '--force', rig.id);
    for (const index of sample(count, step, 7)) {
      // The injector ends where it has stopped somebody: whoever waits for that one waits on.
      const { hit } = rig.inflict({ process, index }, 'stop', rig.createArguments());
      await expectEndable(rig, `${title}, stopped at call ${index}, ${hit}`);
    }
  });
});

describe.each([
  { verb: 'start', step: 25, args: (rig: Rig) => ['start', rig.id] },
  { verb: 'delete --force', step: 60, args: (rig: Rig) => ['delete', '--force', rig.id] },
  { verb: 'exec', step: 40, args: (rig: Rig) => ['exec', rig.id, '/probe', 'true'] },
  { verb: 'kill', step: 25, args: (rig: Rig) => ['kill', rig.id, 'KILL'] },
])('$verb that is stopped', ({ verb, step, args }) => {
  test('keeps nobody from the container', async () => {
    const rig = new Rig();
    rig.create();
    if (verb !== 'start') rig.must('start', rig.id);
    const count = rig.record(0, args(rig)).length;
    for (const index of sample(count, step, 5)) {
      rig.call('delete', '--force', rig.id);
      rig.create();
      if (verb !== 'start') rig.must('start', rig.id);
      const { hit } = rig.inflict({ process: 0, index }, 'stop', args(rig));
      const what = `${verb}, stopped at call ${index}, ${hit}`;
      quick(what, () => rig.call('state', rig.id));
      const { status, stderr } = quick(what, () => rig.call('delete', '--force', rig.id));
      // A child that an exec has in the container keeps init until it is reaped (pid_namespaces(7)).
      if (verb === 'exec' && status !== 0)
        expect(stderr, what).toMatch(/: init, process \d+, does not end\nhint: .*"tsrun exec"/);
      // One that holds the lock of deletes may be about to remove all there is.
      else if (verb === 'delete --force' && status !== 0)
        expect(stderr, what).toMatch(
          /^tsrun: [^\n]*: (process \d+|another process) is deleting it, and does not end\n$/,
        );
      else expect({ status, stderr }, what).toEqual({ status: 0, stderr: '' });
      signalAll(rig, 'SIGCONT');
      if (status === 0) await rig.expectNothingLeft(`${what}, after SIGCONT`);
      await rig.expectDeletable(what);
    }
  });
});

test('an update that is stopped says who keeps another one waiting, and delete --force does not wait', async () => {
  const rig = new Rig();
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  const change = join(rig.directory, 'change.json');
  writeFileSync(change, '{"unified":{"cgroup.max.depth":"5"}}');
  const update = ['update', '--resources', change, rig.id];
  // Its engine holds the lock while the helper is at work.
  const calls = rig.record(ENGINE, update);
  const { hit } = rig.inflict({ process: ENGINE, index: Math.floor(calls.length * 0.97) }, 'stop', update);
  expect(hit).not.toBeNull();
  const other = quick('update', () => rig.call(...update));
  if (other.status !== 0) rig.expectWorded(other, 'update');
  expect(rig.expectValidState('update')).toBe('running');
  const { status, stderr } = quick('delete', () => rig.call('delete', '--force', rig.id));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  signalAll(rig, 'SIGCONT');
  await rig.expectNothingLeft('update');
});

test('a foreground run that is stopped does not keep delete --force from its container, and ends when it goes on', async () => {
  const rig = new Rig(['/probe', 'exit-on-signal']);
  const running = rig.spawn('run', '--bundle', rig.bundle.path, rig.id);
  await waitFor('the program', () => running.stdout().includes('ready'));
  const { pid } = rig.init();
  running.child.kill('SIGSTOP');
  expect(rig.expectValidState('stopped')).toBe('running');
  const { status, stderr } = quick('delete', () => rig.call('delete', '--force', rig.id));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // Its parent, which is stopped, has not reaped it.
  expect(isAlive(pid)).toBe(false);
  running.child.kill('SIGCONT');
  expect((await running.ended).status).toBe(137);
  await rig.expectNothingLeft('after SIGCONT');
});
