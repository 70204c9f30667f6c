// JSON texts at random, read by JSON.parse and by both of tsrun's parsers: they agree wherever JSON.parse can be believed.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TsrunError } from '../../../src/base/errors.js';
import { parseExactJson } from '../../../src/spec/exact-json.js';
import { parseStrictJson } from '../../../src/spec/strict-json.js';
import { runs } from '../../property/runs.js';

const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n', ' : ');
const scalar = fc.constantFrom(
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '10',
    '1.0',
    '1.5',
    '1e2',
    '1E+2',
    '1e-2',
    '100e-2',
    '9007199254740991',
    '9007199254740993',
    '-9007199254740993',
  ],
  ...[
    '18446744073709551615',
    '1e400',
    '1e30',
    '0.1',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x1',
    'true',
    'false',
    'null',
    'nul',
    'NaN',
    '',
  ],
);
const string = fc.constantFrom(
  ...[
    '""',
    '"a"',
    '"b"',
    '"a:"',
    '":"',
    '"\\":"',
    '" :"',
    '"\\u0061"',
    '"\\n"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"😀"',
  ],
  ...['"\\x"', '"\n"', '"__proto__"', '"constructor"', '"\\/"', '"\u2028"', '"', "'a'", '"\\u00e9"', '"\\\\u0000"'],
);

/** Text that is JSON, or nearly. */
const { value: jsonText } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(space, fc.oneof(scalar, string), space).map((parts) => parts.join('')),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
  object: fc
    .array(fc.tuple(space, string, space, tie('value')), { maxLength: 3 })
    .map((fields) => `{${fields.map(([before, key, after, value]) => `${before}${key}${after}:${value}`).join(',')}}`),
}));

/** The value, or what was thrown. */
function attempt(parse: () => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: parse() };
  } catch (error) {
    return { error };
  }
}

/** What JSON.parse changes without a word: such a text may be refused, or have another value. */
function isDoubtful(text: string): boolean {
  return /\\u(?:0000|d[89a-f])|[0-9]{16}|[eE]|-0|\.[0-9]/i.test(text);
}

/** How often an object has a key twice, which JSON.parse takes the last of. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce((sum: number, part) => sum + countKeys(part), 0);
  return below + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

test('the quick parser and the exact one say the same, value or refusal', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const quick = attempt(() => parseStrictJson(new TextEncoder().encode(text), 'text').value);
      const exact = attempt(() => parseExactJson(text, 'text'));
      if ('error' in exact) expect(exact.error).toBeInstanceOf(TsrunError);
      expect(JSON.stringify(quick, replaceBigint)).toBe(JSON.stringify(exact, replaceBigint));
      expect(quick).toEqual(exact);
    }),
    runs(1000),
  );
});

test('what JSON.parse refuses is refused, and what it can be believed of has its value', () => {
  let agreed = 0;
  fc.assert(
    fc.property(jsonText, (text) => {
      const native = attempt(() => JSON.parse(text));
      const own = attempt(() => parseStrictJson(new TextEncoder().encode(text), 'text').value);
      if ('error' in native) {
        expect(own).toEqual({ error: expect.any(TsrunError) });
        return;
      }
      const keys = countKeys(native.value);
      const twice =
        (text.replace(/"(?:[^"\\]|\\.)*"(\s*:)?/g, (_, colon) => (colon === undefined ? '' : '@')).match(/@/g)
          ?.length ?? 0) > keys;
      if (twice) {
        expect(own).toEqual({ error: expect.any(TsrunError) });
        return;
      }
      if (isDoubtful(text)) return;
      agreed += 1;
      expect(own).toEqual(native);
    }),
    runs(1000),
  );
  expect(agreed).toBeGreaterThan(100);
});

test('any bytes are a value or a TsrunError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const outcome = attempt(() => parseStrictJson(bytes, 'bytes'));
      if ('error' in outcome) expect(outcome.error).toBeInstanceOf(TsrunError);
    }),
    runs(500),
  );
});

function replaceBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `bigint ${value}` : value instanceof Error ? value.message : value;
}
