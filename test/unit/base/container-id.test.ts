import { describe, expect, it } from 'vitest';
import { parseContainerId } from '../../../src/base/container-id.js';

const GOOD = ['a', 'A1', 'web_1', 'x+y', '0', 'a.b-c', '_', 'a'.repeat(255)];
const BAD = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '/',
  '-x',
  '--',
  '.hidden',
  'a b',
  'a\n',
  'ä',
  '%s',
  '$(x)',
  'a\0',
  'a'.repeat(256),
];

describe('parseContainerId()', () => {
  it.each(GOOD)('accepts %j', (id) => {
    expect(parseContainerId(id)).toBe(id);
  });

  it.each(BAD)('refuses %j before any file could be touched', (id) => {
    expect(() => parseContainerId(id)).toThrow(/^invalid container ID format: "/);
  });

  it('shows only the beginning of a long id', () => {
    expect(() => parseContainerId('a'.repeat(100_000))).toThrow(`invalid container ID format: "${'a'.repeat(64)}..."`);
  });
});
