// What features says beside the documents that it is about: nothing is left out, and no name is other than config.json has it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeFeatures } from '../../../src/lifecycle/features.js';
import { HONOURED } from '../../../src/spec/annotations.js';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly enum?: readonly string[];
}

const readSchema = (name: string): Schema =>
  JSON.parse(readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));

const FEATURES = readSchema('features');
const CONFIG = readSchema('config');
const features = describeFeatures('1.2.3', 'abc', '2.5.4');

/** Follows a reference to the schema's own definitions. */
const resolve = (root: Schema, schema: Schema | undefined): Schema =>
  schema?.$ref === undefined ? (schema ?? {}) : (root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {});

/** Paths of all properties that the schema names. */
function listPaths(root: Schema, schema: Schema, path = ''): string[] {
  return Object.entries(resolve(root, schema).properties ?? {}).flatMap(([key, value]) => [
    `${path}${key}`,
    ...listPaths(root, value, `${path}${key}.`),
  ]);
}

const valueAt = (path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], features);

/** The schema of a place in config.json; `*` is the items of an array. */
function configSchema(path: string): Schema {
  return path.split('.').reduce((schema, key) => {
    const found = resolve(CONFIG, schema);
    return resolve(CONFIG, key === '*' ? found.items : found.properties?.[key]);
  }, CONFIG);
}

const sorted = (list: unknown) => [...((list as readonly string[] | undefined) ?? [])].sort();

describe('describeFeatures()', () => {
  test('has every property that runtime-spec 1.3 defines', () => {
    const paths = listPaths(FEATURES, FEATURES);
    expect(paths).toContain('linux.mountExtensions.idmap.enabled');
    expect(paths).toContain('linux.memoryPolicy.modes');
    expect(paths).toContain('linux.intelRdt.monitoring');
    expect(paths.filter((path) => valueAt(path) === undefined || valueAt(path) === null)).toEqual([]);
  });

  test.each([
    ['linux.seccomp.actions', 'linux.seccomp.defaultAction'],
    ['linux.seccomp.operators', 'linux.seccomp.syscalls.*.args.*.op'],
    ['linux.seccomp.knownFlags', 'linux.seccomp.flags.*'],
    ['linux.namespaces', 'linux.namespaces.*.type'],
  ])('lists in %s what config.json may have in %s', (feature, place) => {
    const names = configSchema(place).enum;
    expect(names?.length).toBeGreaterThan(0);
    expect(sorted(valueAt(feature))).toEqual(sorted(names));
  });

  test('lists the hooks that config.json may have', () => {
    expect(sorted(features.hooks)).toEqual(Object.keys(configSchema('hooks').properties ?? {}).sort());
  });

  test.each([
    ['linux.seccomp.archs', 'linux.seccomp.architectures.*'],
    ['linux.seccomp.supportedFlags', 'linux.seccomp.flags.*'],
  ])('lists in %s nothing that config.json may not have in %s', (feature, place) => {
    const names = configSchema(place).enum ?? [];
    expect((valueAt(feature) as string[]).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('names every annotation that changes what tsrun does', () => {
    const unsafe = features.potentiallyUnsafeConfigAnnotations as readonly string[];
    const isListed = (name: string) =>
      unsafe.some((entry) => (entry.endsWith('.') ? name.startsWith(entry) : entry === name));
    expect([...HONOURED, 'org.systemd.property.MemoryHigh'].filter((name) => !isListed(name))).toEqual([]);
    expect(isListed('org.example')).toBe(false);
  });
});
