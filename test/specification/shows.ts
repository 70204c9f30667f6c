// A test of the specification: it names the clauses that it shows, and uses nothing but the command line that all OCI runtimes have.
import { test } from 'vitest';
import type { ClauseId } from './clauses/index.js';

/** In milliseconds: a runtime that hangs is ended by test/support/tsrun.ts before. */
const PATIENCE = 60_000;

/**
 * A test that shows clauses of the specification: they are in its title, and scripts/conformance.mjs and docs/spec-conformance.md know the
 * test by them. What it expects has to hold for every runtime that follows the clause.
 */
export function shows(ids: readonly ClauseId[], title: string, body: () => void | Promise<void>): void {
  test(`${title} [${ids.join(', ')}]`, body, PATIENCE);
}
