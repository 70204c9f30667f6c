// Every system call of tsrun's helper and of init fails once, with what the kernel could say: create then fails in words and leaves nothing,
// or goes on where the call is one of those that may fail.
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { Rig, sample } from './rig.js';

const HELPER = 0;
const INIT = 2;

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

const sides = [
  { title: 'the helper', process: HELPER, step: 4 },
  { title: 'init', process: INIT, step: 6 },
];

/** What may fail without consequences, and why that weakens nothing. */
const TOLERATED: Readonly<Record<string, string>> = {};

/** What is wrong with the outcome, as one line; null when nothing is. */
async function judge(rig: Rig, outcome: ReturnType<Rig['inflict']>, what: string): Promise<string | null> {
  const unharmed = outcome.status === 0;
  try {
    if (unharmed) expect(outcome.hit === null || outcome.hit in TOLERATED, `${what}: goes unnoticed`).toBe(true);
    else rig.expectWorded(outcome, what);
    if (!unharmed && !outcome.stderr.includes('cleaning up failed too')) await rig.expectNothingLeft(what);
    await rig.expectDeletable(what);
    return null;
  } catch (error) {
    rig.call('delete', '--force', rig.id);
    return String(error);
  }
}

describe.each(sides)('create, $title', ({ title, process, step }) => {
  test('any failed system call is an error in words and leaves nothing, or does no harm', async () => {
    const rig = new Rig();
    const count = rig.record(process, rig.createArguments()).length;
    rig.must('delete', '--force', rig.id);
    const problems: (string | null)[] = [];
    for (const [turn, index] of sample(count, step).entries()) {
      const error = ERRORS[turn % ERRORS.length] ?? ENOMEM;
      const outcome = rig.inflict({ process, index }, error, rig.createArguments());
      problems.push(await judge(rig, outcome, `${title}, call ${index}, ${outcome.hit}, errno ${error}`));
    }
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });
});
