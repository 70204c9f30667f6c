// What AddressSanitizer and UndefinedBehaviorSanitizer have found: a file that every process of the sanitized tsrun has mapped from its
// start, as no path and no descriptor leads out of a container (c/sanitizer/sanitizer.c).
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILE = join(import.meta.dirname, '..', '..', '.cache', 'sanitize', 'reports');
/** As in c/sanitizer/sanitizer.c: how much text there is, the mistake that init is to make, and the text. */
const BYTES = 1 << 20;
const MISTAKE_AT = 4;
const TEXT_AT = 8;

/** What init can be asked to do wrong, right before it executes its program. */
export const MISTAKES = ['none', 'heap overflow', 'signed overflow', 'wild read'] as const;
export type Mistake = (typeof MISTAKES)[number];

/** An empty file of reports, for every user. */
export function makeReports(): void {
  mkdirSync(dirname(FILE), { recursive: true });
  removeReports();
  withFile('wx+', (file) => ftruncateSync(file, BYTES));
  chmodSync(FILE, 0o666);
}

export function removeReports(): void {
  rmSync(FILE, { force: true });
}

/** Everything that was found so far. */
export function readReports(): string {
  return withFile('r', (file) => {
    const text = Buffer.alloc(Math.min(readWord(file, 0), BYTES - TEXT_AT));
    readSync(file, text, 0, text.length, TEXT_AT);
    return text.toString('latin1');
  });
}

/** Forgets what came after the first `length` characters. */
export function cutReports(length: number): void {
  withFile('r+', (file) => writeWord(file, 0, length));
}

export function askForMistake(mistake: Mistake): void {
  withFile('r+', (file) => writeWord(file, MISTAKE_AT, MISTAKES.indexOf(mistake)));
}

function withFile<T>(flags: string, use: (file: number) => T): T {
  const file = openSync(FILE, flags);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function readWord(file: number, at: number): number {
  const word = Buffer.alloc(4);
  readSync(file, word, 0, 4, at);
  return word.readUInt32LE();
}

function writeWord(file: number, at: number, value: number): void {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(value);
  writeSync(file, word, 0, 4, at);
}
