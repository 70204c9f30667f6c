// linux.resources.pids: how many processes a container gets.
import { describe, expect, test } from 'vitest';
import { runProbe } from '../../support/probe.js';

function fork(count: number, limit: number): string {
  return runProbe(['fork-many', String(count)], {
    mutate: (spec) => {
      spec.linux.resources = { pids: { limit } };
    },
  });
}

describe('linux.resources.pids.limit', () => {
  const CASES: readonly (readonly [limit: number, wanted: number, answer: string])[] = [
    [10, 9, '9 all'],
    [10, 20, '9 EAGAIN'],
    [1, 1, '0 EAGAIN'],
    [0, 1, '0 EAGAIN'],
    [-1, 50, '50 all'],
  ];
  for (const [limit, wanted, answer] of CASES) {
    test(`${limit} answers a program that wants ${wanted} children with "${answer}"`, () => {
      expect(fork(wanted, limit)).toBe(`${answer}\n`);
    });
  }
});
