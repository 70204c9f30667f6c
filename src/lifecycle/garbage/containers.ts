// Containers of the state root of which a command was killed, and updates.
import { TsrunError } from '../../base/errors.js';
import { readSnapshot } from '../../state/status.js';
import { containerDirectory, listIds } from '../../state/store.js';
import { findRemains, type RemainsKind, removeRemains } from '../remains.js';
import { isUpdateInterrupted, undoInterruptedUpdate } from '../update.js';
import type { Finding, GarbageScope } from './finding.js';

const REASONS: Readonly<Record<RemainsKind, string>> = {
  create: 'the command that was creating it was killed, and nobody else has seen it',
  delete: 'the command that was removing it was killed',
  run: 'its program has ended, and the run that would have removed it was killed',
};

export async function findContainers({ root, problems }: GarbageScope): Promise<Finding[]> {
  return listIds(root).flatMap((id): Finding[] => {
    const remains = attempt(problems, () => findRemains(root, id));
    if (remains === null || remains === 'gone') return [];
    const remove = async () => {
      await removeRemains(root, id, remains);
      const found = findRemains(root, id);
      return found === 'gone' || found?.record?.created !== remains.record?.created;
    };
    return [{ kind: 'container', name: id, reason: REASONS[remains.kind], remove }];
  });
}

/** Of containers that live: with others, what an update has left goes away. */
export async function findUpdates({ root }: GarbageScope): Promise<Finding[]> {
  const living = listIds(root).filter((id) => isUpdateInterrupted(containerDirectory(root, id)) && isLiving(root, id));
  return living.map((id) => ({
    kind: 'update',
    name: id,
    reason: 'the command that was changing its limits was killed',
    remove: async () => {
      await undoInterruptedUpdate(root, id);
      return true;
    },
  }));
}

/** What cannot be read has been told of by findContainers(). */
function isLiving(root: string, id: ReturnType<typeof listIds>[number]): boolean {
  const status = attempt([], () => readSnapshot(root, id).status);
  return status === 'created' || status === 'running' || status === 'paused';
}

function attempt<T>(problems: TsrunError[], look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    problems.push(error);
    return null;
  }
}
