// gc: what crashes have left of containers of one state root, found and removed. Each finding says what proves that nobody wants it any more;
// what cannot be proven is left alone, and so is every container that ended in the ordinary way, as its manager has still to read it.
import { TsrunError } from '../base/errors.js';
import { findCgroups } from './garbage/cgroups.js';
import { findContainers, findUpdates } from './garbage/containers.js';
import { findEmptyDirectories, findFilters, findUnborn } from './garbage/files.js';
import type { Finding, Garbage, GarbageScope } from './garbage/finding.js';
import { findProcesses } from './garbage/processes.js';

export interface CollectOptions {
  /** Says what would be removed, and removes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What gc has found, and what it could not look at or remove. */
export interface Collection {
  /** With `dryRun` all that was found, otherwise what was removed. */
  readonly garbage: readonly Garbage[];
  readonly problems: readonly TsrunError[];
}

/** A container takes its cgroup and processes with it, so those come last. */
const SEARCHES: readonly ((scope: GarbageScope) => Promise<Finding[]>)[] = [
  findUnborn,
  findFilters,
  findEmptyDirectories,
  findContainers,
  findUpdates,
  findCgroups,
  findProcesses,
];

/** Removes what crashes have left in this state root. What cannot be removed is one problem, and keeps nothing else from being removed. */
export async function collectGarbage(root: string, { dryRun = false }: CollectOptions = {}): Promise<Collection> {
  const garbage: Garbage[] = [];
  const problems: TsrunError[] = [];
  const attempt = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof TsrunError)) throw error;
      problems.push(error);
    }
  };
  for (const search of SEARCHES) {
    await attempt(async () => {
      for (const { remove, ...found } of await search({ root, garbage, problems })) {
        await attempt(async () => {
          if (dryRun || (await remove())) garbage.push(found);
        });
      }
    });
  }
  return { garbage, problems };
}
