// Where the built things are that tests run.
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '..', '..');
/** With OCI_RUNTIME=/usr/sbin/runc another runtime: a test of what all of them do is suspect when that one fails it. */
export const TSRUN = process.env.OCI_RUNTIME ?? join(PROJECT, 'bin', 'tsrun');
export const LIBRARY = join(PROJECT, 'dist', 'index.js');
export const PROBE = join(PROJECT, 'test', 'probe', 'probe');
