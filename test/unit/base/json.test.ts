import { describe, expect, it } from 'vitest';
import { encodeJson } from '../../../src/base/json.js';
import { parseStrictJson } from '../../../src/spec/strict-json.js';

describe('encodeJson()', () => {
  it.each<[unknown, string]>([
    [{ limit: 18446744073709551615n }, '{"limit":18446744073709551615}'],
    [[-9223372036854775808n, 0n, 1], '[-9223372036854775808,0,1]'],
    [5n, '5'],
    [{ a: { b: [1n] } }, '{"a":{"b":[1]}}'],
    [{ a: undefined, b: null, c: true }, '{"b":null,"c":true}'],
    // Text that looks like what a bigint is marked with stays text.
    ['\x005\0', '"\\u00005\\u0000"'],
    ['\\u00005\\u0000', '"\\\\u00005\\\\u0000"'],
    ['"\0' + '5\0"', '"\\"\\u00005\\u0000\\""'],
    [{ '\x005\0': 1 }, '{"\\u00005\\u0000":1}'],
    ['5', '"5"'],
  ])('writes %o as %s', (value, text) => {
    expect(encodeJson(value)).toBe(text);
  });

  it('writes what parseStrictJson() reads back, to the last digit', () => {
    const value = { memory: { limit: 9223372036854775807n, swap: -1 }, unified: { 'io.max': '8:0 rbps=5\n"5"' } };
    expect(parseStrictJson(Buffer.from(encodeJson(value)), 'x').value).toEqual(value);
  });
});
