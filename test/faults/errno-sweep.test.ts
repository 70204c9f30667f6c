// Every system call of the helper and of init fails once, with what the kernel could say: create then fails in words and leaves nothing, or
// goes on where the call is one of those that may fail.
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type FaultyOutcome, Rig, sample } from './rig.js';

const HELPER = 0;
const INIT = 2;

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

const sides = [
  { title: 'the helper', process: HELPER, step: 5 },
  { title: 'init', process: INIT, step: 7 },
];

/** What may fail without any consequence, and why that weakens nothing. */
const TOLERATED: Readonly<Record<string, string>> = {};

function nextError(turn: number): number {
  return ERRORS[turn % ERRORS.length] ?? ENOMEM;
}

async function expectClean(rig: Rig, outcome: FaultyOutcome, what: string): Promise<void> {
  rig.expectWorded(outcome, what);
  const leaves = outcome.stderr.includes('cleaning up failed too');
  if (!leaves) await rig.expectNothingLeft(what);
  await rig.expectDeletable(what);
}

describe.each(sides)('create, $title', ({ title, process, step }) => {
  test('any failed system call is an error in words and leaves nothing, or does no harm', async () => {
    const rig = new Rig();
    const names = rig.record(process, rig.createArguments());
    rig.must('delete', '--force', rig.id);
    const unharmed = new Set<string>();
    for (const [turn, index] of sample(names.length, step).entries()) {
      const error = nextError(turn);
      const outcome = rig.inflict({ process, index }, error, rig.createArguments());
      const what = `${title}: call ${index}, ${outcome.hit}, fails with errno ${error}`;
      if (outcome.status !== 0) await expectClean(rig, outcome, what);
      else {
        if (outcome.hit !== null) unharmed.add(outcome.hit);
        if (globalThis.process.env.SHOW) console.log(what);
        await rig.expectDeletable(what);
      }
    }
    expect([...unharmed].filter((name) => !(name in TOLERATED))).toEqual([]);
  });
});
