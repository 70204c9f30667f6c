// The same config.json, made at random, by tsrun and by runc: the program sees the same container, but for what test/differential/known.ts
// gives a reason for. `npm run differential -- --seed N --count M` compares more, `--runtime PATH` with another runtime.
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { KNOWN } from '../differential/known.js';
import { compare, observe, type Runtime } from '../differential/observation.js';
import { OWN_RUNTIME } from '../support/paths.js';

const FIRST = Number(process.env.DIFFERENTIAL_SEED ?? 1);
const COUNT = Number(process.env.DIFFERENTIAL_COUNT ?? 40);
/** How many are compared in one test: with a test for each, vitest's own work is a good part of it. */
const AT_ONCE = 10;

const OURS: Runtime = { name: 'tsrun', path: OWN_RUNTIME, globals: [] };
const PATH = process.env.DIFFERENTIAL_RUNTIME ?? '/usr/sbin/runc';
const OTHER: Runtime = { name: basename(PATH), path: PATH, globals: [] };
const EXPECTED = KNOWN[OTHER.name] ?? [];

const seen = new Set<string>();
let failed = 0;

for (let from = FIRST; from < FIRST + COUNT; from += AT_ONCE) {
  const to = Math.min(from + AT_ONCE, FIRST + COUNT);
  test(`a program sees the same with ${OTHER.name}: seeds ${from} to ${to - 1}`, { timeout: 120_000 }, () => {
    const unknown: string[] = [];
    for (let seed = from; seed < to; seed += 1) {
      const ours = observe(OURS, seed);
      const differences = compare(ours, observe(OTHER, seed));
      for (const line of differences) seen.add(line);
      unknown.push(...differences.filter((line) => !isKnown(line)).map((line) => `${seed}: ${line}`));
      if (ours.has('failure')) failed += 1;
    }
    expect(unknown).toEqual([]);
  });
}

/** Of the fixed sample: a difference that is no more there is one that its reason is no more true of. */
test.skipIf(process.env.DIFFERENTIAL_SEED !== undefined)('each known difference is there', () => {
  const gone = EXPECTED.filter(({ rare }) => rare !== true).filter(
    ({ line }) => ![...seen].some((difference) => line.test(difference)),
  );
  expect(gone.map(({ line }) => String(line))).toEqual([]);
});

test('most of the containers run', () => {
  expect(failed / COUNT).toBeLessThan(0.2);
});

function isKnown(difference: string): boolean {
  return EXPECTED.some(({ line }) => line.test(difference));
}
