// The file `summary` of a container: what the front needs to answer `state` and `kill` without the engine (c/express.c). Every word of
// those answers is made here, once, when the container is claimed; the front only fills in pid and status.
import { type ContainerState, OCI_VERSION } from '../base/container-state.js';
import type { StateRecord } from './store.js';

/** The state of a container in the order in which it is printed. */
export function describeState(
  record: Omit<StateRecord, 'version'>,
  pid: number,
  status: ContainerState['status'],
): ContainerState {
  const { annotations } = record.spec;
  return {
    ociVersion: OCI_VERSION,
    id: record.id,
    pid,
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
    owner: record.owner,
  };
}

/** What `tsrun state` prints. */
export function encodeState(state: ContainerState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/**
 * Line 1: the directory of the container's cgroup, empty without one; line 2: `own` or `shared`, whose its pid namespace is; then the
 * text of `state` with %PID% and %STATUS%. The id, which comes before both, cannot contain a percent sign.
 */
export function encodeSummary(record: Omit<StateRecord, 'version'>): string {
  const directory = record.cgroup === null ? '' : `${record.cgroup.root}${record.cgroup.path}`;
  const text = encodeState(describeState(record, 0, 'stopped'))
    .replace('"pid": 0', '"pid": %PID%')
    .replace('"status": "stopped"', '"status": "%STATUS%"');
  return `${directory}\n${sharesPidNamespace(record) ? 'shared' : 'own'}\n${text}`;
}

/** Without a pid namespace of its own the death of init leaves the others alive. */
export function sharesPidNamespace({ spec }: Pick<StateRecord, 'spec'>): boolean {
  const pid = spec.linux?.namespaces?.find(({ type }) => type === 'pid');
  return pid === undefined || (pid.path ?? '') !== '';
}
