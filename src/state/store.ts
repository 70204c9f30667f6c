// The state root: one directory a container. A directory appears under its id complete, by rename, so no reader ever sees half a state,
// and exactly one of several creators wins. Nothing here starts, signals or removes a container.
import { mkdirSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerId, isContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName, readRegularFile, writeNewFile } from '../host/files.js';
import type { ProcessIdentity } from '../host/process.js';
import type { CgroupLocation } from '../plan/cgroup-location.js';
import type { ResctrlLocation } from '../plan/resctrl.js';
import type { Spec } from '../spec/types.js';
import { readNames, unbornName } from './unborn.js';

const STATE_VERSION = 1;
/** Says who is removing the container; the last file that goes. */
export const REMOVAL = 'removal';
/** What is larger is not of a create. */
export const MAX_STATE_BYTES = 17 * 1024 * 1024;

/** state.json: what is known of a container before anything is done for it; it does not change afterwards. */
export interface StateRecord {
  readonly version: typeof STATE_VERSION;
  readonly id: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339. */
  readonly created: string;
  /** Name of the user who created it. */
  readonly owner: string;
  /** The process that makes the container; when it is gone before the container is published, the create has failed. */
  readonly creator: ProcessIdentity;
  readonly cgroup: CgroupLocation | null;
  /** Where it is in resctrl; absent: not at all. */
  readonly resctrl?: ResctrlLocation | undefined;
  /** A `run` in the foreground, without --keep: whoever made it removes it when its program has ended, and nobody else will. */
  readonly endsWithRun?: boolean | undefined;
  /** create was told to leave the session keyring as it is: then exec does too. */
  readonly noNewKeyring?: boolean | undefined;
  /** config.json as it was used. */
  readonly spec: Spec;
}

/** What is written at the claim, as text. */
export interface ClaimFiles {
  /** config.json: it is kept to the letter, so that no 64-bit integer is rounded. */
  readonly specText: string;
  readonly plan: string;
  /** What the front answers `state` and `kill` from (encodeSummary). */
  readonly summary: string;
  /** What the front makes the plan of an `exec` of (encodeExecTemplate). */
  readonly execTemplate: string;
}

/** Where things of one container are. */
export function containerDirectory(root: string, id: ContainerId): string {
  return join(root, id);
}

/**
 * Makes the state root (mode 0700) if it is missing and refuses one that others could tamper with.
 * @throws TsrunError IO naming the root.
 */
export function prepareRoot(root: string): void {
  if (root === '/')
    throw new TsrunError('USAGE', 'cannot use "/" as the state root: it must be a directory of its own');
  let status: Stats;
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    status = statSync(root);
  } catch (error) {
    throw new TsrunError('IO', `cannot create the state root "${root}": ${describeSystemError(error)}`, {
      hint: 'choose a directory with --root; without it that is $XDG_RUNTIME_DIR/tsrun, or of root /run/tsrun',
      cause: error,
    });
  }
  const uid = process.geteuid?.() ?? 0;
  if (!status.isDirectory()) throw new TsrunError('IO', `cannot use the state root "${root}": it is not a directory`);
  if (status.uid !== uid && status.uid !== 0) {
    throw new TsrunError(
      'IO',
      `cannot use the state root "${root}": it belongs to uid ${status.uid}, must be uid ${uid}`,
    );
  }
  if ((status.mode & 0o022) !== 0) {
    throw new TsrunError('IO', `cannot use the state root "${root}": group or others may write to it`, {
      hint: `chmod 0700 ${root}`,
    });
  }
}

/**
 * Claims the id: writes state.json, which is the intent, and the files beside it, and makes them appear together.
 * @throws TsrunError CONTAINER_EXISTS when another has the id; IO when the root cannot be written. Nothing is left then.
 */
export function claim(root: string, record: Omit<StateRecord, 'version' | 'spec'>, files: ClaimFiles): string {
  const { specText, plan, summary, execTemplate } = files;
  const directory = containerDirectory(root, record.id as ContainerId);
  const unborn = join(root, unbornName(record.id, record.creator));
  const head = JSON.stringify({ version: STATE_VERSION, ...record });
  try {
    mkdirSync(unborn, { mode: 0o700 });
    writeNewFile(join(unborn, 'plan'), plan, 0o600);
    writeNewFile(join(unborn, 'summary'), summary, 0o600);
    writeNewFile(join(unborn, 'exec'), execTemplate, 0o600);
    writeNewFile(join(unborn, 'creator'), `${record.creator.pid} ${record.creator.startTime}\n`, 0o600);
    writeNewFile(join(unborn, 'state.json'), `${head.slice(0, -1)},"spec":${specText}}\n`, 0o600);
    renameSync(unborn, directory);
    return directory;
  } catch (error) {
    discard(unborn);
    const code = errnoName(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw existsError(record.id);
    throw new TsrunError('IO', `cannot write the state in "${root}": ${describeSystemError(error)}`, { cause: error });
  }
}

/** What failed first is told, not that its traces (on a read-only root none) cannot be removed; delete --force removes those. */
function discard(unborn: string): void {
  try {
    rmSync(unborn, { recursive: true, force: true });
  } catch {}
}

function existsError(id: string): TsrunError {
  return new TsrunError('CONTAINER_EXISTS', `cannot create container "${id}": container with given ID already exists`, {
    hint: `"tsrun delete ${id}" removes it`,
  });
}

/** True if a directory of this id exists: what is no directory is somebody else's, and no container. */
export function exists(root: string, id: ContainerId): boolean {
  return statSync(containerDirectory(root, id), { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Reads state.json.
 * @throws TsrunError CONTAINER_NOT_FOUND, or STATE_CORRUPT when it is not what a create of this version wrote for this id.
 */
export function readRecord(root: string, id: ContainerId): StateRecord {
  const directory = containerDirectory(root, id);
  let text: string;
  try {
    text = readRegularFile(join(directory, 'state.json'), MAX_STATE_BYTES).toString();
  } catch (error) {
    if (errnoName(error) === 'ENOTDIR' || (errnoName(error) === 'ENOENT' && isAbsent(directory)))
      throw notFoundError(id);
    throw corruptError(directory, error instanceof TsrunError ? error.message : describeSystemError(error), error);
  }
  return parseRecord(text, id, directory);
}

/** An empty directory, or one with nothing but the mark, is the last that a delete leaves which is killed: it is no container. */
function isAbsent(directory: string): boolean {
  return readNames(directory).every((name) => name === REMOVAL);
}

function notFoundError(id: string): TsrunError {
  return new TsrunError('CONTAINER_NOT_FOUND', `container "${id}" does not exist`);
}

function corruptError(directory: string, reason: string, cause?: unknown): TsrunError {
  return new TsrunError('STATE_CORRUPT', `cannot trust "${join(directory, 'state.json')}": ${reason}`, {
    hint: '"tsrun delete --force" removes the container by what its plan says',
    cause,
  });
}

function parseRecord(text: string, id: string, directory: string): StateRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corruptError(directory, 'it is not JSON', error);
  }
  const reason = describeCorruption(value, id);
  if (reason !== null) throw corruptError(directory, reason);
  return value as StateRecord;
}

function describeCorruption(value: unknown, id: string): string | null {
  if (typeof value !== 'object' || value === null) return 'it is not an object';
  const record = value as Partial<Record<keyof StateRecord, unknown>>;
  if (record.version !== STATE_VERSION) return `version is ${JSON.stringify(record.version)}, must be ${STATE_VERSION}`;
  if (record.id !== id) return `id is ${JSON.stringify(record.id)}, must be "${id}"`;
  for (const key of ['bundle', 'rootfs', 'created', 'owner'] as const) {
    if (typeof record[key] !== 'string') return `${key} is not a string`;
  }
  const creator = record.creator as Partial<ProcessIdentity> | null | undefined;
  if (typeof creator?.pid !== 'number' || typeof creator.startTime !== 'string') return 'creator is not a process';
  if (!isCgroup(record.cgroup)) return 'cgroup is not a place in a cgroup tree';
  return typeof record.spec === 'object' && record.spec !== null ? null : 'spec is not an object';
}

function isCgroup(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { root, path, scope } = value as { root?: unknown; path?: unknown; scope?: unknown };
  return typeof root === 'string' && typeof path === 'string' && (scope === undefined || isScope(scope));
}

function isScope(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { unit, systemd } = value as { unit?: unknown; systemd?: { busctl?: unknown; environment?: unknown } | null };
  return typeof unit === 'string' && typeof systemd?.busctl === 'string' && Array.isArray(systemd.environment);
}

/** The init that create published (`init`) or had begun to make (`init.creating`); null when there is none. */
export function readInit(directory: string): { identity: ProcessIdentity; published: boolean } | null {
  // Twice, as the one becomes the other by rename, perhaps between the two looks.
  for (const name of ['init', 'init.creating', 'init']) {
    const identity = parseIdentity(readInitFile(join(directory, name)));
    if (identity !== null) return { identity, published: name === 'init' };
  }
  return null;
}

/** What is no file tells as little of an init as a torn one; both are for a delete by force. */
function readInitFile(path: string): string | null {
  try {
    return readStateFile(path);
  } catch (error) {
    if (error instanceof TsrunError || errnoName(error) === 'ELOOP') return null;
    throw error;
  }
}

/** Who is removing the container, or was when it was killed (c/state.c); null while nobody has begun to, or has not yet written down who. */
export function readRemover(directory: string): ProcessIdentity | null {
  return parseIdentity(readStateFile(join(directory, REMOVAL)));
}

function parseIdentity(text: string | null): ProcessIdentity | null {
  const match = text === null ? null : /^(\d+) (\d+)\n$/.exec(text);
  return match === null ? null : { pid: Number(match[1]), startTime: match[2] ?? '' };
}

/** A small file of a state directory; null when it is not there. */
export function readStateFile(path: string, limit = 4096): string | null {
  try {
    return readRegularFile(path, limit).toString();
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Ids of all containers in the root, sorted; a root that does not exist has none. */
export function listIds(root: string): ContainerId[] {
  return readNames(root).filter(isContainerId).sort();
}
