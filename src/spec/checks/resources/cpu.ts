// linux.resources.cpu: config-linux.md, "CPU"; which values the kernel takes: cgroup-v2.rst, "CPU", and kernel/sched/core.c.

import type { SpecProblem } from '../../../base/errors.js';
import type { CPU } from '../../types.js';
import { isNumberList } from '../number-list.js';

const PATH = 'linux.resources.cpu';

/** Microseconds, of quota and period alike; a period has a maximum too. */
const MIN_TIME = 1000;
const MAX_PERIOD = 1000000;

// Shares have no rule: those beyond 2 and 262144 were always taken as the nearest.
export function checkCpu(cpu: CPU): SpecProblem[] {
  return [...checkTimes(cpu), ...checkIdle(cpu), ...checkLists(cpu)];
}

/** 0 is "not set", a negative quota no limit. */
function checkTimes({ quota = 0, period = 0, burst = 0 }: CPU): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (quota > 0 && quota < MIN_TIME) {
    problems.push({ path: `${PATH}.quota`, message: `found ${quota}, must be at least ${MIN_TIME} microseconds` });
  }
  if (period > 0 && (period < MIN_TIME || period > MAX_PERIOD)) {
    const message = `found ${period}, must be from ${MIN_TIME} to ${MAX_PERIOD} microseconds`;
    problems.push({ path: `${PATH}.period`, message });
  }
  if (quota > 0 && burst > quota) {
    problems.push({ path: `${PATH}.burst`, message: `found ${burst}, must be at most quota, ${quota}` });
  }
  return problems;
}

/** The kernel gives an idle cgroup a weight of its own, and has EINVAL for a write to cpu.weight. */
function checkIdle({ idle = 0, shares = 0 }: CPU): SpecProblem[] {
  if (idle < 0 || idle > 1) {
    return [{ path: `${PATH}.idle`, message: `found ${idle}, must be 0 or 1` }];
  }
  if (idle > 0 && shares > 0) {
    return [{ path: `${PATH}.shares`, message: `found ${shares}, must not be set with idle 1, which has no shares` }];
  }
  return [];
}

function checkLists(cpu: CPU): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [key, noun] of [
    ['cpus', 'CPUs'],
    ['mems', 'memory nodes'],
  ] as const) {
    const list = cpu[key] ?? '';
    if (list !== '' && !isNumberList(list)) {
      const message = `found ${JSON.stringify(list)}, must be a list of ${noun} such as "0-3,7"`;
      problems.push({ path: `${PATH}.${key}`, message });
    }
  }
  return problems;
}
