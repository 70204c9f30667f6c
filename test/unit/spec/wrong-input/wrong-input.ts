// How a wrong input is written down: the change of a config.json that is right, and all problems that must come of it.

import { SpecError } from '../../../../src/base/errors.js';
import { parseSpec } from '../../../../src/spec/validate.js';
import { completeConfig } from './complete.js';

/**
 * type: another JSON type. fraction, below, above: a number that is no integer, or just beyond its range. enum: an unknown word. required: left
 * out. format: text or a number that has the right type and no meaning. conflict: two fields that cannot be together.
 */
export type Kind = 'type' | 'fraction' | 'below' | 'above' | 'enum' | 'required' | 'format' | 'conflict';

/** A place in the document and what is put there; `undefined` removes it. */
export type Edit = readonly [path: string, value: unknown];

export interface WrongInput {
  /** The path of the field that the case is about, as messages have it. */
  readonly field: string;
  readonly kind: Kind;
  readonly edits: readonly Edit[];
  /** `path: message` of every problem. */
  readonly problems: readonly string[];
}

/** One value that is wrong where it is. `message` without the path. */
export function wrong(field: string, kind: Kind, value: unknown, message: string): WrongInput {
  return { field, kind, edits: [[field, value]], problems: [`${field}: ${message}`] };
}

/** Values that are wrong together; the first edit is of the field. Problems with their paths. */
export function conflict(edits: readonly [Edit, ...Edit[]], ...problems: readonly string[]): WrongInput {
  return { field: edits[0][0], kind: 'conflict', edits, problems };
}

/** Left out although it is required. */
export const required = (...fields: readonly string[]): WrongInput[] =>
  fields.map((field) => wrong(field, 'required', undefined, 'found nothing, must be set'));

export const object = (...fields: readonly string[]): WrongInput[] =>
  fields.map((field) => wrong(field, 'type', [], 'found an array, must be an object'));

export const array = (...fields: readonly string[]): WrongInput[] =>
  fields.map((field) => wrong(field, 'type', {}, 'found an object, must be an array'));

export const string = (...fields: readonly string[]): WrongInput[] =>
  fields.map((field) => wrong(field, 'type', ['x'], 'found an array, must be a string'));

export const boolean = (...fields: readonly string[]): WrongInput[] =>
  fields.map((field) => wrong(field, 'type', 'true', 'found "true", must be true or false: write true'));

export const strings = (...fields: readonly string[]): WrongInput[] =>
  fields.flatMap((field) => [
    wrong(field, 'type', 'x', 'found "x", must be an array: write ["x"]'),
    wrong(`${field}[0]`, 'type', 5, 'found 5, must be a string: write "5"'),
  ]);

/** Just beyond either end of its range, beside the range, and of another type. */
export function integer(minimum: bigint, maximum: bigint): (...fields: readonly string[]) => WrongInput[] {
  const wanted = `must be an integer from ${minimum} to ${maximum}`;
  return (...fields) =>
    fields.flatMap((field) => [
      wrong(field, 'type', true, `found true, ${wanted}`),
      wrong(field, 'type', '12', `found "12", ${wanted}: write 12`),
      wrong(field, 'fraction', 1.5, `found 1.5, ${wanted}`),
      wrong(field, 'below', minimum - 1n, `found ${minimum - 1n}, ${wanted}`),
      wrong(field, 'above', maximum + 1n, `found ${maximum + 1n}, ${wanted}`),
    ]);
}

export const int32 = integer(-(2n ** 31n), 2n ** 31n - 1n);
export const int64 = integer(-(2n ** 63n), 2n ** 63n - 1n);
export const uint16 = integer(0n, 2n ** 16n - 1n);
export const uint32 = integer(0n, 2n ** 32n - 1n);
export const uint64 = integer(0n, 2n ** 64n - 1n);

/** An unknown word, one of the words in the wrong case, and no word at all. */
export function words(field: string, ...known: readonly [string, ...string[]]): WrongInput[] {
  const wanted = `must be one of ${known.map((word) => `"${word}"`).join(', ')}`;
  const other = known[0] === known[0].toLowerCase() ? known[0].toUpperCase() : known[0].toLowerCase();
  return [
    wrong(field, 'type', 7, `found 7, ${wanted}`),
    wrong(field, 'enum', 'nonsense', `found "nonsense", ${wanted}`),
    wrong(field, 'enum', '', `found "", ${wanted}`),
    wrong(field, 'enum', other, `found "${other}", ${wanted}: write "${known[0]}"`),
  ];
}

/** JSON text that no value of JavaScript is written as, such as `1e3`. */
export class Literal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The complete document as text, with changes. */
export function editedText(edits: readonly Edit[]): string {
  let document: unknown = completeConfig();
  for (const [path, value] of edits) {
    document = change(document, parsePath(path), value);
  }
  const mark = (_: string, value: unknown) =>
    typeof value === 'bigint' ? `\u0001${value}` : value instanceof Literal ? `\u0001${value.text}` : value;
  return JSON.stringify(document, mark).replaceAll(/"\\u0001([^"]*)"/g, '$1');
}

/** What a parse of this text comes to: every problem as `path: message`. An error that lists no problems is one of the test. */
export function problemsOfText(text: string): string[] {
  try {
    parseSpec(new TextEncoder().encode(text));
  } catch (error) {
    if (error instanceof SpecError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

/** The keys of a path such as `a.b[0]["c.d"]`. */
export function parsePath(path: string): (string | number)[] {
  const keys = path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g);
  return [...keys].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : (name as string),
  );
}

function change(node: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) {
    return value;
  }
  const parent = (node ?? (typeof key === 'number' ? [] : {})) as Record<string | number, unknown>;
  const child = change(parent[key], rest, value);
  if (child === undefined && !Array.isArray(parent)) {
    delete parent[key];
  } else {
    parent[key] = child;
  }
  return parent;
}
