// The file `resources`: what updates have made of linux.resources. state.json keeps what config.json had. An update stages it as `resources.next`
// before it changes anything; that this takes the place of the other, by rename, is the moment at which the update has happened.
import { existsSync, renameSync, rmSync } from 'node:fs';
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

function stagedPath(root: string, id: ContainerId): string {
  return `${resourcesPath(root, id)}.next`;
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

/** Writes down what they will be. */
export function stageResources(root: string, id: ContainerId, resources: Resources): void {
  replaceFile(stagedPath(root, id), `${encodeJson(resources)}\n`, 0o600);
}

/** True from stageResources() until commitResources() or discardStagedResources(). */
export function areResourcesStaged(root: string, id: ContainerId): boolean {
  return existsSync(stagedPath(root, id));
}

/** What is staged is what they are. */
export function commitResources(root: string, id: ContainerId): void {
  renameSync(stagedPath(root, id), resourcesPath(root, id));
}

export function discardStagedResources(root: string, id: ContainerId): void {
  rmSync(stagedPath(root, id), { force: true });
}
