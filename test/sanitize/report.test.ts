// The ring of sanitizers is able to fail: an error is seen where it is hardest to see, in an init that has left the host behind.
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';
import { askForMistake, cutReports, type Mistake, readReports } from './reports.js';

/** Runs a container whose init makes a mistake, and takes back what was reported of it. */
function runWithMistake(mistake: Mistake, config: Parameters<typeof makeBundle>[0]): Outcome & { report: string } {
  const before = readReports().length;
  askForMistake(mistake);
  onTestFinished(() => askForMistake('none'));
  const tsrun = newTsrun();
  const outcome = tsrun.call(['run', '-b', makeBundle(config).path, tsrun.newId()]);
  const report = readReports().slice(before);
  cutReports(before);
  return { ...outcome, report };
}

/** Of a process that a sanitizer ends (c/sanitizer/sanitizer.c): nothing of tsrun's answers with it. */
const EXIT_CODE = 99;

const EXPECTED: readonly [Mistake, RegExp][] = [
  ['heap overflow', /heap-buffer-overflow.*sanitizer\.c/s],
  ['signed overflow', /undefined-behavior.*sanitizer\.c/s],
  ['wild read', /SEGV.*sanitizer\.c/s],
];

describe('a mistake of init, in the root filesystem of its container', () => {
  for (const [mistake, words] of EXPECTED) {
    test(`fails the command and is reported: ${mistake}`, () => {
      const { status, report } = runWithMistake(mistake, { args: ['/probe', 'true'] });
      expect(report).toMatch(words);
      expect(status).toBe(EXIT_CODE);
    });
  }

  test('is not there when nobody asks for it', () => {
    const { status, stderr, report } = runWithMistake('none', { args: ['/probe', 'true'] });
    expect({ status, stderr, report }).toEqual({ status: 0, stderr: '', report: '' });
  });
});
