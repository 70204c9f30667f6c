// The runtime's short file work: synchronous, because a command does one thing and exits.
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { TsrunError } from '../base/errors.js';
import { ERRNO_WORDS } from './errno-words.js';

/** The errno name of a failed system call, such as `ENOENT`; undefined for any other error. */
export function errnoName(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** `no such file or directory (ENOENT)` of a failed system call. */
export function describeSystemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errnoName(error);
  if (code === undefined) return error.message;
  const words = ERRNO_WORDS[code] ?? error.message.replace(/^[A-Z0-9]+: /, '').replace(/, [a-z_]+( .*)?$/, '');
  return `${words} (${code})`;
}

/**
 * Reads a whole regular file of at most `limit` bytes. A fifo, device or directory in its place is refused, and never waited for.
 * @throws the system's error, or TsrunError IO for the wrong kind of file or too large a one.
 */
export function readRegularFile(path: string, limit: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new TsrunError('IO', `cannot read "${path}": it is not a regular file`);
    if (status.size > limit) {
      throw new TsrunError('IO', `cannot read "${path}": it has ${status.size} bytes, at most ${limit} are accepted`);
    }
    return readAll(fd, status.size);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let have = 0;
  while (have < size) {
    const got = readSync(fd, buffer, have, size - have, have);
    if (got === 0) break;
    have += got;
  }
  return buffer.subarray(0, have);
}

/**
 * Reads a descriptor to its end: a pipe, a file, whatever it is.
 * @throws the system's error, or TsrunError IO when there are more than `limit` bytes.
 */
export function readStream(fd: number, limit: number, what: string): Buffer {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= limit; ) {
    const chunk = Buffer.allocUnsafe(65536);
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, got));
    size += got;
  }
  throw new TsrunError('IO', `cannot read ${what}: it has more than ${limit} bytes`);
}

/** Reads a small file of the kernel (procfs, cgroupfs), whose size is not known beforehand; null when it is not there. */
export function readKernelFile(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    const code = errnoName(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENODEV' || code === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const buffer = Buffer.allocUnsafe(4096);
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, null));
  } catch (error) {
    // The process, or cgroup, went away between open and read.
    if (errnoName(error) === 'ESRCH' || errnoName(error) === 'ENODEV') return null;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Creates a file (it must not exist) with this mode. Throws the system's error. Nothing is synced to disk: what a state describes
 * (processes, cgroups, mounts) does not outlive the kernel that it would be synced for, and a torn file is recognized (ARCHITECTURE, state).
 */
export function writeNewFile(path: string, text: string, mode: number): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(path, flags, mode);
  try {
    writeAll(fd, Buffer.from(text));
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file whole, by a temporary file and rename: a reader sees the old text or the new one, whatever is killed when. */
export function replaceFile(path: string, text: string, mode: number): void {
  // One name for all: what a killed writer leaves is overwritten by the next, and known to who removes the directory.
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeNewFile(temporary, text, mode);
  renameSync(temporary, path);
}

/** write(2) until all is written. Throws the system's error. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}
