// Finds out the status of a container from what is on disk and in /proc at this moment. Reads only.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerId } from '../base/container-id.js';
import { type ContainerStatus, deriveStatus } from '../base/container-state.js';
import { readKernelFile } from '../host/files.js';
import { isAlive, type ProcessIdentity, readProcess } from '../host/process.js';
import { containerDirectory, readInit, readRecord, type StateRecord } from './store.js';

/** The name that the helper gives to an init that waits in exec.fifo (c/start.c). */
const WAITING_INIT = 'tsrun:init';

export interface Snapshot {
  readonly status: ContainerStatus;
  /** Pid of init; 0 when it is not alive. */
  readonly pid: number;
  /** The init that create has recorded; null when there is none. */
  readonly init: ProcessIdentity | null;
  readonly record: StateRecord;
}

/**
 * What is known of a container now.
 * @throws TsrunError CONTAINER_NOT_FOUND or STATE_CORRUPT.
 */
export function readSnapshot(root: string, id: ContainerId): Snapshot {
  const record = readRecord(root, id);
  const directory = containerDirectory(root, id);
  // What may vanish is looked at before what outlives it: the creator ends after it has published init, a delete removes the fifo of an init
  // that has ended. The other way round a container would for a moment seem stopped, or running, that never was.
  const creatorAlive = isAlive(record.creator);
  const hasFifo = existsSync(join(directory, 'exec.fifo'));
  const init = readInit(directory);
  const process = init === null ? null : readProcess(init.identity.pid);
  const initAlive = process !== null && process.startTime === init?.identity.startTime;
  const status = deriveStatus({
    published: init?.published ?? false,
    initAlive,
    creatorAlive,
    waiting: process?.name === WAITING_INIT && hasFifo,
    frozen: initAlive && isFrozen(record),
  });
  return {
    status,
    pid: initAlive && status !== 'stopped' ? (init?.identity.pid ?? 0) : 0,
    init: init?.identity ?? null,
    record,
  };
}

function isFrozen({ cgroup }: StateRecord): boolean {
  if (cgroup === null) return false;
  return /^frozen 1$/m.test(readKernelFile(join(cgroup.root, cgroup.path, 'cgroup.events')) ?? '');
}
