// Which errors the sweeps let system calls fail with, and which of them tsrun may bear.
import { constants } from 'node:os';

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

/** One after the other, so that a sweep over many calls has all of them. */
export function errorOf(turn: number): number {
  return ERRORS[turn % ERRORS.length] ?? ENOMEM;
}

/** What may fail without consequences, why that weakens nothing, and with which errors only. */
const TOLERATED: Readonly<Record<string, { why: string; errors?: readonly number[] }>> = {
  bpf: { why: 'it is repeated', errors: [EAGAIN] },
  close: { why: 'the descriptor is gone all the same (close(2)), and everything is close-on-exec' },
  exit_group: { why: 'it does not come back' },
  faccessat2: { why: 'the C library asks in an older way', errors: [ENOSYS] },
  fcntl: { why: 'F_GETFD of a descriptor that then counts as closed; no other one is here' },
  fsconfig: { why: 'the private procfs is tried again when it is needed' },
  fsmount: { why: 'as fsconfig' },
  fsopen: { why: 'as fsconfig' },
  getcwd: { why: 'then there is no directory for relative names, and here are none' },
  newfstatat: { why: 'what cannot be looked at is then made without following it' },
  openat2: { why: 'it is repeated', errors: [EINTR, EAGAIN] },
  'openat2 accounts': {
    why: 'it is repeated, and a home directory is not looked for in what may not be read',
    errors: [EINTR, EAGAIN, EPERM],
  },
  setgroups: { why: 'no groups are wanted here, and there are none', errors: [EPERM] },
  flock: { why: 'it is repeated where it locks, and the end of the descriptor unlocks as well' },
  fremovexattr: { why: 'as fsetxattr' },
  fsetxattr: { why: 'the cgroup is not marked, and not found by gc where its state is lost' },
  fchown: { why: 'the program then has a stream that is not its own', errors: [EPERM] },
  keyctl: { why: 'a kernel without keys has none to keep away', errors: [ENOSYS] },
  pidfd_send_signal: { why: 'the stage that is to be killed ends by itself' },
  'prctl 36': { why: 'PR_SET_CHILD_SUBREAPER: orphans go to somebody else' },
  'prctl 23': { why: 'PR_CAPBSET_READ: fewer capabilities become inheritable' },
  rt_sigaction: { why: 'it cannot fail for a signal that exists' },
  rt_sigprocmask: { why: 'it cannot fail' },
  rt_sigtimedwait: { why: 'the program has ended, and only signals that wait for nobody are dropped' },
  sched_setaffinity: { why: 'the runtime may not be allowed to widen it', errors: [EPERM] },
  sendmsg: { why: 'it is repeated', errors: [EINTR] },
  recvmsg: { why: 'it is repeated', errors: [EINTR] },
  ppoll: { why: 'it is repeated', errors: [EINTR] },
  pread64: { why: 'it is repeated', errors: [EINTR] },
  read: { why: 'it is repeated', errors: [EINTR] },
  write: { why: 'it is repeated', errors: [EINTR] },
  wait4: { why: 'the engine has ended, and is only reaped' },
};

/** Whether a command may succeed although this call of it has failed with this error; null: no call was hit. */
export function isTolerated(call: string | null, error: number): boolean {
  if (call === null || isInfallible(call)) return true;
  const tolerated = TOLERATED[call];
  return tolerated !== undefined && (tolerated.errors?.includes(error) ?? true);
}

/** Calls that have no errors: what follows where they seem to have one is nothing that can be (getuid(2), getpid(2), umask(2), PR_SET_NAME). */
const INFALLIBLE = new Set([
  'getegid',
  'geteuid',
  'getgid',
  'getpid',
  'getppid',
  'gettid',
  'getuid',
  'umask',
  'prctl 15',
]);

export function isInfallible(call: string | null): boolean {
  return call !== null && INFALLIBLE.has(call);
}

/** Calls of the C library before main, which ends the program in its own words, and those that cannot fail (PR_SET_NAME is prctl 15). */
const OF_LIBRARY = new Set(
  'arch_prctl brk getrandom mprotect prlimit64 readlink rseq set_robust_list set_tid_address'.split(' '),
);

/** The process made one call more, or less, than when it was recorded. */
export function isOfLibrary(call: string | null): boolean {
  return call === null || OF_LIBRARY.has(call);
}
