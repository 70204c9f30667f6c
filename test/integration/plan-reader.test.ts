// Two readers of one grammar: what decodePlan() refuses the helper must refuse as well, and under sanitizers. A refused plan is not begun.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../src/plan/decode.js';
import { PROJECT } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';

const READER = join(PROJECT, 'c/build/tsrun-sanitize');

/** A plan whose create section is only read: mode teardown walks no more than the last section. */
const GOOD = [
  'tsrun-plan\t1',
  'section\tcreate',
  'set-rlimit\tRLIMIT_NOFILE\t0\t18446744073709551615',
  'set-oom-score-adj\t-1000',
  'make-device\t/dev/null\tc\t1\t3\t666\t0\t4294967294',
  'new-mount\t16383\ttmpfs\t\t2\tmode=755\tsize=1k\tMOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV',
  'exec\t3\ta\\tb\tc\\\\d\t',
  'set-environment\t0',
  'section\tstart',
  'section\tteardown',
  'remove-state',
  'end\t7',
  '',
];

function replaced(line: number, text: string): string {
  return GOOD.map((old, index) => (index === line ? text : old)).join('\n');
}

const BAD: readonly [string, string][] = [
  ['another version', replaced(0, 'tsrun-plan\t2')],
  ['nothing', ''],
  ['no newline at the end', GOOD.join('\n').slice(0, -1)],
  ['text after the end', `${GOOD.join('\n')}remove-state\n`],
  ['a wrong count', replaced(11, 'end\t8')],
  ['an unknown operation', replaced(10, 'remove-everything')],
  ['an operation before any section', replaced(1, 'remove-state')],
  ['sections out of order', replaced(8, 'section\tteardown')],
  ['an unknown section', replaced(8, 'section\tmiddle')],
  ['too few fields', replaced(2, 'set-rlimit\tRLIMIT_NOFILE\t0')],
  ['too many fields', replaced(10, 'remove-state\tnow')],
  ['an unknown name', replaced(2, 'set-rlimit\tRLIMIT_FROB\t0\t0')],
  ['a number that is too large', replaced(2, 'set-rlimit\tRLIMIT_NOFILE\t0\t18446744073709551616')],
  ['a number that is none', replaced(2, 'set-rlimit\tRLIMIT_NOFILE\t0x1\t0')],
  ['an empty number', replaced(2, 'set-rlimit\tRLIMIT_NOFILE\t\t0')],
  ['an integer out of range', replaced(3, 'set-oom-score-adj\t-9223372036854775809')],
  ['the uid that means nobody', replaced(4, 'make-device\t/dev/null\tc\t1\t3\t666\t0\t4294967295')],
  ['a mode that is not octal', replaced(4, 'make-device\t/dev/null\tc\t1\t3\t888\t0\t0')],
  ['a mode that is too large', replaced(4, 'make-device\t/dev/null\tc\t1\t3\t10000\t0\t0')],
  ['an empty path', replaced(4, 'make-device\t\tc\t1\t3\t666\t0\t0')],
  ['a slot that is too large', replaced(5, 'new-mount\t16384\ttmpfs\t\t0\t0')],
  ['an unknown flag', replaced(5, 'new-mount\t1\ttmpfs\t\t0\tMOUNT_ATTR_NOSUID|FROB')],
  ['an empty flag', replaced(5, 'new-mount\t1\ttmpfs\t\t0\tMOUNT_ATTR_NOSUID|')],
  ['a list that is too short', replaced(6, 'exec\t3\ta\tb')],
  ['a list with a count that no file could hold', replaced(6, 'exec\t18446744073709551615\ta')],
  ['an unknown escape', replaced(6, 'exec\t1\ta\\x')],
  ['a lone backslash', replaced(6, 'exec\t1\ta\\')],
  ['a NUL', replaced(6, 'exec\t1\ta\0b')],
];

/** What the helper says to a plan: its record, and whether it did anything. */
function readByHelper(text: string): { record: string; removed: boolean; stderr: string } {
  const directory = join(makeTemporary(), 'state');
  spawnSync('mkdir', [directory]);
  writeFileSync(join(directory, 'plan'), text);
  const { output } = spawnSync(READER, ['@helper', 'teardown', directory, 'fd=3'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return { record: output[3] ?? '', removed: !existsSync(directory), stderr: output[2] ?? '' };
}

describe('the helper and decodePlan()', () => {
  test('accept the same good plan', () => {
    expect(decodePlan(GOOD.join('\n')).sections.create).toHaveLength(6);
    expect(readByHelper(GOOD.join('\n'))).toEqual({ record: '', removed: true, stderr: '' });
  });

  test.each(BAD)('refuse %s', (_, text) => {
    expect(() => decodePlan(text)).toThrow();
    expect(readByHelper(text)).toEqual({ record: expect.stringMatching(/\tbad plan\t/), removed: false, stderr: '' });
  });

  test('refuse a plan that is torn at any line', () => {
    for (let lines = 1; lines < GOOD.length - 1; lines++) {
      const text = `${GOOD.slice(0, lines).join('\n')}\n`;
      expect(() => decodePlan(text)).toThrow();
      expect(readByHelper(text)).toEqual({ record: expect.stringMatching(/\tbad plan\t/), removed: false, stderr: '' });
    }
  });
});
