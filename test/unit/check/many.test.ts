// Documents with a hundred thousand faults: the time grows with them, not with their square.
import { expect, test } from 'vitest';
import { encode, withChange } from '../spec/parsing.js';
import { checkText } from './checking.js';

test('capabilities that nobody has are found in time, each where it is', () => {
  const names = Array.from({ length: 40_000 }, (_, index) => `CAP_X${index}`);
  const text = encode(withChange({ process: { capabilities: { bounding: names, ambient: names } } }));
  const begin = performance.now();
  const found = checkText(text).findings.filter(({ rule }) => rule === 'spec/capability');
  expect(performance.now() - begin).toBeLessThan(10_000);
  // So many of a rule are shown.
  expect(found.map(({ pointer }) => pointer)).toEqual(
    Array.from({ length: 100 }, (_, index) => `/process/capabilities/bounding/${index}`),
  );
});
