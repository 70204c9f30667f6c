// The file `resources`: what updates have made of linux.resources. state.json keeps what config.json had.
import { join } from 'node:path';
import type { ContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { encodeJson } from '../base/json.js';
import { replaceFile } from '../host/files.js';
import type { Resources } from '../spec/types.js';
import { parseResources } from '../spec/validate.js';
import { containerDirectory, readStateFile, type StateRecord } from './store.js';

const MAX_BYTES = 16 * 1024 * 1024;

function resourcesPath(root: string, id: string): string {
  return join(containerDirectory(root, id as ContainerId), 'resources');
}

/**
 * linux.resources as they are now.
 * @throws TsrunError STATE_CORRUPT.
 */
export function readResources(root: string, record: StateRecord): Resources {
  const path = resourcesPath(root, record.id);
  try {
    const text = readStateFile(path, MAX_BYTES);
    return text === null ? (record.spec.linux?.resources ?? {}) : parseResources(Buffer.from(text), path);
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    throw new TsrunError('STATE_CORRUPT', `cannot trust "${path}": ${error.message}`, { cause: error });
  }
}

/** Replaces them, whole. */
export function writeResources(root: string, id: ContainerId, resources: Resources): void {
  replaceFile(resourcesPath(root, id), `${encodeJson(resources)}\n`, 0o600);
}
