// Where the built things are that tests run.
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '..', '..');
export const TSRUN = join(PROJECT, 'bin', 'tsrun');
export const LIBRARY = join(PROJECT, 'dist', 'index.js');
export const PROBE = join(PROJECT, 'test', 'probe', 'probe');
