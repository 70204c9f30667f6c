// What `check` may ask of a host: each answer is about this moment, and none changes anything. Types only: src/host/view.ts gives the answers.

export type EntryKind = 'file' | 'directory' | 'symlink' | 'socket' | 'fifo' | 'block' | 'char';

/** What is at a path. */
export interface Entry {
  readonly kind: EntryKind;
  /** The permission bits. */
  readonly mode: number;
  /** Of a device node. */
  readonly major: number;
  readonly minor: number;
}

export interface HostView {
  /** The effective uid of the runtime. */
  readonly uid: number;
  /** Release of the kernel, such as `6.1.0-18-amd64`. */
  readonly release: string;
  /** Machine of uname(2), such as `x86_64`. */
  readonly machine: string;
  /** What is at a path, its last component not followed; `missing`: nothing; `denied`: nobody may tell. */
  readonly look: (path: string) => Entry | 'missing' | 'denied';
  /** The text of a symbolic link; null where there is none that can be read. */
  readonly readLink: (path: string) => string | null;
  /** A file of the kernel, or another short text; null where it is not there or may not be read. */
  readonly readText: (path: string) => string | null;
  /** The first bytes of a regular file; null where it is none, or may not be read. */
  readonly readStart: (path: string, length: number) => Uint8Array | null;
  /** Names in a directory; null where it is none, or may not be read. */
  readonly list: (path: string) => readonly string[] | null;
}
