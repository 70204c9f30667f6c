// state: what runtime-spec calls the state of a container.
import { parseContainerId } from '../base/container-id.js';
import type { ContainerState } from '../base/container-state.js';
import { readSnapshot, type Snapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';
import { describeState } from '../state/summary.js';
import { wasOomKilled } from './oom-kill.js';

/** @throws TsrunError USAGE, CONTAINER_NOT_FOUND, STATE_CORRUPT. */
export function readState(root: string, idText: string): ContainerState {
  const id = parseContainerId(idText);
  return toContainerState(readSnapshot(root, id), containerDirectory(root, id));
}

/** The snapshot in the specification's words. */
export function toContainerState(snapshot: Snapshot, stateDirectory: string): ContainerState {
  const { record, pid, status } = snapshot;
  const state = describeState(record, pid, status);
  return wasOomKilled(snapshot, stateDirectory) ? { ...state, oomKilled: true } : state;
}
