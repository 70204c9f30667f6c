// Files and directories that a killed command left in the state root: of no container, as none had come of it, or nothing was left of it.
import { lstatSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isContainerId } from '../../base/container-id.js';
import { errnoName } from '../../host/files.js';
import { readProcess } from '../../host/process.js';
import { listDeadUnborn, parseUnborn, readNames, removeUnborn } from '../../state/unborn.js';
import { type Finding, type GarbageScope, removing } from './finding.js';

const FILTERS = '.seccomp';
/** Milliseconds in which a delete that lives has removed a directory that it has emptied. */
const MOMENT = 100;

export async function findUnborn({ root }: GarbageScope): Promise<Finding[]> {
  return listDeadUnborn(root).map((unborn) => ({
    kind: 'directory',
    name: join(root, unborn.name),
    reason: `process ${unborn.writer.pid}, which was writing the state of "${unborn.id}", has died`,
    remove: removing(join(root, unborn.name), () => removeUnborn(root, unborn)),
  }));
}

/** Filters of system calls that were not written to their end (c/filter_cache.c): `.NAME.PID`. */
export async function findFilters({ root }: GarbageScope): Promise<Finding[]> {
  const directory = join(root, FILTERS);
  return readNames(directory).flatMap((name): Finding[] => {
    const pid = Number(/^\.[0-9a-f]{2}\.(\d+)$/.exec(name)?.[1] ?? 0);
    if (pid === 0 || readProcess(pid) !== null) return [];
    const path = join(directory, name);
    const reason = `process ${pid}, which was writing this filter of system calls, has died`;
    return [{ kind: 'file', name: path, reason, remove: removing(path, () => rmSync(path, { force: true })) }];
  });
}

/** An empty directory says nothing of whose it is, so the root has to have nothing that is not a runtime's. */
export async function findEmptyDirectories({ root }: GarbageScope): Promise<Finding[]> {
  const names = readNames(root);
  const isForeign = (name: string) => name !== FILTERS && parseUnborn(name) === null && !isContainerId(name);
  if (names.some(isForeign)) return [];
  const candidates = names.filter(isContainerId).map((id) => join(root, id));
  if (!candidates.every(isOurs)) return [];
  const empty = candidates.filter(isEmpty);
  if (empty.length > 0) await sleep(MOMENT);
  return empty.filter(isEmpty).map((path) => ({
    kind: 'directory',
    name: path,
    reason: 'it is empty: the last that a killed delete leaves of a container',
    remove: removing(path, () => removeEmpty(path)),
  }));
}

/** As every directory of a container, mode and owner; one that has just gone is in nobody's way. */
function isOurs(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return true;
  return status.isDirectory() && status.uid === (process.geteuid?.() ?? 0) && (status.mode & 0o777) === 0o700;
}

function isEmpty(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined && readNames(path).length === 0;
}

/** A create may have taken its place meanwhile. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoName(error) !== 'ENOTEMPTY') throw error;
  }
}
