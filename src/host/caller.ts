// What the front noted of tsrun's caller before it changed to "/": paths of the command line are relative to the caller's directory.
import { isAbsolute, resolve } from 'node:path';
import { TsrunError } from '../base/errors.js';

/**
 * Absolute, normalized form of a path the user gave.
 * @throws TsrunError USAGE when it is relative and the caller's directory has been deleted.
 */
export function resolveCallerPath(path: string): string {
  if (isAbsolute(path)) return resolve(path);
  return resolve(callerDirectory(path), path);
}

function callerDirectory(path: string): string {
  const noted = process.env.TSRUN_CALLER_CWD;
  if (noted !== undefined) return noted;
  // Without the front (library, Node) this process still stands where its caller did; with it, no note means no directory.
  if (process.env.TSRUN_CALLER_UMASK === undefined) return process.cwd();
  throw new TsrunError('USAGE', `cannot resolve "${path}": the current directory does not exist any more`, {
    hint: 'give an absolute path, or change to another directory',
  });
}

/** How many descriptors socket activation passed (sd_listen_fds(3)); the front has checked LISTEN_PID. */
export function passedSocketCount(): number {
  const count = Number(process.env.LISTEN_FDS ?? '0');
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** The names of those, as text; undefined when there are none. */
export function passedSocketNames(): string | undefined {
  return process.env.LISTEN_FDNAMES;
}

/** The socket that waits for the readiness of what the caller starts (sd_notify(3)); undefined when nobody does. */
export function notifySocket(): string | undefined {
  return process.env.NOTIFY_SOCKET || undefined;
}

/** The first descriptor from 3 on that the caller did not leave open, as the front noted it; null without the front, where nothing else opened any. */
export function firstClosedDescriptor(): number | null {
  const count = process.env.TSRUN_CALLER_OPEN;
  return count === undefined ? null : 3 + Number(count);
}

/** True if the front has seen an exec of the same document before, of which nothing is kept yet (c/exec_kept.c). */
export function isRepeatedExec(): boolean {
  return process.env.TSRUN_CALLER_REPEATED !== undefined;
}
