import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../../src/base/nearest-name.js';

describe('editDistance()', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['noexc', 'noexec', 1],
    ['rbnid', 'rbind', 1],
    ['sitting', 'kitten', 3],
    ['ca', 'abc', 3],
    ['', 'abc', 3],
  ])('from %j to %j is %d', (from, to, distance) => {
    expect(editDistance(from, to, 9)).toBe(distance);
    expect(editDistance(to, from, 9)).toBe(distance);
  });

  it('is Infinity beyond the limit', () => {
    expect(editDistance('abcdef', 'uvwxyz', 5)).toBe(Number.POSITIVE_INFINITY);
    expect(editDistance('abcdef', 'uvwxyz', 6)).toBe(6);
    expect(editDistance('a', 'abcdef', 4)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('nearestName()', () => {
  const names = ['noexec', 'exec', 'nosuid', 'ro', 'rw', 'rbind', 'bind'];

  it.each([
    ['noexc', 'noexec'],
    ['NoExec', 'noexec'],
    ['nosiud', 'nosuid'],
    ['rbnd', 'rbind'],
    ['bnid', 'bind'],
    ['size', undefined],
    ['', undefined],
    ['x'.repeat(65), undefined],
  ])('takes %j for %j', (word, name) => {
    expect(nearestName(word, names)).toBe(name);
  });

  it('prefers the name with the same first letter', () => {
    expect(nearestName('rx', ['xx', 'rr'])).toBe('rr');
  });
});

const NAMES = ['keep_original_groups', 'hooks.stdout', 'hooks.stderr', 'nosuid'];

describe('nearestName() of annotations', () => {
  it.each([
    ['nosiud', 'nosuid'],
    ['nosuidd', 'nosuid'],
    ['nosid', 'nosuid'],
    ['no_suid', 'nosuid'],
    ['keep_original_group', 'keep_original_groups'],
    ['keep-original-groups', 'keep_original_groups'],
    ['hooks.stdour', 'hooks.stdout'],
    ['hooks.stder', 'hooks.stderr'],
  ])('takes %j for %j', (name, meant) => {
    expect(nearestName(name, NAMES)).toBe(meant);
  });

  it.each(['', 'no', 'nodev', 'something else'])('knows nothing near %j', (name) => {
    expect(nearestName(name, NAMES)).toBeUndefined();
  });
});
