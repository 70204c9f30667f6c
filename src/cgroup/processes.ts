// Which processes are in a cgroup and below it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readKernelFile } from '../host/files.js';
import { parsePids } from './formats.js';
import { type Cgroup, cgroupDirectory, isAbsence, readInterfaceFile } from './interface-file.js';

/** Pids of the processes in a cgroup and all below it, ascending; none when it is gone. */
export function readProcesses(cgroup: Cgroup): number[] {
  const found = new Set<number>();
  const waiting = [cgroupDirectory(cgroup)];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const pid of readOwnProcesses(directory)) found.add(pid);
    waiting.push(...listChildren(directory));
  }
  return [...found].sort((a, b) => a - b);
}

/** True while a process lives in the cgroup or below it; false when it is gone. */
export function isPopulated(cgroup: Cgroup): boolean {
  return /^populated 1$/m.test(readInterfaceFile(cgroupDirectory(cgroup), 'cgroup.events') ?? '');
}

/** In a threaded cgroup cgroup.procs cannot be read: what it has are threads, of processes that are in the cgroup in part. */
function readOwnProcesses(directory: string): number[] {
  const processes = readInterfaceFile(directory, 'cgroup.procs');
  if (processes !== null) return parsePids(processes);
  return parsePids(readInterfaceFile(directory, 'cgroup.threads') ?? '').flatMap(readProcessOfThread);
}

function readProcessOfThread(thread: number): number[] {
  const match = /^Tgid:\s*(\d+)$/m.exec(readKernelFile(`/proc/${thread}/status`) ?? '');
  return match ? [Number(match[1])] : [];
}

function listChildren(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
