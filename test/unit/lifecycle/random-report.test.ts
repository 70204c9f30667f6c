// The helper's record at random: read back as it was written, and whatever else comes is worded all the same.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TsrunError } from '../../../src/base/errors.js';
import { parseReport, reportError } from '../../../src/lifecycle/helper-report.js';
import { runs } from '../../property/runs.js';

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''));

/** As c/record.c escapes. */
const escaped = (value: string) =>
  value.replace(/[\t\n\r\\]/g, (letter) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[letter] ?? letter}`);

test('what c/record.c writes of a step is read back', () => {
  const step = fc.record({
    kind: fc.constantFrom('failure', 'cleanup', 'warning'),
    line: fc.nat(),
    call: text,
    errno: fc.nat({ max: 133 }),
    detail: text,
  });
  fc.assert(
    fc.property(step, (value) => {
      const record = [value.kind, value.line, value.call, value.errno, value.detail, ''].map((part) =>
        escaped(String(part)),
      );
      const report = parseReport(`${record.join('\t')}\n`);
      expect([report.failure, ...report.cleanups, ...report.warnings].filter((one) => one !== null)).toEqual([
        { ...value, op: null },
      ]);
    }),
    runs(500),
  );
});

test('any record becomes an error with words', () => {
  const line = fc
    .tuple(fc.constantFrom('failure', 'cleanup', 'warning', 'death', 'memory', ''), fc.array(text, { maxLength: 8 }))
    .map(([kind, fields]) => [kind, ...fields].join('\t'));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const error = reportError(parseReport(lines.join('\n')), { verb: 'create', id: 'web' });
      expect(error).toBeInstanceOf(TsrunError);
      expect(error.message).toMatch(/^cannot create container "web": /);
    }),
    runs(500),
  );
});
