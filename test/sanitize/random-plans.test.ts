// Two readers of one grammar: what the compiler makes of random documents, the helper's reader takes.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TsrunError } from '../../src/base/errors.js';
import { encodeJson } from '../../src/base/json.js';
import { compilePlan } from '../../src/plan/compile.js';
import { encodePlan } from '../../src/plan/encode.js';
import { parseSpec } from '../../src/spec/validate.js';
import { type Json, likelyConfig } from '../property/config.js';
import { runs } from '../property/runs.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { FACTS, REQUEST } from '../unit/plan/samples.js';

function planOf(config: Json): string | null {
  try {
    const { spec } = parseSpec(Buffer.from(encodeJson(config)));
    return encodePlan(compilePlan(spec, FACTS, REQUEST).plan);
  } catch (error) {
    if (error instanceof TsrunError) return null;
    throw error;
  }
}

/** The record of a kill, which reads the whole plan first and then finds that there is nobody to be killed. */
function readByHelper(directory: string, text: string): string {
  writeFileSync(join(directory, 'plan'), text);
  const { output } = spawnSync(TSRUN, ['@helper', 'kill=1', directory, 'fd=3'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return `${output[3] ?? ''}${output[2] ?? ''}`;
}

test('every plan that is compiled of a random document is one for the helper', () => {
  const directory = makeTemporary();
  let plans = 0;
  fc.assert(
    fc.property(likelyConfig, (config) => {
      const text = planOf(config);
      if (text === null) return;
      plans += 1;
      expect(readByHelper(directory, text)).toBe('failure\t0\tstopped\t0\t\t\n');
      // The same, torn, is refused: it was the plan that was read.
      expect(readByHelper(directory, text.slice(0, -2))).toMatch(/^failure\t\d+\tbad plan\t/);
    }),
    runs(100),
  );
  expect(plans).toBeGreaterThan(20);
});
