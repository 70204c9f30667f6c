// Directories of the state root that are still being written: `.new.ID.PID.START`, by the process of that pid and start time. One whose writer
// has died is nobody's any more.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerId, isContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName } from '../host/files.js';
import { isAlive, type ProcessIdentity } from '../host/process.js';

/** An id never begins with a dot. */
const PREFIX = '.new.';
/** So much of an id is in such a name: with pid and start time behind it, it has to be a name as well, and an id may be as long as one (NAME_MAX). */
const ID_LENGTH = 200;

export interface Unborn {
  /** In the state root. */
  readonly name: string;
  /** Of a long id only its beginning. */
  readonly id: ContainerId;
  readonly writer: ProcessIdentity;
}

export function unbornName(id: string, { pid, startTime }: ProcessIdentity): string {
  return `${PREFIX}${id.slice(0, ID_LENGTH)}.${pid}.${startTime}`;
}

/** Null for a name that unbornName() does not make. */
export function parseUnborn(name: string): Unborn | null {
  const match = name.startsWith(PREFIX) ? /^(.+)\.(\d+)\.(\d+)$/.exec(name.slice(PREFIX.length)) : null;
  const [, id = '', pid = '', startTime = ''] = match ?? [];
  return isContainerId(id) ? { name, id, writer: { pid: Number(pid), startTime } } : null;
}

/** Whether it was to become the container of that id, or of one that begins like it. */
export function isUnbornOf(unborn: Unborn, id: ContainerId): boolean {
  return unborn.id === id.slice(0, ID_LENGTH);
}

/** Those whose writer has died. */
export function listDeadUnborn(root: string): Unborn[] {
  const unborn = readNames(root).map(parseUnborn);
  return unborn.filter((found): found is Unborn => found !== null && !isAlive(found.writer));
}

export function removeUnborn(root: string, { name }: Unborn): void {
  rmSync(join(root, name), { recursive: true, force: true });
}

/** What is in a directory; a directory that is not there has nothing. */
export function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return [];
    throw new TsrunError('IO', `cannot list the state root "${directory}": ${describeSystemError(error)}`, {
      cause: error,
    });
  }
}
