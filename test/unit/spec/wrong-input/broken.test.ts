// Documents that are broken at random: whatever is wrong, the answer is an error of ours, soon, about a place that is there.

import { expect, it } from 'vitest';
import { SpecError, TsrunError } from '../../../../src/base/errors.js';
import { parseSpec } from '../../../../src/spec/validate.js';
import { Random } from '../../../support/random.js';
import { compile } from '../../plan/samples.js';
import { completeConfig } from './complete.js';
import { parsePath } from './wrong-input.js';

type Node = Record<string | number, unknown>;

/** Values that have hurt parsers and checks before. */
const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  4294967295,
  4294967296,
  2 ** 53,
  1e300,
  -1e-7,
  '',
  '/',
  '..',
  '/../..',
  'x',
  '0755',
  '18446744073709551616',
  '=',
  'a=b',
  '\n',
  '\u202e',
  '😀',
  '__proto__',
  'constructor',
  'toString',
  'rbind',
  'SCMP_ACT_NOTIFY',
  'SCHED_DEADLINE',
  '0-99999999999',
  ',',
  '%d',
  '/proc/self/exe',
  [],
  {},
  [[]],
  [null],
  [''],
  { '': '' },
  { constructor: 1, hasOwnProperty: 2 },
  { type: 'user', path: '/x' },
];

function listHolders(value: unknown): Node[] {
  return typeof value === 'object' && value !== null
    ? [value as Node, ...Object.values(value).flatMap((child) => listHolders(child))]
    : [];
}

/** Removes, replaces, doubles, moves or adds something. */
function breakOnce(random: Random, document: unknown): void {
  const holders = listHolders(document);
  const holder = random.pick(holders);
  const keys = Object.keys(holder);
  const key = keys.length === 0 ? 'x' : random.pick(keys);
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)] ?? null));
      else
        holder[random.pick(['x', '', '__proto__x', 'a.b', 'toString', 'length'])] = structuredClone(random.pick(NASTY));
      break;
    case 2: {
      // A value from elsewhere, without what would be a ring.
      const other = structuredClone(random.pick(holders));
      holder[key] = JSON.stringify(other).length < 5000 ? other : null;
      break;
    }
    default:
      holder[key] = structuredClone(random.pick(NASTY));
  }
}

/** Cuts, doubles or changes some of the text. */
function breakText(random: Random, text: string): string {
  const at = random.below(text.length);
  const end = at + random.below(20);
  const inserted = random.pick([
    '',
    '"',
    '{',
    ']',
    ',',
    ':',
    '\\',
    '\\u0000',
    '\\ud800',
    '1e999',
    '-',
    '\u0000',
    '\ufeff',
    '//',
  ]);
  return text.slice(0, at) + inserted + text.slice(random.chance(50) ? at : end);
}

/** What only the compiler knows to be wrong. */
function breakPlan(random: Random, document: Record<string, unknown>): void {
  const option = random.pick(['remount', 'size=5', 'idmap', 'copy-symlink', 'rbind', 'mode=0755', 'nonsense', 'a,b=c']);
  const mount = { destination: '/x', source: random.pick(['x', '/x']), type: 'tmpfs', options: [option, 'bind'] };
  Object.assign(document, { mounts: random.chance(50) ? [mount] : [{ ...mount, options: [option] }] });
  Object.assign(document.linux as Node, { cgroupsPath: random.pick(['/', '../..', '/../a', 'a//b', '']) });
}

function breakDocument(seed: number): string {
  const random = new Random(seed);
  const document = completeConfig();
  if (random.chance(20)) breakPlan(random, document);
  for (let left = random.below(5); left >= 0; left -= 1) breakOnce(random, document);
  const text = JSON.stringify(document);
  return random.chance(20) ? breakText(random, text) : text;
}

/** Whether the place is in the document, or is a property that its object lacks. */
function isPlace(document: unknown, path: string): boolean {
  const keys = parsePath(path);
  let node = document;
  for (const [index, key] of keys.entries()) {
    if (typeof node !== 'object' || node === null) return false;
    if (!Object.hasOwn(node, key)) return index === keys.length - 1 || isOptional(keys.slice(index));
    node = (node as Node)[key];
  }
  return true;
}

/** Of an object that is left out the whole path is a place: `linux.uidMappings` of a document without `linux`. */
function isOptional(keys: readonly (string | number)[]): boolean {
  return keys.every((key) => typeof key === 'string');
}

const SEEDS = 600;

it(`each of ${SEEDS} broken documents is taken, or refused in words, at places that it has, in no time`, () => {
  const refused = { parse: 0, check: 0, compile: 0, taken: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const text = breakDocument(seed);
    const start = performance.now();
    const error = errorOf(text, refused);
    expect([seed, performance.now() - start < 1000]).toEqual([seed, true]);
    if (error === null) continue;
    expect([seed, error.message.split('\n').length, error.code]).toEqual([
      seed,
      1,
      expect.stringMatching(/^SPEC_(?:INVALID|UNSUPPORTED)$/),
    ]);
    if (error instanceof SpecError) {
      const document: unknown = JSON.parse(text);
      const lost = error.problems.map(({ path }) => path).filter((path) => !isPlace(document, path));
      expect([seed, lost]).toEqual([seed, []]);
    }
  }
  // The generator is worth its time only if it gets through every layer.
  expect(Object.entries(refused).filter(([, count]) => count < SEEDS / 100)).toEqual([]);
}, 60_000);

function errorOf(text: string, refused: Record<'parse' | 'check' | 'compile' | 'taken', number>): TsrunError | null {
  let layer: 'check' | 'compile' = 'check';
  try {
    const { spec } = parseSpec(new TextEncoder().encode(text));
    layer = 'compile';
    compile(spec);
    refused.taken += 1;
    return null;
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    refused[error instanceof SpecError ? layer : 'parse'] += 1;
    return error;
  }
}
