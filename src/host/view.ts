// Answers what `check` asks of this host. Reads only: nothing is opened for writing, followed by mistake, or waited for.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { machine, release } from 'node:os';
import type { Entry, EntryKind, HostView } from '../base/host-view.js';
import { errnoName } from './files.js';

const MAX_TEXT = 256 * 1024;

/** What this host is at the moment of each question. */
export function newHostView(): HostView {
  return {
    uid: process.geteuid?.() ?? 0,
    release: release(),
    machine: machine(),
    look,
    readLink: (path) => attempt(() => readlinkSync(path)),
    readText: (path) => attempt(() => readFile(path, MAX_TEXT)?.toString('utf8') ?? null),
    readStart: (path, length) => attempt(() => readFile(path, length)),
    list: (path) => attempt(() => readdirSync(path)),
  };
}

/** Null for what the system refuses, whatever the reason: a check goes on without the answer. */
function attempt<Value>(ask: () => Value): Value | null {
  try {
    return ask();
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return null;
  }
}

function look(path: string): Entry | 'missing' | 'denied' {
  try {
    return toEntry(lstatSync(path));
  } catch (error) {
    const code = errnoName(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'denied';
  }
}

function toEntry(status: Stats): Entry {
  // makedev(3), as glibc has it.
  const major = ((status.rdev >>> 8) & 0xfff) | (Math.floor(status.rdev / 2 ** 32) & ~0xfff);
  const minor = (status.rdev & 0xff) | ((status.rdev >>> 12) & ~0xff);
  return { kind: kindOf(status), mode: status.mode & 0o7777, major, minor };
}

function kindOf(status: Stats): EntryKind {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  if (status.isSymbolicLink()) return 'symlink';
  if (status.isSocket()) return 'socket';
  if (status.isFIFO()) return 'fifo';
  return status.isBlockDevice() ? 'block' : 'char';
}

/** A fifo or device in the place of a file is never waited for: it is opened without blocking, and read only if it is a file. */
function readFile(path: string, limit: number): Buffer | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!fstatSync(fd).isFile()) return null;
    const buffer = Buffer.alloc(limit);
    let have = 0;
    for (let got = -1; got !== 0 && have < limit; have += got) got = readSync(fd, buffer, have, limit - have, null);
    return buffer.subarray(0, have);
  } finally {
    closeSync(fd);
  }
}
