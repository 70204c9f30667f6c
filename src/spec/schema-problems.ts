// Words for what the generated validator found: where, what is there, what must be, and what to do about it. Runs only when something is wrong.

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
    const message = `found ${describeValue(value)}, must be ${describeWanted(error)}${describeRemedy(error, value)}`;
    return { path, message };
  });
}

/** What a message says was found: the value if it is short, otherwise its beginning, or what kind of value it is. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60).replace(/[\ud800-\udbff]$/, '')}…` : value);
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

/** What the author can be presumed to have meant; '' where that is not clear. */
function describeRemedy({ keyword, params, instancePath }: SchemaError, value: unknown): string {
  const meant =
    keyword === 'enum'
      ? meantWord(value, params.allowedValues as string[])
      : keyword === 'integerWithin'
        ? meantNumber(value)
        : meantType(value, String(params.type), instancePath);
  return meant === null ? '' : `: write ${meant}`;
}

/** Another case, or a part only: "linux32", "ERRNO", "net". */
function meantWord(value: unknown, words: readonly string[]): string | null {
  if (typeof value !== 'string' || value === '') {
    return null;
  }
  const lower = value.toLowerCase();
  const fits = (test: (word: string) => boolean) => {
    const found = words.filter((word) => test(word.toLowerCase()));
    return found.length === 1 ? found : null;
  };
  const found =
    fits((word) => word === lower) ??
    fits((word) => word.endsWith(`_${lower}`)) ??
    fits((word) => word.startsWith(lower));
  return found === null ? null : JSON.stringify(found[0]);
}

/** A number in quotes: JSON has no octal numbers, so modes are written as text. */
function meantNumber(value: unknown): string | null {
  if (typeof value !== 'string' || !/^-?(?:0[0-7]{1,11}|0|[1-9]\d{0,19})$/.test(value)) {
    return null;
  }
  return /^-?0./.test(value) ? `${parseInt(value, 8)}, which is octal ${value}` : value;
}

/** Entries of lists and of maps: there numbers are text as often as not. */
const IN_TEXT = /\/\d+$|^\/(?:annotations|linux\/sysctl|linux\/resources\/unified)\/[^/]*$/;

/** One entry instead of a list of it; a value with quotes that it must not have, or without those it must. */
function meantType(value: unknown, type: string, pointer: string): string | null {
  const isWord = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
  if (type === 'string' && isWord && IN_TEXT.test(pointer)) {
    return `"${value}"`;
  }
  if (type === 'boolean' && (value === 'true' || value === 'false')) {
    return value;
  }
  return type === 'array' && typeof value === 'string' ? `[${describeValue(value)}]` : null;
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
