// pause and resume: every process of the container stands still, or goes on. The helper does it through the cgroup's freezer.
import { parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import type { HelperInvocation } from '../host/helper.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';

/**
 * Checks that the container can be paused and answers what the helper has to do.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT; SPEC_UNSUPPORTED for a container without a cgroup.
 */
export function preparePause(root: string, id: string): HelperInvocation {
  // A created container is one process of the runtime's, and callers (containerd) pause it too.
  return prepare(root, id, 'pause', ['running', 'created'], 'container not running or created');
}

/** As preparePause, for a container that is paused. */
export function prepareResume(root: string, id: string): HelperInvocation {
  return prepare(root, id, 'resume', ['paused'], 'container not paused');
}

function prepare(
  root: string,
  idText: string,
  verb: 'pause' | 'resume',
  allowed: readonly string[],
  refusal: string,
): HelperInvocation {
  const id = parseContainerId(idText);
  const { status, record } = readSnapshot(root, id);
  if (!allowed.includes(status)) {
    throw new TsrunError('CONTAINER_STATUS', `cannot ${verb} container "${id}": ${refusal}`, {
      hint: `its status is ${status}`,
    });
  }
  if (record.cgroup === null) {
    throw new TsrunError('SPEC_UNSUPPORTED', `cannot ${verb} container "${id}": it was created without a cgroup`);
  }
  return { mode: verb, stateDirectory: containerDirectory(root, id) };
}
