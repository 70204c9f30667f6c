// Directories of a test: removed when it has ended, whatever came of it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What every directory that a test makes is called; the ring looks for such directories at its end. */
export const TEMPORARY_PREFIX = 'tsrun-test-';

/** The ring that this test is of (ring.ts): part of every name a test leaves on the host, so that two rings can tell theirs apart. */
export function ringName(): string {
  return process.env.TSRUN_TEST_RING ?? String(process.pid);
}

/** A new directory that any user may pass through. */
export function makeTemporary(): string {
  const path = mkdtempSync(join(tmpdir(), `${TEMPORARY_PREFIX}${ringName()}-`));
  chmodSync(path, 0o755);
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
