// Opens a bundle: finds it, reads and checks its config.json, finds the rootfs. Changes nothing.
import { realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName, readRegularFile } from '../host/files.js';
import type { Spec } from '../spec/types.js';
import { parseSpec } from '../spec/validate.js';

/** design: a config.json is at most 16 MiB; parseSpec refuses more, and this keeps it from being read at all. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

export interface Bundle {
  /** Absolute, without symlinks. */
  readonly path: string;
  readonly spec: Spec;
  /** config.json to the letter. */
  readonly specText: string;
  /** Absolute, without symlinks. */
  readonly rootfs: string;
  readonly warnings: readonly string[];
}

/**
 * Reads a bundle.
 * @throws TsrunError IO (no bundle, no config.json, no rootfs); SpecError with every problem of config.json.
 */
export function openBundle(path: string): Bundle {
  const bundle = realPath(path, 'bundle');
  const { spec, text, warnings } = parseSpec(readConfig(bundle), join(bundle, 'config.json'));
  const rootfs = realPath(resolve(bundle, spec.root?.path ?? ''), 'rootfs');
  checkDirectory(rootfs);
  return { path: bundle, spec, specText: text, rootfs, warnings };
}

function readConfig(bundle: string): Buffer {
  const path = join(bundle, 'config.json');
  try {
    return readRegularFile(path, MAX_CONFIG_BYTES);
  } catch (error) {
    if (error instanceof TsrunError) throw error;
    throw new TsrunError('IO', `cannot read "${path}": ${describeSystemError(error)}`, {
      hint:
        errnoName(error) === 'ENOENT'
          ? 'a bundle is a directory with a config.json; "tsrun spec" writes one'
          : undefined,
      cause: error,
    });
  }
}

/** What is found need not answer: the process behind a filesystem of its own may have died. */
function checkDirectory(rootfs: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(rootfs).isDirectory();
  } catch (error) {
    throw new TsrunError('IO', `cannot use the rootfs "${rootfs}": ${describeSystemError(error)}`, { cause: error });
  }
  if (!isDirectory) throw new TsrunError('IO', `cannot use the rootfs "${rootfs}": it is not a directory`);
}

function realPath(path: string, what: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new TsrunError('IO', `cannot find the ${what} "${path}": ${describeSystemError(error)}`, { cause: error });
  }
}
