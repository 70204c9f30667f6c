// What /proc tells about a process: enough to know that a pid is still the process it was.
import { readlinkSync } from 'node:fs';
import { TsrunError } from '../base/errors.js';
import { readKernelFile } from './files.js';

/** The kernel's; proc_sys_kernel(5), pid_max. */
const PID_MAX_LIMIT = 4194304;

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

/**
 * Facts of a process, or null when there is none, zombies included.
 * @throws TsrunError HOST_UNSUPPORTED when there is one that /proc does not show: what lives must not count as dead.
 */
export function readProcess(pid: number): ProcessFacts | null {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid > PID_MAX_LIMIT) return null;
  const text = readKernelFile(`/proc/${pid}/stat`);
  if (text === null) {
    if (!isHidden(pid)) return null;
    throw new TsrunError('HOST_UNSUPPORTED', `cannot tell what process ${pid} is: /proc does not show it`, {
      hint: 'proc has to be mounted on /proc, for this user without "hidepid"',
    });
  }
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

/** Of one that may not be signalled (EPERM) the pid is another user's by now. A process that began between the two looks is there at the second one. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return readKernelFile(`/proc/${pid}/stat`) === null;
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

/** True if the process is tsrun, mostly in its sealed copy (c/sealed.c); false of a program that uses the library, and of one that has ended. */
export function isRuntime({ pid }: ProcessIdentity): boolean {
  try {
    return /^\/memfd:tsrun|\/tsrun( \(deleted\))?$/.test(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return false;
  }
}

/** The process that makes a container: the front that becomes the helper, or this one where there is no front. */
export function creatorIdentity(): ProcessIdentity {
  const pid = process.env.TSRUN_CALLER_HANDOFF === undefined ? process.pid : process.ppid;
  return { pid, startTime: readProcess(pid)?.startTime ?? '' };
}
