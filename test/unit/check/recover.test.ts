import { describe, expect, it } from 'vitest';
import { Recovery } from '../../../src/check/recover.js';

const DOCUMENT = { list: ['a', 'b', 'c', 'd', 'e'], deep: { entries: [{ x: 1 }, { x: 2 }] }, process: { cwd: '/' } };

describe('Recovery', () => {
  it('takes out entries of arrays, round after round, and remembers which index each had', () => {
    const recovery = new Recovery(DOCUMENT);
    recovery.remove([
      ['list', 1],
      ['list', 3],
    ]);
    expect(recovery.value).toMatchObject({ list: ['a', 'c', 'e'] });
    recovery.remove([['list', 0]]);
    expect(recovery.value).toMatchObject({ list: ['c', 'e'] });
    expect([recovery.original(['list', 0]), recovery.original(['list', 1])]).toEqual([
      ['list', 2],
      ['list', 4],
    ]);
  });

  it('leaves the document alone, and is it until something is changed', () => {
    const recovery = new Recovery(DOCUMENT);
    expect(recovery.value).toBe(DOCUMENT);
    recovery.remove([['deep', 'entries', 0, 'x']]);
    expect(DOCUMENT.deep.entries).toEqual([{ x: 1 }, { x: 2 }]);
    expect(recovery.value).toEqual({ ...DOCUMENT, deep: { entries: [{}, { x: 2 }] } });
  });

  it('takes out what lacks something, once, whatever else is said of the same place', () => {
    const recovery = new Recovery(DOCUMENT);
    const places = [
      ['deep', 'entries', 1, 'y'],
      ['deep', 'entries', 1, 'x'],
      ['deep', 'entries', 1, 'y'],
    ];
    expect(recovery.remove(places)).toBe(true);
    expect(recovery.value).toEqual({ ...DOCUMENT, deep: { entries: [{ x: 1 }] } });
  });

  it('puts something there of which nothing else could be checked without it', () => {
    const recovery = new Recovery(DOCUMENT);
    recovery.remove([['process', 'args'], ['ociVersion']]);
    expect(recovery.value).toMatchObject({ ociVersion: '1.3.0', process: { cwd: '/', args: ['sh'] } });
  });

  it('keeps nothing where the document itself lacks something', () => {
    const recovery = new Recovery(DOCUMENT);
    expect(recovery.remove([['nowhere', 'x']])).toBe(false);
    expect(recovery.value).toBeUndefined();
  });

  it('doubts what is at, around or in a place that has changed', () => {
    const recovery = new Recovery(DOCUMENT);
    recovery.replace(['deep', 'entries', 0], 7);
    expect(
      [['deep'], ['deep', 'entries', 0], ['deep', 'entries', 0, 'x']].map((keys) => recovery.isAffected(keys)),
    ).toEqual([...[true, true, true]]);
    expect([['deep', 'entries', 1], ['list'], ['process']].map((keys) => recovery.isAffected(keys))).toEqual([
      ...[false, false, false],
    ]);
  });
});
