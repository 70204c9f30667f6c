// Plans at random: what is written is read back, and whatever else is read is refused or is a plan.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TsrunError } from '../../../src/base/errors.js';
import { decodePlan } from '../../../src/plan/decode.js';
import { encodePlan } from '../../../src/plan/encode.js';
import { TABLES } from '../../../src/plan/names.js';
import { type Field, fieldsOf, type Op, PLAN_VERSION, type Plan } from '../../../src/plan/ops.js';
import { runs } from '../../property/runs.js';
import { OP_NAMES } from './samples.js';

/** All that the form can carry: no NUL. fast-check makes no half of a surrogate pair. */
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', ''));

function valuesOf(field: Field): fc.Arbitrary<unknown> {
  const names = field.table === '' ? [''] : TABLES[field.table];
  switch (field.type) {
    case 'text':
      return text;
    case 'path':
      return text.filter((value) => value !== '');
    case 'int':
      return integers(-(2n ** 63n), 2n ** 63n - 1n);
    case 'uint':
      return integers(0n, 2n ** 64n - 1n);
    case 'id':
      return integers(0n, 4294967294n);
    case 'who':
      return fc.oneof(fc.constant('found'), integers(0n, 4294967294n));
    case 'slot':
      return fc.integer({ min: 0, max: 16383 });
    case 'mode':
      return fc.integer({ min: 0, max: 0o7777 });
    case 'list':
      return fc.array(text, { maxLength: 5 });
    case 'name':
      return fc.constantFrom(...names);
    case 'flags':
      return fc.subarray([...names], { minLength: 0 });
  }
}

/** As the reader has them: numbers where they are exact. */
function integers(min: bigint, max: bigint): fc.Arbitrary<number | bigint> {
  return fc
    .oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n))
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
}

const op = fc.constantFrom(...OP_NAMES).chain((name) => {
  const fields = Object.fromEntries(fieldsOf(name).map((field) => [field.name, valuesOf(field)]));
  return fc.record(fields).map((values) => ({ op: name, ...values }) as unknown as Op);
});
const section = fc.array(op, { maxLength: 6 });
const plan: fc.Arbitrary<Plan> = fc
  .record({ create: section, start: section, teardown: section })
  .map((sections) => ({ version: PLAN_VERSION, sections }));

test('a plan is read back as it was written', () => {
  fc.assert(
    fc.property(plan, (value) => {
      expect(decodePlan(encodePlan(value))).toEqual(value);
    }),
    runs(500),
  );
});

test('a plan that was damaged is refused as STATE_CORRUPT, or is a plan that is written as it was read', () => {
  const damage = fc.tuple(
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom('', '\t', '\n', '\\', '\r', '\0', '|', '-', '0', '9', 'x'),
  );
  fc.assert(
    fc.property(plan, fc.array(damage, { minLength: 1, maxLength: 3 }), (value, changes) => {
      let damaged = encodePlan(value);
      for (const [at, length, put] of changes) {
        const start = at % damaged.length;
        damaged = damaged.slice(0, start) + put + damaged.slice(start + length);
      }
      // What was read from a file is text: half a surrogate pair cannot come.
      const read = attempt(Buffer.from(damaged).toString());
      if (read instanceof TsrunError) expect(read.code).toBe('STATE_CORRUPT');
      else expect(decodePlan(encodePlan(read))).toEqual(read);
    }),
    runs(500),
  );
});

function attempt(damaged: string): Plan | TsrunError {
  try {
    return decodePlan(damaged);
  } catch (error) {
    if (error instanceof TsrunError) return error;
    throw error;
  }
}
