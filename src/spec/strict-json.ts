// JSON without JSON.parse's silent changes: duplicate keys, rounded integers, repaired UTF-8, NUL and half characters in strings.
// Runs once per command in a cold engine, so the native parser does the work and cheap tests tell whether it can be believed;
// src/spec/exact-json.ts parses what they doubt, and words every error.

import { TsrunError } from '../base/errors.js';
import { MAX_DEPTH, MAX_VALUES, parseExactJson } from './exact-json.js';

/** Far more than any config.json needs, and little enough to parse in a second. */
export const MAX_BYTES = 16 * 1024 * 1024;

/** Text that is not longer cannot have too many values: each needs two characters. */
const FEW_VALUES = 2 * MAX_VALUES;

/**
 * Parses JSON text. In `value` every integer is exact: a number where a number can be, otherwise a bigint; a key `__proto__` is an ordinary
 * property.
 * @param what names the document in errors, such as its path
 * @throws TsrunError SPEC_INVALID with line and column: not UTF-8, more than 16 MiB, 64 levels or 100000 values, not JSON (RFC 8259), a key twice in
 * an object, a number too large for a double, NUL or half a surrogate pair in a string.
 */
export function parseStrictJson(bytes: Uint8Array, what: string): { value: unknown; text: string } {
  const text = decodeText(bytes, what);
  const value = parseNative(text);
  return { value: value === DOUBTFUL ? parseExactJson(text, what) : value, text };
}

function decodeText(bytes: Uint8Array, what: string): string {
  if (bytes.length > MAX_BYTES) {
    throw invalid(what, `found ${bytes.length} bytes, must be at most ${MAX_BYTES}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TsrunError('SPEC_INVALID', `cannot parse "${what}": the text is not UTF-8`, { cause });
  }
  // RFC 8259, 8.1: no byte order mark may be added.
  if (text.charCodeAt(0) === 0xfeff) {
    throw invalid(what, 'found a byte order mark, must begin with a value');
  }
  return text;
}

const DOUBTFUL = Symbol('doubtful');
const QUOTE = 0x22;
const SPACE = 0x20;

function parseNative(text: string): unknown {
  // The native parser has no limit on values. `\u` can spell what UTF-8 cannot hold, and NUL, which ends a C string.
  if (mayHaveTooMany(text) || (text.includes('\\u') && /\\u(?:0000|d[89a-f])/i.test(text))) {
    return DOUBTFUL;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return DOUBTFUL;
  }
  // Strings can only add to the colons found, and a duplicate key can only lower the count of keys: if the two agree, there is neither.
  return countKeys(value, 0) === countColons(text) ? value : DOUBTFUL;
}

/** Before each value but the first there is one of these; what of them is in strings can only add to the count. */
function mayHaveTooMany(text: string): boolean {
  if (text.length <= FEW_VALUES) return false;
  let count = 1;
  for (const separator of [',', '[', '{']) {
    for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1)) {
      count += 1;
      if (count > MAX_VALUES) return true;
    }
  }
  return false;
}

/** The colons that follow a quote: all that end a key, and some inside strings. No regular expression: to compile one costs more than this. */
function countColons(text: string): number {
  let count = text.split('":').length - 1;
  for (const space of [' :', '\t:', '\n:', '\r:']) {
    for (let at = text.indexOf(space); at !== -1; at = text.indexOf(space, at + 1)) {
      let before = at - 1;
      while (text.charCodeAt(before) <= SPACE) {
        before -= 1;
      }
      if (text.charCodeAt(before) === QUOTE) {
        count += 1;
      }
    }
  }
  return count;
}

/** The keys in `value` and below, NaN if something there is too deep or is a number that may not be what the text says. */
function countKeys(value: unknown, depth: number): number {
  if (typeof value === 'number') {
    return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? 0 : Number.NaN;
  }
  if (typeof value !== 'object' || value === null) {
    return 0;
  }
  if (depth === MAX_DEPTH) {
    return Number.NaN;
  }
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      count += countKeys(value[index], depth + 1);
    }
    return count;
  }
  for (const key in value) {
    count += 1 + countKeys((value as Record<string, unknown>)[key], depth + 1);
  }
  return count;
}

function invalid(what: string, problem: string): TsrunError {
  return new TsrunError('SPEC_INVALID', `cannot parse "${what}": ${problem}`);
}
