// list: the state of every container of a root. One that cannot be read is a warning, never the end of the list.

import type { ContainerState } from '../base/container-state.js';
import { TsrunError } from '../base/errors.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory, listIds } from '../state/store.js';
import { toContainerState } from './state.js';

export interface Listing {
  readonly containers: readonly ContainerState[];
  /** What could not be read, and why. A container that was deleted meanwhile is not among them. */
  readonly problems: readonly TsrunError[];
}

/** @throws TsrunError IO when the root itself cannot be listed; a missing root is an empty one. */
export function listContainers(root: string): Listing {
  const containers: ContainerState[] = [];
  const problems: TsrunError[] = [];
  for (const id of listIds(root)) {
    try {
      containers.push(toContainerState(readSnapshot(root, id), containerDirectory(root, id)));
    } catch (error) {
      if (!(error instanceof TsrunError)) throw error;
      if (error.code !== 'CONTAINER_NOT_FOUND') problems.push(error);
    }
  }
  return { containers, problems };
}
