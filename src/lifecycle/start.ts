// start: lets the init of a created container execute the program. The helper waits until it really has, and runs the poststart hooks.
import { parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import type { HelperInvocation } from '../host/helper.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';

/**
 * Checks that the container waits for its start and answers what the helper has to do.
 * @throws TsrunError CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT.
 */
export function prepareStart(root: string, idText: string): HelperInvocation {
  const id = parseContainerId(idText);
  const { status } = readSnapshot(root, id);
  if (status === 'created') return { mode: 'start', stateDirectory: containerDirectory(root, id) };
  const reasons = {
    creating: 'it is still being created',
    running: 'cannot start an already running container',
    paused: 'cannot start an already running container',
    stopped: 'cannot start a container that has stopped',
  };
  throw new TsrunError('CONTAINER_STATUS', `cannot start container "${id}": ${reasons[status]}`, {
    hint: status === 'stopped' ? `"tsrun delete ${id}" removes it; then it can be created again` : undefined,
  });
}
