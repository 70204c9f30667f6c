import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../src/spec/strict-json.js';

function parse(text: string): unknown {
  return parseStrictJson(new TextEncoder().encode(text), 'c.json').value;
}

function messageOf(input: string | Uint8Array): string {
  try {
    parseStrictJson(typeof input === 'string' ? new TextEncoder().encode(input) : input, 'c.json');
  } catch (error) {
    expect(error).toMatchObject({ name: 'TsrunError', code: 'SPEC_INVALID' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('parseStrictJson()', () => {
  it('returns the value and the text', () => {
    const text = '{"a": [1, -2.5, true, false, null, "x\\ny"], "b": {}}';
    expect(parseStrictJson(new TextEncoder().encode(text), 'c.json')).toEqual({
      value: { a: [1, -2.5, true, false, null, 'x\ny'], b: {} },
      text,
    });
  });

  it.each([
    ['18446744073709551615', 18446744073709551615n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9007199254740993', 9007199254740993n],
    ['9007199254740991', 9007199254740991],
    ['[1, 9007199254740992]', [1, 9007199254740992n]],
    ['1e3', 1000],
    ['-0', -0],
    ['1E19', 10000000000000000000n],
    ['9007199254740993.00', 9007199254740993n],
    ['-922337203685477580.80e+1', -9223372036854775808n],
    ['9007199254740992.5', 9007199254740992],
    ['1e300', 1e300],
    ['0.12345678901234567890', 0.12345678901234568],
  ])('keeps %s exact', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ['{"x" :1,\n"y"\t:\n2}', { x: 1, y: 2 }],
    ['{"x": ":", "\\":": ": \\": "}', { x: ':', '":': ': ": ' }],
    ['{"\\u0061": "\\u00e9\\ud83d\\ude00\\\\u0000 \\"\\/\\b\\f\\r\\t"}', { a: 'é😀\\u0000 "/\b\f\r\t' }],
    [' "" ', ''],
  ])('takes %s for what JSON.parse takes it', (text, value) => {
    expect(parse(text)).toEqual(value);
    expect(JSON.parse(text)).toEqual(value);
  });

  it.each(['{"__proto__": {"a": 1}}', '{"__proto__": {"a": 1}, "b": 9007199254740993}'])(
    'makes __proto__ an ordinary property in %s',
    (text) => {
      const value = parse(text) as Record<string, unknown>;
      expect(Object.keys(value)[0]).toBe('__proto__');
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as { a?: unknown }).a).toBe(undefined);
    },
  );

  it.each([
    ['{"a": 1,\n "a": 2}', 'line 2, column 2: found the key "a" twice, must be there once'],
    [
      '{"l": [{"b.c": {"d" : 1, "d": 2}}], ":": 3}',
      'line 1, column 26: found the key "l[0]["b.c"].d" twice, must be there once',
    ],
    ['{"a": 1, "\\u0061": 2}', 'line 1, column 10: found the key "a" twice, must be there once'],
    ['{"__proto__": 1, "__proto__": 2}', 'line 1, column 18: found the key "__proto__" twice, must be there once'],
    ['', 'line 1, column 1: found the end of the text, must be a value'],
    ['{"a": 1} x', 'line 1, column 10: found "x", must be the end of the text'],
    ['{"a": 1,}', 'line 1, column 9: found "}", must be a key in double quotes'],
    ['{"a" 1}', 'line 1, column 6: found "1", must be ":"'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: found "\\"", must be "," or "}"'],
    ['[1 2]', 'line 1, column 4: found "2", must be "," or "]"'],
    ['[1,\n01]', 'line 2, column 1: found "01", must be a value'],
    ['[.5]', 'line 1, column 2: found ".5", must be a value'],
    ['[nul]', 'line 1, column 2: found "nul", must be a value'],
    ["['a']", 'line 1, column 2: found "\'", must be a value'],
    ['["a', 'line 1, column 4: found the end of the text in a string, must be an escape or the closing quote'],
    ['["a\tb"]', 'line 1, column 4: found "\\t" in a string, must be an escape or the closing quote'],
    [
      '["\\x"]',
      'line 1, column 3: found the escape "\\x", must be one of \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits',
    ],
    ['{"a": "\\u0000"}', 'line 1, column 7: found a string with NUL (\\u0000): no program can receive it'],
    ['{"\\u0000": 1}', 'line 1, column 2: found a string with NUL (\\u0000): no program can receive it'],
    ['["\\ud800"]', 'line 1, column 2: found a string with half a surrogate pair: it is no text'],
    ['["\\uDE00\\uD83D"]', 'line 1, column 2: found a string with half a surrogate pair: it is no text'],
    ['[1e400]', 'line 1, column 2: found the number 1e400: it is too large'],
    [`[${'1'.repeat(400)}]`, 'line 1, column 2: found a number of 400 digits, must be an integer of at most 64 bits'],
    ['\ufeff{}', 'found a byte order mark, must begin with a value'],
  ])('refuses %j', (text, message) => {
    expect(messageOf(text)).toBe(`cannot parse "c.json": ${message}`);
  });

  it('accepts 64 levels and refuses 65', () => {
    expect(messageOf('['.repeat(64) + ']'.repeat(64))).toBe('accepted');
    expect(messageOf('['.repeat(65) + ']'.repeat(65))).toBe(
      'cannot parse "c.json": line 1, column 65: found more than 64 levels of arrays and objects',
    );
  });

  it('accepts 100000 values and refuses 100001', () => {
    const list = (count: number) => `[${'1,'.repeat(count - 2)}1]`;
    expect(messageOf(list(100000))).toBe('accepted');
    expect(messageOf(list(100001))).toBe('cannot parse "c.json": line 1, column 200000: found more than 100000 values');
  });

  it('counts values, not what strings have of their separators, however long the text is', () => {
    const text = JSON.stringify([',[{'.repeat(200000), ':":'.repeat(200000)]);
    expect(messageOf(text)).toBe('accepted');
    const long = JSON.stringify({ list: ['x'.repeat(300000), 1, { a: 2n.toString() }] });
    expect(messageOf(long)).toBe('accepted');
    expect(messageOf(`{"a":"${'x'.repeat(300000)}","a":1}`)).toContain('found the key "a" twice');
  });

  it.each([
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('refuses bytes that are not UTF-8: %s', (_name, bytes) => {
    expect(messageOf(Uint8Array.from(bytes))).toBe('cannot parse "c.json": the text is not UTF-8');
  });

  it('refuses more than 16 MiB', () => {
    expect(messageOf(new Uint8Array(16 * 1024 * 1024 + 1))).toBe(
      'cannot parse "c.json": found 16777217 bytes, must be at most 16777216',
    );
  });

  const size = 16 * 1024 * 1024 - 2;
  it.each([
    ['open arrays', '['.repeat(size)],
    ['nested objects', '{"a":'.repeat(size / 5)],
    ['one string', `"${'x'.repeat(size)}"`],
    ['escapes', `"${'\\n'.repeat(size / 2)}"`],
    ['digits', '1'.repeat(size)],
    ['spaces', ' '.repeat(size)],
    ['colons', `"${':'.repeat(size)}"`],
    ['a list of numbers', `[${'1,'.repeat(size / 2 - 1)}1]`],
    ['a quote and colons below the native limit', `{"a${' '.repeat(500_000)}:${':'.repeat(500_000)}": 1}`],
    ['spaces before colons', `["${' :'.repeat(500_000)}"]`],
  ])('takes little time for 16 MiB of %s', (_name, text) => {
    const start = performance.now();
    messageOf(text);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
