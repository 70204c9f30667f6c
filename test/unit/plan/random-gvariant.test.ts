// Values of annotations at random: a value that D-Bus can carry, or a sentence; never anything else, and soon.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGvariant } from '../../../src/plan/systemd/gvariant.js';
import { runs } from '../../property/runs.js';

const token = fc.constantFrom(
  ...[
    '[',
    ']',
    ',',
    ' ',
    '@as',
    '@t ',
    'uint32 ',
    'byte ',
    'true',
    'false',
    "'",
    '"',
    '\\',
    "'a'",
    '"b"',
    '\\u0041',
    '\\n',
    '0',
    '-1',
  ],
  ...[
    '255',
    '256',
    '0x10',
    '1.5',
    '1e5',
    '18446744073709551615',
    '18446744073709551616',
    'nan',
    '/a',
    '@ao',
    '(',
    '{',
    '<',
    '%',
  ],
);

test('any text is a value with its type, or says why it is none', () => {
  let values = 0;
  const text = fc.oneof(
    fc.array(token, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, (source) => {
      const value = parseGvariant(source);
      if (typeof value === 'string') {
        expect(value).toMatch(/^.+$/s);
        return;
      }
      values += 1;
      expect(value.signature).toMatch(/^a?[bynqiuxtdsog]$/);
      expect(value.signature.startsWith('a') || value.items.length === 1).toBe(true);
      // busctl gets them as arguments.
      for (const item of value.items) expect(item).not.toContain('\0');
    }),
    runs(2000),
  );
  expect(values).toBeGreaterThan(20);
});

test.each(['[', '"', "'", '-', '0x', '1', '@a', '[[', '\\', '[1,'])('a megabyte of %j is read in a second', (part) => {
  const before = process.cpuUsage();
  parseGvariant(part.repeat(2 ** 20 / part.length));
  const { user } = process.cpuUsage(before);
  expect(user / 1e6).toBeLessThan(1);
});
