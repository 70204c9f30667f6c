// What the schema says, and a document without what it refuses.

import { nearestName } from '../base/nearest-name.js';
import { type SchemaError, validateConfig } from '../spec/generated/validate-config.js';
import { describeSchemaErrors } from '../spec/schema-problems.js';
import { type Draft, draftOf } from './finding.js';
import { decodePointer, type Keys, valueAt } from './pointer.js';
import type { Recovery } from './recover.js';
import type { RuleId } from './rules/index.js';
import { didYouMean } from './similar.js';

/** Each round can bring to light that an object is now without something that it must have. */
const MAX_ROUNDS = 12;

/** The validator ends with so many: what the document would be without them cannot be told. */
const MAX_ERRORS = 1000;

const RULE_OF_KEYWORD: Readonly<Record<string, RuleId>> = {
  required: 'schema/missing',
  type: 'schema/type',
  integerWithin: 'schema/range',
  enum: 'schema/enum',
};

/** What the schema refuses. */
export function checkSchema(document: unknown): Draft[] {
  const errors = listErrors(document);
  return describeSchemaErrors(errors, document).map((problem, index) => {
    const error = errors[index] as SchemaError;
    const rule = ruleOf(error, document);
    // Another case, or a part of a name, is in the message already.
    const hint = problem.message.includes(': write ') ? undefined : didYouMean(suggest(error, document));
    return { ...draftOf(rule, problem), hint };
  });
}

/** Takes out of the copy what the schema refuses, or puts a name there that will have been meant; false if nothing is left that it accepts. */
export function satisfySchema(recovery: Recovery): boolean {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const errors = listErrors(recovery.value);
    if (errors.length === 0) {
      return true;
    }
    if (errors.length >= MAX_ERRORS) {
      return false;
    }
    const places: Keys[] = [];
    for (const error of errors) {
      const keys = decodePointer(error.instancePath, recovery.value);
      const suggestion = suggest(error, recovery.value);
      if (error.keyword === 'required') {
        places.push([...keys, String(error.params.missingProperty)]);
      } else if (suggestion === undefined) {
        places.push(keys);
      } else {
        recovery.replace(keys, suggestion);
      }
    }
    if (!recovery.remove(places)) {
      return false;
    }
  }
  return false;
}

function listErrors(document: unknown): readonly SchemaError[] {
  return validateConfig(document) ? [] : (validateConfig.errors ?? []);
}

/** Of an integer that is none the type is wrong, not the range. */
function ruleOf({ keyword, instancePath }: SchemaError, document: unknown): RuleId {
  if (keyword === 'integerWithin') {
    const value = valueAt(document, decodePointer(instancePath, document));
    return Number.isInteger(value) || typeof value === 'bigint' ? 'schema/range' : 'schema/type';
  }
  return RULE_OF_KEYWORD[keyword] ?? 'spec/value';
}

function suggest({ keyword, instancePath, params }: SchemaError, document: unknown): string | undefined {
  const value = keyword === 'enum' ? valueAt(document, decodePointer(instancePath, document)) : undefined;
  return typeof value === 'string' ? nearestName(value, params.allowedValues as string[]) : undefined;
}
