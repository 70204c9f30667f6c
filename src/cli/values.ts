// Values of flags that several verbs have.
import { resolveCallerPath, TsrunError } from '../index.js';
import type { FlagValue } from './flags.js';

/** An absolute path; undefined for none, and for an empty one, which is what callers pass that have none. */
export function readPath(value: FlagValue): string | undefined {
  return typeof value === 'string' && value !== '' ? resolveCallerPath(value) : undefined;
}

/** @throws TsrunError USAGE for what is no count of descriptors. */
export function readPreserveFds(value: FlagValue): number {
  if (value === undefined) return 0;
  if (typeof value === 'string' && /^[0-9]{1,4}$/.test(value)) return Number(value);
  throw new TsrunError(
    'USAGE',
    `invalid value of --preserve-fds ${JSON.stringify(value)}: must be a count of descriptors`,
  );
}
