// What of one container somebody left who was killed: a create that had not come to its end, a delete that had begun, a run in the foreground
// whose program has ended. Found by what is in the state directory, and removed by the helper, which looks once more under the lock of deletes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerId } from '../base/container-id.js';
import type { ContainerStatus } from '../base/container-state.js';
import { TsrunError } from '../base/errors.js';
import { runHelper } from '../host/helper.js';
import { isAlive, type ProcessIdentity } from '../host/process.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory, readInit, readRecord, readRemover, type StateRecord } from '../state/store.js';
import { readNames } from '../state/unborn.js';
import { repairPlan } from './delete.js';

/** Which command was killed. */
export type RemainsKind = 'create' | 'delete' | 'run';

export interface Remains {
  readonly kind: RemainsKind;
  /** Null where a removal had come so far that nothing says more. */
  readonly record: StateRecord | null;
}

/** What decides. */
export interface Traces {
  readonly status: ContainerStatus;
  readonly published: boolean;
  readonly endsWithRun: boolean;
  readonly creatorAlive: boolean;
  /** Null: nobody has begun to remove it. */
  readonly removerAlive: boolean | null;
}

/**
 * Null for a container that somebody may want, or is removing. A removal begins when nothing of the container lives any more (c/run.c), so
 * whoever is found to have begun one, and is dead, left nothing that runs.
 */
export function judge(traces: Traces): RemainsKind | null {
  const { status, published, endsWithRun, creatorAlive, removerAlive } = traces;
  if (removerAlive !== null) return !removerAlive && (status === 'stopped' || status === 'creating') ? 'delete' : null;
  if (status !== 'stopped') return null;
  if (!published) return 'create';
  return endsWithRun && !creatorAlive ? 'run' : null;
}

/**
 * What is left of the container; null when it is another's to keep or to remove, 'gone' when there is none.
 * @throws TsrunError STATE_CORRUPT.
 */
export function findRemains(root: string, id: ContainerId): Remains | 'gone' | null {
  const directory = containerDirectory(root, id);
  try {
    const { status, record } = readSnapshot(root, id);
    const published = readInit(directory)?.published ?? false;
    const removerAlive = isRemoverAlive(directory);
    const { endsWithRun = false, creator } = record;
    const kind = judge({ status, published, endsWithRun, creatorAlive: isAlive(creator), removerAlive });
    return kind !== null && isStill(root, id, record) ? { kind, record } : null;
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    if (error.code !== 'CONTAINER_NOT_FOUND' && error.code !== 'STATE_CORRUPT') throw error;
    if (isBeyondState(directory)) return findLastRemains(directory);
    if (error.code === 'STATE_CORRUPT') throw error;
    return 'gone';
  }
}

/** A delete that lives may have removed the rest by the time that its mark is looked for. */
function findLastRemains(directory: string): Remains | 'gone' | null {
  if (isRemoverAlive(directory)) return null;
  return isBeyondState(directory) ? { kind: 'delete', record: null } : 'gone';
}

/**
 * The mark of a removal goes after the state. So where the same state is there at the end as at the beginning, all that was seen in between is
 * of one container, and that no mark was there means that nobody had begun to remove it.
 */
function isStill(root: string, id: ContainerId, { created, creator }: StateRecord): boolean {
  const now = readRecord(root, id);
  return now.created === created && now.creator.pid === creator.pid && now.creator.startTime === creator.startTime;
}

function isRemoverAlive(directory: string): boolean | null {
  const remover = readRemover(directory);
  return remover === null ? null : isAlive(remover);
}

/** Every claim has both files, from the moment when it can be seen, and they go last. */
function isBeyondState(directory: string): boolean {
  return (
    ['state.json', 'creator'].every((name) => !existsSync(join(directory, name))) && readNames(directory).length > 0
  );
}

/** Someone else may be faster: that is as good. @throws TsrunError HELPER_FAILED when something of it cannot be removed. */
export async function removeRemains(root: string, id: ContainerId, { kind, record }: Remains): Promise<void> {
  const stateDirectory = containerDirectory(root, id);
  repairPlan(stateDirectory, record);
  const { pid, startTime }: ProcessIdentity = record?.creator ?? { pid: 0, startTime: '0' };
  const mode = kind === 'delete' && record !== null ? 'finish' : 'discard';
  const { status, record: report } = await runHelper({ mode: `${mode}=${pid}.${startTime}`, stateDirectory });
  if (status === 0 && report === '') return;
  const { describeStep, parseReport } = await import('./helper-report.js');
  const { failure, warnings } = parseReport(report);
  const step = failure ?? warnings[0];
  const why = step === undefined ? 'the helper ended without an answer' : describeStep(step);
  throw new TsrunError(
    'HELPER_FAILED',
    `cannot remove what an interrupted ${kind} of "${id}" left in "${stateDirectory}": ${why}`,
    { details: { report } },
  );
}

/**
 * Frees the id for a create where a killed create or delete left it; false when the container is of another kind and has to stay. True as well
 * when it has gone meanwhile, by whomever: the id may be another's then. What a killed `run` left stays: it had a status and a pid that
 * others may have seen, and as with runc its caller gets to know that it did not come to its end. `tsrun gc` removes it.
 */
export async function healId(root: string, id: ContainerId): Promise<boolean> {
  const remains = findRemains(root, id);
  if (remains === null || remains === 'gone') return remains !== null;
  if (remains.kind === 'run') return false;
  await removeRemains(root, id, remains);
  return true;
}
