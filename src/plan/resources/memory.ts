// linux.resources.memory: config-linux.md, "Memory".

import type { SpecProblem } from '../../base/errors.js';
import type { Memory } from '../../spec/types.js';
import { isGiven, limitText, makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

const PATH = `${RESOURCES}.memory`;

/** Swap, limit and reservation, in runc's order. 0 is "not set", -1 "no limit". */
export function compileMemory(memory: Memory): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const swap = swapLimit(memory);
  if (swap !== null) {
    settings.push(compileSwap(swap, isGiven(memory.swap) ? `${PATH}.swap` : `${PATH}.limit`));
  }
  if (isGiven(memory.limit)) {
    settings.push(makeSetting(`${PATH}.limit`, 'memory.max', limitText(memory.limit), memory.limit < 0));
  }
  if (isGiven(memory.reservation)) {
    settings.push(makeSetting(`${PATH}.reservation`, 'memory.low', limitText(memory.reservation)));
  }
  return settings;
}

// A kernel that cannot account for swap has no memory.swap.max; as in runc, asking it for no swap at all is no failure.
function compileSwap(swap: string, path: string): CgroupSetting {
  const setting = makeSetting(path, 'memory.swap.max', swap, swap === 'max');
  return swap === '0' ? { ...setting, isOptional: true } : setting;
}

/**
 * What is written to memory.swap.max, which counts swap alone, where config.json has memory and swap together; null: nothing. Without a
 * limit on memory, swap is taken as it is, and without one on swap either, both are unlimited, as in cgroup v1. Expects what the checks of
 * the document accept: a swap that is not below the limit, and not without one.
 */
export function swapLimit({ limit = 0, swap }: Memory): string | null {
  if (!isGiven(swap)) {
    return limit < 0 ? 'max' : null;
  }
  if (swap < 0 || limit < 0) {
    return limitText(swap);
  }
  return String(BigInt(swap) - BigInt(limit));
}

/** checkBeforeUpdate: a limit that what is in use reaches already would kill the container instead of limiting it. */
export function checkMemoryInUse(memory: Memory, before?: ReadonlyMap<string, string>): SpecProblem[] {
  const text = before?.get('memory.current')?.trim() ?? '';
  if (memory.checkBeforeUpdate !== true || !/^\d+$/.test(text)) {
    return [];
  }
  const inUse = BigInt(text);
  const problems: SpecProblem[] = [];
  for (const key of ['limit', 'swap'] as const) {
    const bytes = memory[key] ?? 0;
    if (bytes > 0 && bytes <= inUse) {
      problems.push({ path: `${PATH}.${key}`, message: `found ${bytes}, must be more than is in use now, ${inUse}` });
    }
  }
  return problems;
}
