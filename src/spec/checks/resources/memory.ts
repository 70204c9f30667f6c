// linux.resources.memory: config-linux.md, "Memory".

import type { SpecProblem } from '../../../base/errors.js';
import type { Memory } from '../../types.js';

const PATH = 'linux.resources.memory';

export function checkMemory(memory: Memory): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const key of ['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'] as const) {
    const bytes = memory[key] ?? 0;
    if (bytes < -1) {
      problems.push({ path: `${PATH}.${key}`, message: `found ${bytes}, must be at least 0, or -1 for no limit` });
    }
  }
  problems.push(...checkSwap(memory));
  const swappiness = memory.swappiness ?? 0;
  if (swappiness > 100) {
    problems.push({ path: `${PATH}.swappiness`, message: `found ${swappiness}, must be from 0 to 100` });
  }
  return problems;
}

/** Swap includes memory. With a limit of -1 there is nothing to compare it with, and 0 is "not set" for both. */
function checkSwap({ limit = 0, swap = 0 }: Memory): SpecProblem[] {
  const path = `${PATH}.swap`;
  if (swap <= 0 || limit < 0) {
    return [];
  }
  if (limit > 0) {
    return swap < limit
      ? [{ path, message: `found ${swap}, must be at least limit, ${limit}: it includes memory` }]
      : [];
  }
  return [{ path, message: `found ${swap} without limit, must have one: it includes memory` }];
}
