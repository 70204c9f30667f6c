// What fuzzers begin with, and inputs that were findings once, run again under sanitizers: `make -C c replay` builds them without clang.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/paths.js';

const FUZZERS = readdirSync(join(PROJECT, 'c', 'fuzz')).flatMap((name) => /^(.*)_fuzz\.c$/.exec(name)?.[1] ?? []);

/** The plans of the examples are in their bundles. */
function listInputs(name: string): string[] {
  const directories = [join(PROJECT, 'c', 'fuzz', 'corpus', name)];
  const files = directories.flatMap((directory) => readdirSync(directory).map((file) => join(directory, file)));
  if (name !== 'plan') return files;
  const bundles = readdirSync(join(PROJECT, 'bundles'));
  return [...files, ...bundles.map((bundle) => join(PROJECT, 'bundles', bundle, 'expected.plan'))];
}

test.each(FUZZERS)('%s holds for its corpus', (name) => {
  const inputs = listInputs(name);
  const { status, stdout, stderr } = spawnSync(join(PROJECT, 'c', 'build', 'replay', `${name}_fuzz`), inputs, {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${inputs.length}\n`, stderr: '' });
  expect(inputs.length).toBeGreaterThan(3);
});
