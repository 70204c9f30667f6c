// Every system call of tsrun and of init fails once, with what the kernel could say: create then fails in words and leaves nothing, or goes
// on where the call is one of those that may fail.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { receiveNotifications } from '../support/listener.js';
import { waitFor } from '../support/wait-for.js';
import { type FaultyOutcome, Rig, sample } from './rig.js';
import { errorOf, isTolerated } from './tolerated.js';

const TSRUN = 0;
const INIT = 2;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

/** Calls of the C library before main, which ends the program in its own words, and those that cannot fail (PR_SET_NAME is prctl 15). */
const NOT_OURS = new Set(
  'arch_prctl brk getpid getrandom mprotect prlimit64 readlink rseq set_robust_list set_tid_address'
    .split(' ')
    .concat('prctl 15'),
);

interface Sweep {
  readonly process: number;
  readonly first: number;
  readonly calls: readonly string[];
  readonly step: number;
  /** Whether a failed create leaves nothing at all; if not, delete --force removes it. */
  readonly tidy: boolean;
  /** Default: of a plain create. */
  readonly args?: readonly string[];
}

/** What is wrong with the outcome, as one line; null when nothing is. */
async function judge(rig: Rig, outcome: FaultyOutcome, error: number, tidy: boolean): Promise<string | null> {
  const what = `${outcome.hit}, errno ${error}`;
  try {
    if (NOT_OURS.has(outcome.hit ?? '')) {
      // The process made one call more, or less, than when it was recorded.
      rig.expectValidState(what);
    } else if (outcome.status !== 0) {
      rig.expectWorded(outcome, what);
      if (tidy && !outcome.stderr.includes('cleaning up failed too')) await rig.expectNothingLeft(what);
    } else if (isTolerated(outcome.hit, error)) {
      expect(rig.expectValidState(what)).toBe('created');
    } else {
      // Create had ended before: init cannot go on then, and start will say so. One that goes on has not noticed.
      await waitFor('init to notice', () => rig.expectValidState(what) === 'stopped');
    }
    await rig.expectDeletable(what);
    return null;
  } catch (failure) {
    rig.call('delete', '--force', rig.id);
    return `${what}: ${String(failure)}`;
  }
}

async function findProblems(rig: Rig, { process, first, calls, step, tidy, args }: Sweep): Promise<string[]> {
  const problems: string[] = [];
  for (const [turn, offset] of sample(calls.length, step).entries()) {
    if (NOT_OURS.has(calls[offset - 1] ?? '')) continue;
    const error = errorOf(turn);
    const index = first + offset;
    const outcome = rig.inflict({ process, index }, error, args ?? rig.createArguments());
    const problem = await judge(rig, outcome, error, tidy);
    if (problem !== null) problems.push(`call ${index}, ${problem}`);
  }
  return problems;
}

function record(rig: Rig, process: number, args: readonly string[] = rig.createArguments()): string[] {
  const calls = rig.record(process, args);
  rig.must('delete', '--force', rig.id);
  return calls;
}

test('create fails in words and leaves nothing when any system call of its helper fails', async () => {
  const rig = new Rig();
  const all = record(rig, TSRUN);
  const first = all.lastIndexOf(HELPER_BEGINS);
  expect(first).toBeGreaterThan(0);
  const sweep = { process: TSRUN, first, calls: all.slice(first), step: 1, tidy: true };
  expect(await findProblems(rig, sweep)).toEqual([]);
});

test('create fails in words and leaves nothing when any system call of init fails', async () => {
  const rig = new Rig();
  const all = record(rig, INIT);
  // What follows the commit happens after create has ended, and is told by start.
  const calls = all.slice(0, all.lastIndexOf('recvmsg') - 1);
  const sweep = { process: INIT, first: 0, calls, step: 5, tidy: true };
  expect(await findProblems(rig, sweep)).toEqual([]);
});

/** Arguments of a create that sends its terminal to a socket of this test, which drops it. */
async function prepareTerminal(rig: Rig): Promise<string[]> {
  const path = join(rig.directory, 'console.sock');
  const server = createServer((socket) => void socket.on('error', () => {}).resume()).listen(path);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return ['create', '--console-socket', path, '--bundle', rig.bundle.path, rig.id];
}

for (const [name, process, first, last, step] of [
  ['its helper', TSRUN, 'socket', 'exit_group', 5],
  ['init', INIT, 'ioctl', 'dup2', 2],
] as const) {
  test(`create fails in words and leaves nothing when a system call of ${name} for a terminal fails`, async () => {
    const rig = new Rig(undefined, (spec) => {
      spec.process.terminal = true;
    });
    const args = await prepareTerminal(rig);
    const all = record(rig, process, args);
    // A few before it: what is opened for it, and who is told.
    const begin = all.indexOf(first, all.lastIndexOf(HELPER_BEGINS) + 1) - 6;
    const calls = all.slice(begin, all.lastIndexOf(last));
    expect(calls.length).toBeGreaterThan(20);
    expect(await findProblems(rig, { process, first: begin, calls, step, tidy: true, args })).toEqual([]);
  });
}

test('start that waits for the readiness of the program fails in words, or has started it, when any of its system calls fails', async () => {
  const rig = new Rig(['/probe', 'notify', '-', '60', 'READY=1']);
  rig.env = { NOTIFY_SOCKET: (await receiveNotifications()).address };
  rig.create();
  const all = rig.record(TSRUN, ['start', rig.id]);
  rig.must('delete', '--force', rig.id);
  for (const [turn, index] of sample(all.length - all.lastIndexOf(HELPER_BEGINS), 1).entries()) {
    rig.create();
    const error = errorOf(turn);
    const point = { process: TSRUN, index: all.lastIndexOf(HELPER_BEGINS) + index };
    const outcome = rig.inflict(point, error, ['start', rig.id]);
    const what = `start, call ${point.index}, ${outcome.hit}, errno ${error}`;
    const status = rig.expectValidState(what);
    if (outcome.status === 0) expect(status, what).toBe('running');
    else rig.expectWorded(outcome, what);
    await rig.expectDeletable(what);
  }
});

test('create fails in words when any system call of its front fails', async () => {
  const rig = new Rig();
  const all = record(rig, TSRUN);
  const calls = all.slice(0, all.lastIndexOf(HELPER_BEGINS));
  const sweep = { process: TSRUN, first: 0, calls, step: 5, tidy: false };
  expect(await findProblems(rig, sweep)).toEqual([]);
});

test('delete of which any system call fails either removes everything or can be repeated', async () => {
  const rig = new Rig();
  rig.create();
  const all = rig.record(TSRUN, ['delete', rig.id]);
  const first = all.lastIndexOf(HELPER_BEGINS);
  for (let index = first + 1; index <= all.length; index++) {
    rig.create();
    const error = errorOf(index);
    const outcome = rig.inflict({ process: TSRUN, index }, error, ['delete', rig.id]);
    const what = `delete, call ${index}, ${outcome.hit}, errno ${error}`;
    if (outcome.status === 0) await rig.expectNothingLeft(what);
    else rig.expectWorded(outcome, what);
    await rig.expectDeletable(what);
  }
});
