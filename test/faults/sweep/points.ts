// At which system calls of a process faults happen: all of them, or the same sample each time.
import { constants } from 'node:os';
import { ALL, type Fault } from '../rig.js';
import type { Role } from './scenarios.js';

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
export const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

/** FAULTS_EVERY=n: of all points every n-th. */
const EVERY = Number(process.env.FAULTS_EVERY ?? (ALL ? 1 : 0));

export interface Place {
  /** Of the system call, from 1. */
  readonly index: number;
  readonly fault: Fault;
}

/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

/** From where to where (indices from 1) the calls are those of that role. */
export function partOf(role: Role, calls: readonly string[]): { first: number; last: number } {
  const helper = calls.lastIndexOf(HELPER_BEGINS) + 1;
  const program = Math.max(calls.lastIndexOf('execve'), calls.lastIndexOf('execveat')) + 1;
  switch (role) {
    case 'front':
      return { first: 1, last: helper === 0 ? calls.length : helper };
    case 'helper':
      return { first: helper + 1, last: calls.length };
    case 'engine':
      return { first: 1, last: calls.length };
    // What comes after is the program's own.
    default:
      return { first: 1, last: program === 0 ? calls.length : program };
  }
}

/** Faults at the calls of that part: `wanted` of them, or what FAULTS and FAULTS_EVERY ask for. */
export function choosePlaces(
  role: Role,
  calls: readonly string[],
  { kind, wanted, turn }: { kind: 'kill' | 'error'; wanted: number; turn: number },
): Place[] {
  const { first, last } = partOf(role, calls);
  const indices = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  if (EVERY > 0) {
    const faults: Fault[] = kind === 'kill' ? ['kill'] : ERRORS;
    const all = indices.flatMap((index) => faults.map((fault) => ({ index, fault })));
    return all.filter((_, number) => (number + turn) % EVERY === 0);
  }
  // Of a row of the same call, such as a handler for each signal, one stands for all.
  const distinct = indices.filter((index) => calls[index - 1] !== calls[index - 2]);
  const step = Math.max(1, distinct.length / wanted);
  const count = Math.min(wanted, distinct.length);
  return Array.from({ length: count }, (_, number) => ({
    index: distinct[Math.floor(((number + (turn % 7) / 7) * step) % distinct.length)] ?? first,
    // Another one in each sweep, so that all of them meet all kinds of calls.
    fault: kind === 'kill' ? 'kill' : (ERRORS[(number + turn) % ERRORS.length] ?? ENOMEM),
  }));
}
