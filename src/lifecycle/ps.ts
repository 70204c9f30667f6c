// ps: which processes a container has.
import { readdirSync, readlinkSync } from 'node:fs';
import { parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { readProcesses } from '../cgroup/processes.js';
import { readKernelFile } from '../host/files.js';
import { readSnapshot } from '../state/status.js';
import { sharesPidNamespace } from '../state/summary.js';

/**
 * Pids of the container's processes, ascending: those in its cgroup and below it. A container that has ended has none, unless some outlive
 * its init in a shared pid namespace. Where the host has no cgroup v2, they are those of the container's pid namespace.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, STATE_CORRUPT; HOST_UNSUPPORTED when neither a cgroup nor a pid namespace tells which they are.
 */
export function listProcesses(root: string, idText: string): number[] {
  const id = parseContainerId(idText);
  const { record, pid } = readSnapshot(root, id);
  if (record.cgroup !== null) return readProcesses(record.cgroup);
  if (pid === 0) return [];
  if (sharesPidNamespace(record)) {
    throw new TsrunError(
      'HOST_UNSUPPORTED',
      `cannot list the processes of container "${id}": it has neither a cgroup nor a pid namespace of its own`,
      { hint: 'it was created with --cgroup-manager=disabled, or this host has no cgroup v2' },
    );
  }
  return listNamespaceProcesses(pid);
}

/** The processes of the pid namespace of `init`, and their descendants, which may be in namespaces below it. */
function listNamespaceProcesses(init: number): number[] {
  const namespace = readPidNamespace(init);
  if (namespace === null) return [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
  const parents = new Map(pids.map((pid) => [pid, readParent(pid)]));
  const found = new Set(pids.filter((pid) => readPidNamespace(pid) === namespace));
  for (const pid of pids) {
    const ancestors: number[] = [];
    for (let next = pid; next > 0 && !found.has(next); next = parents.get(next) ?? 0) ancestors.push(next);
    const last = ancestors.at(-1) ?? 0;
    if (last > 0 && found.has(parents.get(last) ?? 0)) for (const ancestor of ancestors) found.add(ancestor);
  }
  return [...found].sort((a, b) => a - b);
}

function readPidNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    // It has ended, or belongs to somebody whose processes are not ours to look at: then it is no container of ours.
    return null;
  }
}

/** proc_pid_stat(5), the second field after the name; 0 when there is no such process. */
function readParent(pid: number): number {
  const text = readKernelFile(`/proc/${pid}/stat`) ?? '';
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
