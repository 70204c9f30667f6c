// update: changes the limits of a living container, all of them or none. The helper writes; what has come of linux.resources is kept, so that
// the next update goes on from there.
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { readHostFacts } from '../host/facts.js';
import { describeSystemError, errnoName, readKernelFile, replaceFile } from '../host/files.js';
import { runHelper } from '../host/helper.js';
import type { CgroupLocation } from '../plan/cgroup-location.js';
import { encodePlan } from '../plan/encode.js';
import type { ResctrlLocation } from '../plan/resctrl.js';
import { mergeResources } from '../plan/resources/merge.js';
import { type CgroupChange, compileUpdate, listUpdateFiles, type UpdatePlan } from '../plan/update.js';
import type { Resources } from '../spec/types.js';
import { checkResourcesAlone } from '../spec/validate.js';
import {
  areResourcesStaged,
  commitResources,
  discardStagedResources,
  readResources,
  stageResources,
} from '../state/resources.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';
import { describeStep, parseReport, reportError } from './helper-report.js';

export interface UpdateOptions {
  /** Says what would be changed, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Lines for the schemata of the container's class in resctrl, which linux.intelRdt has asked for at `create`. */
  readonly schemata?: readonly string[] | undefined;
}

export interface UpdateOutcome {
  readonly changes: readonly CgroupChange[];
  readonly warnings: readonly string[];
}

/** The journal: there while an update is at work, and after one that was killed. */
const JOURNAL = 'update';
const LOCK = 'update.lock';
/** A lock that nobody renews for so long, in milliseconds, is that of a dead update. */
const STALE = 5000;
/** Another update has this long to end, in milliseconds. */
const PATIENCE = 15_000;

interface Subject {
  readonly root: string;
  readonly id: ContainerId;
  readonly stateDirectory: string;
  readonly cgroup: CgroupLocation;
  readonly resctrl: ResctrlLocation | null;
  readonly current: Resources;
}

/** What is asked for. */
interface Change {
  readonly resources: Resources;
  readonly schemata: readonly string[];
}

/**
 * Merges `change` into the container's limits (mergeResources()) and puts them into effect.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT; SpecError with everything that is wrong with the limits;
 * HELPER_FAILED when the kernel or systemd refuses one: then everything is as before.
 */
export async function updateContainer(
  root: string,
  idText: string,
  resources: Resources,
  { dryRun = false, schemata = [] }: UpdateOptions = {},
): Promise<UpdateOutcome> {
  const id = parseContainerId(idText);
  const subject = findSubject(root, id);
  const change: Change = { resources, schemata };
  if (dryRun) {
    const { changes, warnings } = (await planUpdate(subject, change)).update;
    return { changes, warnings };
  }
  const release = await takeLock(subject);
  try {
    return await apply(findSubject(root, id), change);
  } catch (error) {
    throw wordFailure(subject, error);
  } finally {
    await release();
  }
}

function findSubject(root: string, id: ContainerId): Subject {
  const { status, record } = readSnapshot(root, id);
  if (status === 'stopped' || status === 'creating') {
    throw new TsrunError('CONTAINER_STATUS', `cannot update container "${id}": container not running`, {
      hint: `its status is ${status}`,
    });
  }
  if (record.cgroup === null) {
    throw new TsrunError('SPEC_UNSUPPORTED', `cannot update container "${id}": it was created without a cgroup`);
  }
  const stateDirectory = containerDirectory(root, id);
  const { cgroup, resctrl = null } = record;
  return { root, id, stateDirectory, cgroup, resctrl, current: readResources(root, record) };
}

async function takeLock(subject: Subject): Promise<() => Promise<void>> {
  const { stateDirectory } = subject;
  const { lock } = await import('proper-lockfile');
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await lock(stateDirectory, { lockfilePath: join(stateDirectory, LOCK), stale: STALE });
    } catch (cause) {
      // Only a lock that is held is worth waiting for: proper-lockfile's own retries also wait for a directory that is gone.
      if (errnoName(cause) !== 'ELOCKED' || performance.now() > deadline) throw lockError(subject, cause);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function lockError(subject: Subject, cause: unknown): unknown {
  if (errnoName(cause) !== 'ELOCKED') return wordFailure(subject, cause);
  return new TsrunError(
    'CONTAINER_STATUS',
    `cannot update container "${subject.id}": another update is at work on it`,
    {
      hint: 'try again when it has ended',
      cause,
    },
  );
}

/** What the system says of the state directory; any other error as it is. */
function wordFailure({ id, stateDirectory }: Subject, cause: unknown): unknown {
  if (cause instanceof TsrunError || errnoName(cause) === undefined) return cause;
  const begin = `cannot update container "${id}"`;
  if (errnoName(cause) === 'ENOENT') {
    return new TsrunError('CONTAINER_NOT_FOUND', `${begin}: it was deleted meanwhile`, { cause });
  }
  return new TsrunError('IO', `${begin}: write in "${stateDirectory}": ${describeSystemError(cause)}`, { cause });
}

async function planUpdate(subject: Subject, change: Change): Promise<{ next: Resources; update: UpdatePlan }> {
  const { cgroup, current } = subject;
  const next = mergeResources(current, change.resources);
  checkResourcesAlone(next, 'linux.resources');
  const facts = readHostFacts({ limits: true });
  const before = readFiles(cgroup, listUpdateFiles(next, facts));
  const update = compileUpdate({ cgroup, current, next, before }, facts);
  return { next, update: change.schemata.length === 0 ? update : await planSchemata(subject, update, change.schemata) };
}

async function planSchemata(
  { id, resctrl }: Subject,
  update: UpdatePlan,
  lines: readonly string[],
): Promise<UpdatePlan> {
  if (resctrl === null) {
    throw new TsrunError('SPEC_UNSUPPORTED', `cannot update container "${id}": it was created without linux.intelRdt`);
  }
  const { readSchemata } = await import('../host/resctrl.js');
  const { addSchemata } = await import('../plan/resctrl-update.js');
  const present = readSchemata(resctrl.root, resctrl.group);
  if (present !== null) return addSchemata(update, resctrl, lines, present);
  const group = join(resctrl.root, resctrl.group);
  throw new TsrunError('HOST_UNSUPPORTED', `cannot update container "${id}": its resctrl group "${group}" is gone`);
}

function readFiles({ root, path }: CgroupLocation, files: readonly string[]): Map<string, string> {
  const texts = files.map((file) => [file, readValue(join(root, path, file))] as const);
  return new Map(texts.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** '' of a file that can only be written; null where there is none. */
function readValue(path: string): string | null {
  try {
    return readKernelFile(path);
  } catch (error) {
    if (errnoName(error) === 'EACCES' || errnoName(error) === 'EINVAL') return '';
    throw error;
  }
}

async function apply(subject: Subject, change: Change): Promise<UpdateOutcome> {
  const { root, id, stateDirectory } = subject;
  await undoKilledUpdate(subject);
  const { next, update } = await planUpdate(subject, change);
  stageResources(root, id, next);
  replaceFile(join(stateDirectory, JOURNAL), encodePlan(update.plan), 0o600);
  const warnings = await runUpdate(subject, 'update');
  commitResources(root, id);
  forget(subject);
  return { changes: update.changes, warnings: [...update.warnings, ...warnings] };
}

/** Whether an update of the container was killed: what it left is there, and nobody has renewed its lock for as long as a dead one lasts. */
export function isUpdateInterrupted(stateDirectory: string): boolean {
  const lock = statSync(join(stateDirectory, LOCK), { throwIfNoEntry: false });
  if (lock !== undefined) return Date.now() - lock.mtimeMs > STALE;
  return [JOURNAL, 'resources.next'].some((name) => existsSync(join(stateDirectory, name)));
}

/**
 * Does what the next update would do first: what a killed one had begun is undone, or kept if it had happened.
 * @throws TsrunError as updateContainer().
 */
export async function undoInterruptedUpdate(root: string, id: ContainerId): Promise<void> {
  const subject = findSubject(root, id);
  const release = await takeLock(subject);
  try {
    await undoKilledUpdate(subject);
  } catch (error) {
    throw wordFailure(subject, error);
  } finally {
    await release();
  }
}

/** A journal whose limits are not staged any more is that of an update that has happened: nothing of it is to be undone. */
async function undoKilledUpdate(subject: Subject): Promise<void> {
  const { root, id, stateDirectory } = subject;
  const begun = existsSync(join(stateDirectory, JOURNAL));
  if (begun && areResourcesStaged(root, id)) await runUpdate(subject, 'rollback');
  forget(subject);
}

/** The journal first: while it is there, what is staged says whether the update has happened. */
function forget({ root, id, stateDirectory }: Subject): void {
  rmSync(join(stateDirectory, JOURNAL), { force: true });
  discardStagedResources(root, id);
}

/** What the helper could not do it has undone by the time it says so; one that was killed, or could not undo it, leaves that to the next. */
async function runUpdate(subject: Subject, mode: 'update' | 'rollback'): Promise<string[]> {
  const { id, stateDirectory } = subject;
  const { status, record } = await runHelper({ mode, stateDirectory });
  const report = parseReport(record);
  if (report.failure === null && status === 0) return report.warnings.map(describeStep);
  const undone = mode === 'update' && report.failure !== null && report.cleanups.length === 0;
  if (undone) forget(subject);
  throw reportError(report, { verb: 'update', id });
}
