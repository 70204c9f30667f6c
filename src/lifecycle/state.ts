// state: what runtime-spec calls the state of a container.
import { parseContainerId } from '../base/container-id.js';
import type { ContainerState } from '../base/container-state.js';
import { readSnapshot, toContainerState } from '../state/status.js';

/** @throws TsrunError USAGE, CONTAINER_NOT_FOUND, STATE_CORRUPT. */
export function readState(root: string, id: string): ContainerState {
  return toContainerState(readSnapshot(root, parseContainerId(id)));
}
