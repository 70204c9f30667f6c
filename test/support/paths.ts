// Where the built things are that tests run.
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '..', '..');
/** Where tsrun and tsrun-engine are, and the library beside: of the ring of sanitizers elsewhere (scripts/sanitize.sh). */
const BUILT = process.env.TEST_BUILT ?? PROJECT;
/** tsrun itself, whatever OCI_RUNTIME says. */
export const OWN_RUNTIME = join(BUILT, 'bin', 'tsrun');
/** With OCI_RUNTIME=/usr/sbin/runc another runtime: a test of what all of them do is suspect when that one fails it. */
export const TSRUN = process.env.OCI_RUNTIME ?? OWN_RUNTIME;
export const LIBRARY = join(BUILT, 'dist', 'index.js');
export const PROBE = join(PROJECT, 'test', 'probe', 'probe');
