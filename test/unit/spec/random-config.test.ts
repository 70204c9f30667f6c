// Whatever config.json says: it becomes a Spec and a plan, or an error with problems that somebody can read, and the same each time.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpecError, TsrunError } from '../../../src/base/errors.js';
import { encodeJson } from '../../../src/base/json.js';
import { compilePlan } from '../../../src/plan/compile.js';
import { decodePlan } from '../../../src/plan/decode.js';
import { encodePlan } from '../../../src/plan/encode.js';
import { parseSpec } from '../../../src/spec/validate.js';
import { brokenConfig, type Json, likelyConfig, PLACES } from '../../property/config.js';
import { runs } from '../../property/runs.js';
import { FACTS, REQUEST } from '../plan/samples.js';

/** The plan's text, or the error that the document is refused with. */
function planOf(bytes: Uint8Array): string | TsrunError {
  try {
    const { spec } = parseSpec(bytes);
    return encodePlan(compilePlan(spec, FACTS, REQUEST).plan);
  } catch (error) {
    if (error instanceof TsrunError) return error;
    throw error;
  }
}

const bytesOf = (config: Json) => new TextEncoder().encode(encodeJson(config));

/** Of a SpecError each problem is a text of one line; of any other the message is. */
function expectReadable(error: TsrunError): void {
  expect(['SPEC_INVALID', 'SPEC_UNSUPPORTED', 'HOST_UNSUPPORTED']).toContain(error.code);
  const messages = error instanceof SpecError ? error.problems.map(({ message }) => message) : [error.message];
  expect(messages.length).toBeGreaterThan(0);
  for (const message of messages) {
    expect(message).toMatch(/^[^\n]{1,2000}$/);
    expect(message).not.toMatch(/undefined|\[object|NaN/);
  }
}

test('the places of the schema are all tried', () => {
  expect(PLACES.length).toBeGreaterThan(150);
});

test('a document that is likely to be right is a plan that can be read again, or an error with problems', () => {
  let plans = 0;
  fc.assert(
    fc.property(likelyConfig, (config) => {
      const first = planOf(bytesOf(config));
      if (first instanceof TsrunError) {
        expectReadable(first);
        return;
      }
      plans += 1;
      expect(planOf(bytesOf(config))).toBe(first);
      expect(encodePlan(decodePlan(first))).toBe(first);
    }),
    runs(500),
  );
  // Otherwise nothing but refusals was tried.
  expect(plans).toBeGreaterThan(100);
});

test('a document with values of any type is a plan, or an error with problems', () => {
  let refused = 0;
  fc.assert(
    fc.property(brokenConfig, (config) => {
      const outcome = planOf(bytesOf(config));
      if (!(outcome instanceof TsrunError)) return;
      refused += 1;
      expectReadable(outcome);
      expect(String(planOf(bytesOf(config)))).toBe(String(outcome));
    }),
    runs(500),
  );
  expect(refused).toBeGreaterThan(100);
});

test('a document that was damaged is an error, or still a plan', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(likelyConfig, damage, fc.nat(), (config, changes, end) => {
      const bytes = bytesOf(config);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const outcome = planOf(end % 2 === 0 ? bytes : bytes.subarray(0, end % bytes.length));
      if (outcome instanceof TsrunError) expectReadable(outcome);
    }),
    runs(500),
  );
});
