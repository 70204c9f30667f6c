// delete: decides whether a container may go; the helper's mode `teardown` does what its plan says.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { readHostFacts } from '../host/facts.js';
import { errnoName, readRegularFile, replaceFile } from '../host/files.js';
import type { HelperInvocation } from '../host/helper.js';
import { isAlive, isRuntime, type ProcessIdentity, readProcess } from '../host/process.js';
import type { CgroupLocation } from '../plan/cgroup-location.js';
import { compileTeardown } from '../plan/compile.js';
import { encodePlan } from '../plan/encode.js';
import { readSnapshot, type Snapshot } from '../state/status.js';
import { containerDirectory, exists, type StateRecord } from '../state/store.js';
import { isUnbornOf, listDeadUnborn, removeUnborn } from '../state/unborn.js';

/** How long a killed creator may take to end, in milliseconds. */
const CREATOR_DEADLINE = 5000;
const MAX_SUMMARY_BYTES = 65536;

/**
 * Decides whether the container may be deleted and answers what the helper has to do; null when there is nothing to delete and `force`
 * was given. With `force` a create that is still at work is killed first.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT.
 */
export async function prepareDelete(root: string, idText: string, force: boolean): Promise<HelperInvocation | null> {
  const id = parseContainerId(idText);
  if (force) {
    for (const unborn of listDeadUnborn(root)) if (isUnbornOf(unborn, id)) removeUnborn(root, unborn);
    if (!exists(root, id)) return null;
  }
  const stateDirectory = containerDirectory(root, id);
  const record = force ? await readForced(root, id) : checkDeletable(readSnapshot(root, id));
  repairPlan(stateDirectory, record);
  return { mode: 'teardown', stateDirectory };
}

/** Without a state that can be trusted, the plan alone has to do. */
async function readForced(root: string, id: ContainerId): Promise<StateRecord | null> {
  try {
    const { record, status, pid } = readSnapshot(root, id);
    if (status === 'creating' || (status === 'created' && isParent(record.creator, pid))) {
      await killCreator(record.creator);
    }
    return record;
  } catch (error) {
    // Not found: another delete is further than this one. The helper sees what there is left to do.
    if (error instanceof TsrunError && (error.code === 'STATE_CORRUPT' || error.code === 'CONTAINER_NOT_FOUND'))
      return null;
    throw error;
  }
}

/**
 * A create that has published its init, and was stopped before it could end. The creator that the library notes is its own process, which
 * lives on as it likes: that one has the helper between itself and init.
 */
function isParent(creator: ProcessIdentity, init: number): boolean {
  return readProcess(init)?.parent === creator.pid && isAlive(creator);
}

/** The creator that the library notes is its user's program, and not ours to kill; its helper finds its directory gone, and undoes the rest. */
async function killCreator(creator: ProcessIdentity): Promise<void> {
  if (!isRuntime(creator)) return;
  const deadline = performance.now() + CREATOR_DEADLINE;
  while (isAlive(creator)) {
    if (performance.now() > deadline) {
      throw new TsrunError(
        'CONTAINER_STATUS',
        `cannot delete the container: its creator, process ${creator.pid}, does not end`,
      );
    }
    try {
      process.kill(creator.pid, 'SIGKILL');
    } catch (error) {
      if (errnoName(error) !== 'ESRCH') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function checkDeletable({ record, status }: Snapshot): StateRecord {
  if (status === 'stopped' || status === 'created') return record;
  const owner = status === 'creating' ? `: process ${record.creator.pid} is creating it` : '';
  throw new TsrunError(
    'CONTAINER_STATUS',
    `cannot delete container "${record.id}" that is not stopped: ${status}${owner}`,
    { hint: `"tsrun delete --force ${record.id}" kills and deletes it` },
  );
}

/** A plan that was torn or lost, or is another container's, is written again from the state, as far as teardown needs it. */
export function repairPlan(stateDirectory: string, record: StateRecord | null): void {
  const path = join(stateDirectory, 'plan');
  if (isWhole(path, record?.cgroup ?? null)) return;
  const plan = compileTeardown(
    record?.spec ?? null,
    record === null ? null : { id: record.id, bundle: record.bundle, cgroup: record.cgroup, resctrl: record.resctrl },
    record === null ? readSummaryCgroup(stateDirectory) : null,
  );
  try {
    // What rename(2) would not replace is no plan.
    for (const name of [path, `${path}.new`])
      if (statSync(name, { throwIfNoEntry: false })?.isDirectory()) rmSync(name, { recursive: true });
    replaceFile(path, encodePlan(plan), 0o600);
  } catch (error) {
    // Another delete has removed the directory, or is at it: the helper sees the same.
    if (errnoName(error) !== 'ENOENT' && errnoName(error) !== 'EEXIST') throw error;
  }
}

/** Where the state is lost, the summary still tells the directory of the cgroup. */
function readSummaryCgroup(stateDirectory: string): CgroupLocation | null {
  const { cgroupRoot } = readHostFacts();
  try {
    const [line = ''] = readRegularFile(join(stateDirectory, 'summary'), MAX_SUMMARY_BYTES).toString().split('\n');
    const known = cgroupRoot !== null && line.startsWith(`${cgroupRoot}/`);
    return known ? { root: cgroupRoot, path: line.slice(cgroupRoot.length) } : null;
  } catch (error) {
    if (errnoName(error) === 'ENOENT' || errnoName(error) === 'ELOOP' || error instanceof TsrunError) return null;
    throw error;
  }
}

function isWhole(path: string, cgroup: CgroupLocation | null): boolean {
  try {
    const text = readRegularFile(path, 64 * 1024 * 1024).toString();
    const isOwn = cgroup === null || text.includes(`\t${cgroup.root}\t${cgroup.path}\n`);
    return isOwn && text.startsWith('tsrun-plan\t1\n') && /\nend\t\d+\n$/.test(text.slice(-32));
  } catch (error) {
    if (errnoName(error) === 'ENOENT' || errnoName(error) === 'ELOOP' || error instanceof TsrunError) return false;
    throw error;
  }
}
