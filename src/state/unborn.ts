// Directories of a state root that are still being written: their names begin with a dot, as no id does.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName } from '../host/files.js';
import { isAlive, type ProcessIdentity } from '../host/process.js';

const UNBORN = '.new';
/** So much of an id is in such a name: with pid and start time behind it, it has to be a name as well, and an id may be as long as one (NAME_MAX). */
const ID_LENGTH = 200;

function unbornPrefix(id: string): string {
  return `${UNBORN}.${id.slice(0, ID_LENGTH)}.`;
}

/** What the directory of a container is called before it is whole. */
export function unbornName(id: string, creator: ProcessIdentity): string {
  return `${unbornPrefix(id)}${creator.pid}.${creator.startTime}`;
}

/** Removes what a creator of this id left that was killed before its directory had appeared. */
export function removeUnborn(root: string, id: ContainerId): void {
  const prefix = unbornPrefix(id);
  for (const name of readNames(root)) {
    const match = name.startsWith(prefix) ? /^(\d+)\.(\d+)$/.exec(name.slice(prefix.length)) : null;
    if (match && !isAlive({ pid: Number(match[1]), startTime: match[2] ?? '' })) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
}

/** Names of what is in a state root, or a directory of it; none where there is no such directory. */
export function readNames(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return [];
    throw new TsrunError('IO', `cannot list the state root "${root}": ${describeSystemError(error)}`, { cause: error });
  }
}
