import { describe, expect, it } from 'vitest';
import { Lines } from '../../../src/check/lines.js';
import { findPlaces } from '../../../src/check/places.js';
import { decodePointer, encodePointer, isWithin, type Keys, parsePath } from '../../../src/check/pointer.js';
import { joinPath } from '../../../src/spec/json-path.js';

const TEXT = `{
  "a": { "b\\"c": [1, "two", {"d": null}], "e/f~g": true },
  "x" : [ [], {}, "]}\\\\" , -1.5e3 ],\t"": "last"
}`;

function found(keys: Keys, which: 'key' | 'value' = 'value'): string {
  const { start, end } = findPlaces(TEXT, [keys])[which](keys);
  return TEXT.slice(start, end);
}

describe('findPlaces()', () => {
  it.each<[Keys, string]>([
    [['a', 'b"c', 0], '1'],
    [['a', 'b"c', 1], '"two"'],
    [['a', 'b"c', 2, 'd'], 'null'],
    [['a', 'e/f~g'], 'true'],
    [['x', 2], '"]}\\\\"'],
    [['x', 3], '-1.5e3'],
    [[''], '"last"'],
  ])('finds the scalar at %j', (keys, text) => {
    expect(found(keys)).toBe(text);
  });

  it.each<[Keys, string]>([
    [['a'], '"a"'],
    [['a', 'b"c'], '"b\\"c"'],
    [['a', 'b"c', 2], '{'],
    [['x', 0], '['],
    [[], '{'],
  ])('finds the key of the object or array at %j, or its bracket', (keys, text) => {
    expect(found(keys)).toBe(text);
  });

  it('finds keys', () => {
    expect(found(['a', 'e/f~g'], 'key')).toBe('"e/f~g"');
    expect(found(['x', 3], 'key')).toBe('-1.5e3');
  });

  it.each<[Keys, string]>([
    [['a', 'z'], '"a"'],
    [['a', 'b"c', 7, 'q'], '"b\\"c"'],
    [['x', 3, 'deep'], '-1.5e3'],
    [['nowhere', 'at', 'all'], '{'],
  ])('finds what would have %j', (keys, text) => {
    expect(found(keys)).toBe(text);
  });

  it('finds many at once, whatever their order', () => {
    const wanted: Keys[] = [[''], ['x', 3], ['a', 'b"c', 1], ['a']];
    const places = findPlaces(TEXT, wanted);
    const texts = wanted.map((keys) => TEXT.slice(places.value(keys).start, places.value(keys).end));
    expect(texts).toEqual(['"last"', '-1.5e3', '"two"', '"a"']);
  });

  it('takes the first of two equal keys', () => {
    const text = '{"a":1,"a":{"b":2}}';
    const { start } = findPlaces(text, [['a']]).value(['a']);
    expect(start).toBe(5);
  });

  it('ends where a text is not JSON', () => {
    expect(findPlaces('{"a":', [['a', 'b']]).value(['a', 'b'])).toEqual({ start: 1, end: 4 });
    expect(findPlaces('', [['a']]).value(['a'])).toEqual({ start: 0, end: 0 });
  });

  it('takes little time for the last of a million values', () => {
    const text = `[${'{"a":[1,"x"]},'.repeat(200_000)}7]`;
    const keys = [200_000];
    const before = performance.now();
    const { start } = findPlaces(text, [keys]).value(keys);
    expect(text[start]).toBe('7');
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('parsePath()', () => {
  it.each<[Keys]>([
    [[]],
    [['mounts', 1, 'options', 0]],
    [['annotations', 'a.b"]\\[0]']],
    [['', 'x']],
    [['linux', 'a-b_c']],
  ])('reads what joinPath() makes of %j', (keys) => {
    expect(parsePath(keys.reduce<string>(joinPath, ''))).toEqual(keys);
  });

  it('answers null for what is no path', () => {
    expect(['no path', 'a..b', 'a[x]', '[1', 'a b'].map(parsePath)).toEqual([null, null, null, null, null]);
  });
});

describe('JSON pointers', () => {
  it('are escaped as RFC 6901 says', () => {
    expect(encodePointer(['a/b', 'm~n', 0, ''])).toBe('/a~1b/m~0n/0/');
    expect(encodePointer([])).toBe('');
  });

  it('are read with the indexes of arrays told from keys', () => {
    expect(decodePointer('/a~1b/0/1', { 'a/b': [{ 1: 'x' }] })).toEqual(['a/b', 0, '1']);
  });
});

describe('isWithin()', () => {
  it('is true of a place and of what is below it', () => {
    expect([
      isWithin(['a', 1], ['a']),
      isWithin(['a'], ['a']),
      isWithin(['a'], ['a', 1]),
      isWithin(['b'], ['a']),
    ]).toEqual([...[true, true, false, false]]);
  });
});

describe('Lines', () => {
  const lines = new Lines('ab\ncd😀e\r\n\nf');

  it.each([
    [0, 1, 1],
    [2, 1, 3],
    [3, 2, 1],
    [7, 2, 5],
    [10, 3, 1],
    [11, 4, 1],
    [99, 4, 89],
  ])('puts offset %d into line %d, column %d, in UTF-16 units', (offset, line, column) => {
    expect(lines.position(offset)).toEqual({ line, column });
  });

  it('cuts parts of lines', () => {
    expect([
      lines.slice(1, 0, 9),
      lines.slice(2, 1, 4),
      lines.slice(2, 0, 9),
      lines.slice(3, 0, 9),
      lines.slice(4, 0, 9),
    ]).toEqual([...['ab', 'd😀', 'cd😀e', '', 'f']]);
  });
});
