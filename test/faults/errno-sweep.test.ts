// Every system call of tsrun and of init fails once, with what the kernel could say: create then fails in words and leaves nothing, or goes
// on where the call is one of those that may fail.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type FaultyOutcome, Rig, sample } from './rig.js';

const TSRUN = 0;
const INIT = 2;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

/** What may fail without consequences, why that weakens nothing, and with which errors only. */
const TOLERATED: Readonly<Record<string, { why: string; errors?: readonly number[] }>> = {
  bpf: { why: 'it is repeated', errors: [EAGAIN] },
  close: { why: 'the descriptor is gone all the same (close(2)), and everything is close-on-exec' },
  exit_group: { why: 'it does not come back' },
  fcntl: { why: 'F_GETFD of a descriptor that then counts as closed; no other one is here' },
  fsconfig: { why: 'the private procfs is tried again when it is needed' },
  fsmount: { why: 'as fsconfig' },
  fsopen: { why: 'as fsconfig' },
  getcwd: { why: 'then there is no directory for relative names, and here are none' },
  geteuid: { why: 'it cannot fail' },
  getpid: { why: 'it cannot fail' },
  newfstatat: { why: 'what cannot be looked at is then made without following it' },
  openat2: { why: 'it is repeated', errors: [EINTR, EAGAIN] },
  'prctl 23': { why: 'PR_CAPBSET_READ: fewer capabilities become inheritable' },
  rt_sigaction: { why: 'it cannot fail for a signal that exists' },
  rt_sigprocmask: { why: 'it cannot fail' },
  sched_setaffinity: { why: 'the runtime may not be allowed to widen it', errors: [EPERM] },
  sendmsg: { why: 'it is repeated', errors: [EINTR] },
  recvmsg: { why: 'it is repeated', errors: [EINTR] },
  ppoll: { why: 'it is repeated', errors: [EINTR] },
  pread64: { why: 'it is repeated', errors: [EINTR] },
  read: { why: 'it is repeated', errors: [EINTR] },
  write: { why: 'it is repeated', errors: [EINTR] },
  wait4: { why: 'the engine has ended, and is only reaped' },
  umask: { why: 'it cannot fail' },
};

/** Calls of the C library before main, which ends the program in its own words, and those that cannot fail (PR_SET_NAME is prctl 15). */
const NOT_OURS = new Set(
  'arch_prctl brk getpid getrandom mprotect prlimit64 readlink rseq set_robust_list set_tid_address'
    .split(' ')
    .concat('prctl 15'),
);

function isTolerated(call: string | null, error: number): boolean {
  if (call === null) return true;
  const tolerated = TOLERATED[call];
  return tolerated !== undefined && (tolerated.errors?.includes(error) ?? true);
}

interface Sweep {
  readonly process: number;
  readonly first: number;
  readonly calls: readonly string[];
  readonly step: number;
  /** Whether a failed create leaves nothing at all; if not, delete --force removes it. */
  readonly tidy: boolean;
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

async function findProblems(rig: Rig, { process, first, calls, step, tidy }: Sweep): Promise<string[]> {
  const problems: string[] = [];
  for (const [turn, offset] of sample(calls.length, step).entries()) {
    if (NOT_OURS.has(calls[offset - 1] ?? '')) continue;
    const error = ERRORS[turn % ERRORS.length] ?? ENOMEM;
    const index = first + offset;
    const outcome = rig.inflict({ process, index }, error, rig.createArguments());
    const problem = await judge(rig, outcome, error, tidy);
    if (problem !== null) problems.push(`call ${index}, ${problem}`);
  }
  return problems;
}

function record(rig: Rig, process: number): string[] {
  const calls = rig.record(process, rig.createArguments());
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
    const error = ERRORS[index % ERRORS.length] ?? ENOMEM;
    const outcome = rig.inflict({ process: TSRUN, index }, error, ['delete', rig.id]);
    const what = `delete, call ${index}, ${outcome.hit}, errno ${error}`;
    if (outcome.status === 0) await rig.expectNothingLeft(what);
    else rig.expectWorded(outcome, what);
    await rig.expectDeletable(what);
  }
});
