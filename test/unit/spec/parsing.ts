// What the tests of src/spec share: a config.json that is right, and its problems when something in it is changed.

import { SpecError, type SpecProblem } from '../../../src/base/errors.js';
import { parseSpec } from '../../../src/spec/validate.js';

export type Json = { [key: string]: unknown };

/** A bundle's smallest config with every namespace but user and time. */
export function goodConfig(): { process: Json; root: Json; linux: Json } & Json {
  return {
    ociVersion: '1.3.0',
    process: { cwd: '/', args: ['sh'] },
    root: { path: 'rootfs' },
    linux: {
      namespaces: [
        { type: 'pid' },
        { type: 'network' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        { type: 'cgroup' },
      ],
    },
  };
}

export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** goodConfig() with `change` on top; `linux` and `process` are merged, so that a test names only its own field. */
export function withChange(change: Json): Json {
  const config = goodConfig();
  const merge = (key: 'linux' | 'process') =>
    typeof change[key] === 'object' ? { ...config[key], ...(change[key] as Json) } : (change[key] ?? config[key]);
  return { ...config, ...change, linux: merge('linux'), process: merge('process') };
}

/** The problems as `path: message` lines. */
export function problemsOf(change: Json): string[] {
  try {
    parseSpec(encode(withChange(change)));
  } catch (error) {
    if (error instanceof SpecError) {
      return error.problems.map(({ path, message }: SpecProblem) => (path === '' ? message : `${path}: ${message}`));
    }
    throw error;
  }
  return [];
}

export function warningsOf(change: Json): string[] {
  return parseSpec(encode(withChange(change))).warnings;
}
