// linux.resources.pids: config-linux.md, "PIDs".

import type { SpecProblem } from '../../../base/errors.js';
import type { Pids } from '../../types.js';

/** PID_MAX_LIMIT of the kernel, which refuses a larger number in pids.max: no host has more processes. */
const MAX_PIDS = 4194304;

export function checkPids({ limit = 0 }: Pids): SpecProblem[] {
  const message = `found ${limit}, must be at most ${MAX_PIDS}, or -1 for no limit`;
  return limit > MAX_PIDS ? [{ path: 'linux.resources.pids.limit', message }] : [];
}
