import { expect, test } from 'vitest';
import { append } from '../../../src/base/append.js';

test('append() takes more elements than a call has arguments', () => {
  const list = [0];
  append(
    list,
    Array.from({ length: 1_000_000 }, (_, index) => index + 1),
  );
  expect([list.length, list.at(-1)]).toEqual([1_000_001, 1_000_000]);
});
