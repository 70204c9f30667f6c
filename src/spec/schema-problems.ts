// Words for what the generated validator found: where, what is there, what must be. Runs only when something is wrong.

import type { SpecProblem } from '../base/errors.js';
import type { SchemaError } from './generated/validate-config.js';
import { joinPath } from './json-path.js';

const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  object: 'an object',
  string: 'a string',
};

/** One problem for each error of the validator, in its order. `document` is what was validated. */
export function describeSchemaErrors(errors: readonly SchemaError[], document: unknown): SpecProblem[] {
  return errors.map((error) => {
    const { path, value } = locate(document, error.instancePath);
    if (error.keyword === 'required') {
      return { path: joinPath(path, String(error.params.missingProperty)), message: 'found nothing, must be set' };
    }
    return { path, message: `found ${describeValue(value)}, must be ${describeWanted(error)}` };
  });
}

/** What a message says was found: the value if it is short, otherwise what kind of value it is. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

function describeWanted({ keyword, params }: SchemaError): string {
  switch (keyword) {
    case 'type':
      return TYPES[String(params.type)] ?? `of type ${String(params.type)}`;
    case 'integerWithin':
      return `an integer from ${String(params.minimum)} to ${String(params.maximum)}`;
    case 'enum':
      return `one of ${(params.allowedValues as string[]).map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return `valid by the schema's "${keyword}"`;
  }
}

/** RFC 6901, JSON pointer: the place as a path, and what is there. */
function locate(document: unknown, pointer: string): { path: string; value: unknown } {
  let path = '';
  let value = document;
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path = joinPath(path, Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown>)[key];
  }
  return { path, value };
}
