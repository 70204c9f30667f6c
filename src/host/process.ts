// What /proc tells about a process: enough to know that a pid is still the process it was.
import { readKernelFile } from './files.js';

export interface ProcessFacts {
  /** The kernel's name of the process, at most 15 bytes. */
  readonly name: string;
  /** proc_pid_stat(5) state letter. */
  readonly state: string;
  /** Pid of its parent. */
  readonly parent: number;
  /** Clock ticks since boot, as decimal text: with the pid it identifies a process for good. */
  readonly startTime: string;
}

/** Facts of a process, or null when there is none, zombies included. */
export function readProcess(pid: number): ProcessFacts | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const text = readKernelFile(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name may hold anything, also ")": the last parenthesis ends it.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const state = fields[0] ?? '';
  if (state === 'Z' || state === 'X') return null;
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    state,
    parent: Number(fields[1]),
    startTime: fields[19] ?? '',
  };
}

/** A process as it is written down: pid and start time. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** True if this very process lives: another one that got its pid does not count. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startTime === identity.startTime;
}

/** The process that makes a container: the front that becomes the helper, or this one where there is no front. */
export function creatorIdentity(): ProcessIdentity {
  const pid = process.env.TSRUN_CALLER_HANDOFF === undefined ? process.pid : process.ppid;
  return { pid, startTime: readProcess(pid)?.startTime ?? '' };
}
