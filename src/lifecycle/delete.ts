// delete: decides whether a container may go; the helper's mode `teardown` does what its plan says. Also heals what a killed create left.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { errnoName, readRegularFile, replaceFile } from '../host/files.js';
import { type HelperInvocation, runHelper } from '../host/helper.js';
import { isAlive, type ProcessIdentity } from '../host/process.js';
import { compileTeardown } from '../plan/compile.js';
import { encodePlan } from '../plan/encode.js';
import { readSnapshot, type Snapshot } from '../state/status.js';
import { containerDirectory, exists, readInit, removeUnborn, type StateRecord } from '../state/store.js';

/** How long a killed creator may take to end, in milliseconds. */
const CREATOR_DEADLINE = 5000;

/**
 * Decides whether the container may be deleted and answers what the helper has to do; null when there is nothing to delete and `force`
 * was given. With `force` a create that is still at work is killed first.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT.
 */
export async function prepareDelete(root: string, idText: string, force: boolean): Promise<HelperInvocation | null> {
  const id = parseContainerId(idText);
  if (force) {
    removeUnborn(root, id);
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
    const { record, status } = readSnapshot(root, id);
    if (status === 'creating') await killCreator(record.creator);
    return record;
  } catch (error) {
    if (error instanceof TsrunError && error.code === 'STATE_CORRUPT') return null;
    throw error;
  }
}

async function killCreator(creator: ProcessIdentity): Promise<void> {
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

/** A plan that was torn or lost is written again from the state, as far as teardown needs it. */
function repairPlan(stateDirectory: string, record: StateRecord | null): void {
  const path = join(stateDirectory, 'plan');
  if (isWhole(path)) return;
  const plan = compileTeardown(
    record?.spec ?? null,
    record === null ? null : { id: record.id, bundle: record.bundle, cgroup: record.cgroup },
  );
  replaceFile(path, encodePlan(plan), 0o600);
}

function isWhole(path: string): boolean {
  try {
    const text = readRegularFile(path, 64 * 1024 * 1024).toString('latin1');
    return text.startsWith('tsrun-plan\t1\n') && /\nend\t\d+\n$/.test(text.slice(-32));
  } catch (error) {
    if (errnoName(error) === 'ENOENT' || error instanceof TsrunError) return false;
    throw error;
  }
}

/**
 * Removes a container whose creator was killed before it was published, with all that it had made; false when the container is of another
 * kind and has to stay.
 * @throws TsrunError HELPER_FAILED when something of it cannot be removed.
 */
export async function discardDeadCreate(root: string, id: ContainerId): Promise<boolean> {
  const directory = containerDirectory(root, id);
  const { status, record } = readSnapshot(root, id);
  if (status !== 'stopped' || readInit(directory)?.published) return false;
  const aside = join(root, `.dead.${id}.${record.creator.pid}.${record.creator.startTime}`);
  try {
    renameSync(directory, aside);
  } catch (error) {
    // Another create of this id was faster: there is nothing to heal any more.
    if (errnoName(error) === 'ENOENT') return true;
    throw error;
  }
  if (await isSameCreate(aside, record)) {
    await tearDown(id, aside, record);
    return true;
  }
  // Between the look and the rename another create healed the id and claimed it: that one is alive, and gets its place back.
  renameSync(aside, directory);
  return false;
}

async function isSameCreate(directory: string, expected: StateRecord): Promise<boolean> {
  const found = JSON.parse(readRegularFile(join(directory, 'state.json'), 17 * 1024 * 1024).toString()) as StateRecord;
  return found.creator.pid === expected.creator.pid && found.creator.startTime === expected.creator.startTime;
}

async function tearDown(id: ContainerId, stateDirectory: string, record: StateRecord): Promise<void> {
  repairPlan(stateDirectory, record);
  const { status, record: report } = await runHelper({ mode: 'teardown', stateDirectory });
  if (status === 0 && report === '') return;
  throw new TsrunError(
    'HELPER_FAILED',
    `cannot remove what an interrupted create of "${id}" left in "${stateDirectory}"`,
    {
      details: { report },
    },
  );
}
