// config.json at random, made from schemas/config.schema.json: what the schema has there is something of here, so no field is forgotten. A good
// document is a container that tsrun would make, with values of some fields replaced; a broken one has something in it that the schema refuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { PROJECT } from '../support/paths.js';

/** What schemas/config.schema.json uses of JSON Schema; a word that is not here fails the loading of this file. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const KNOWN = new Set(
  ['$ref', 'type', 'enum', 'minimum', 'maximum', 'properties', 'required', 'items', 'additionalProperties'].concat([
    '$schema',
    '$id',
    '$defs',
    'title',
    'description',
    'int64',
    'tsType',
  ]),
);

const ROOT = JSON.parse(readFileSync(join(PROJECT, 'schemas', 'config.schema.json'), 'utf8')) as Schema;

/** Texts that mean something somewhere, and some that have hurt parsers before. */
const WORDS = [
  ...[
    '',
    '/',
    '.',
    '..',
    '/tmp',
    '/proc',
    'rootfs',
    'a/../b',
    '//',
    '/dev/null',
    'rbind',
    'ro',
    'mode=755',
    'tmpfs',
    'bind',
    'proc',
  ],
  ...[
    'sh',
    'A=1',
    'PATH=/bin',
    '=',
    'CAP_KILL',
    'RLIMIT_NOFILE',
    '0-3',
    '0',
    '4294967296',
    'c',
    'b',
    'a',
    'rwm',
    'eth0',
    'private',
  ],
  ...[
    'net.ipv4.ip_forward',
    'kernel.shm_rmid_forced',
    'SCMP_ARCH_X86_64',
    'getpid',
    '2MB',
    'web',
    'system.slice:tsrun:web',
  ],
  ...['\t', '\n', '\\', '\u0001', 'é', '😀', '__proto__', 'constructor', 'x'.repeat(300), '%s%n', '$(x)'],
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const ARBITRARIES = new Map<Schema, fc.Arbitrary<unknown>>();

function resolve(schema: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  const found = name === undefined ? schema : ROOT.$defs?.[name];
  if (found === undefined) throw new Error(`the schema has no definition "${name}"`);
  for (const word of Object.keys(found)) {
    if (!KNOWN.has(word)) throw new Error(`the schema uses "${word}", which test/property/config.ts does not know`);
  }
  return found;
}

/** Values that the schema allows, one arbitrary for each place. */
function valuesOf(reference: Schema): fc.Arbitrary<unknown> {
  const schema = resolve(reference);
  let values = ARBITRARIES.get(schema);
  if (values === undefined) {
    values = makeValues(schema);
    ARBITRARIES.set(schema, values);
  }
  return values;
}

function makeValues(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return text;
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return integers(schema);
    case 'array':
      return fc.array(valuesOf(schema.items ?? { type: 'string' }), { maxLength: 3 });
    case 'object':
      return makeObject(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** The largest 64-bit integers are rounded up in a number. */
const EXACT = new Map<number, bigint>([
  [2 ** 63, 2n ** 63n - 1n],
  [2 ** 64, 2n ** 64n - 1n],
]);

function integers({ minimum = -(2 ** 31), maximum = 2 ** 31 - 1 }: Schema): fc.Arbitrary<unknown> {
  const edges = [minimum, EXACT.get(maximum) ?? maximum, 0, 1, 1000];
  const possible = edges.filter((edge) => edge >= minimum && edge <= maximum);
  return fc.oneof(
    fc.constantFrom<number | bigint>(...possible),
    fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: Math.min(maximum, 2 ** 31 - 1) }),
  );
}

function makeObject(schema: Schema): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) {
    const values = typeof schema.additionalProperties === 'object' ? valuesOf(schema.additionalProperties) : text;
    return fc.dictionary(text, values, { maxKeys: 3 });
  }
  const model = Object.fromEntries(properties.map(([name, property]) => [name, valuesOf(property)]));
  const required = (schema.required ?? []).filter((name) => name in model);
  // Few of them at a time: a container in which everything is odd is refused for the first oddity.
  const some = fc.subarray(
    properties.map(([name]) => name),
    { maxLength: Math.min(5, properties.length) },
  );
  return some.chain((names) => {
    const chosen = [...new Set([...required, ...names])];
    return fc.record(Object.fromEntries(chosen.map((name) => [name, model[name] as fc.Arbitrary<unknown>])));
  });
}

/** Places of the schema that a document of a container can have, as paths. */
function listPlaces(
  reference: Schema,
  path: readonly string[] = [],
  depth = 4,
): { path: readonly string[]; schema: Schema }[] {
  const schema = resolve(reference);
  const here = path.length > 0 ? [{ path, schema: reference }] : [];
  if (depth === 0 || schema.properties === undefined) return here;
  const below = Object.entries(schema.properties).flatMap(([name, property]) =>
    listPlaces(property, [...path, name], depth - 1),
  );
  return [...here, ...below];
}

export const PLACES = listPlaces(ROOT);

export type Json = { [key: string]: unknown };

/** A container as most are. */
export function plainConfig(): Json {
  return {
    ociVersion: '1.3.0',
    process: { cwd: '/', args: ['sh'], env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
    root: { path: 'rootfs' },
    hostname: 'web',
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
    },
  };
}

function put(config: Json, path: readonly string[], value: unknown): void {
  let object = config;
  for (const name of path.slice(0, -1)) {
    const next = object[name];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) object[name] = {};
    object = object[name] as Json;
  }
  object[path.at(-1) as string] = value;
}

/** What is put where. */
const change = fc
  .constantFrom(...PLACES)
  .chain(({ path, schema }) => valuesOf(schema).map((value) => ({ path, value })));

function apply(changes: readonly { path: readonly string[]; value: unknown }[]): Json {
  const config = plainConfig();
  for (const { path, value } of changes) put(config, path, value);
  return config;
}

/** Documents that the schema allows, or nearly: a place in another's value may lack what is required there. */
export const likelyConfig: fc.Arbitrary<Json> = fc.array(change, { minLength: 0, maxLength: 4 }).map(apply);

/** Documents with a value somewhere that is of any type. */
export const brokenConfig: fc.Arbitrary<Json> = fc
  .tuple(
    fc.array(change, { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...PLACES), fc.jsonValue({ maxDepth: 3 })), { minLength: 1, maxLength: 3 }),
  )
  .map(([likely, broken]) => apply([...likely, ...broken.map(([{ path }, value]) => ({ path, value }))]));
