// process: config.md, "Process", without rlimits, capabilities and user, which have files of their own.

import type { SpecProblem } from '../../base/errors.js';
import type { Process, Spec } from '../types.js';
import { checkEnvironment } from './environment.js';
import { isNumberList } from './number-list.js';

/** The specification needs a process only at start; we run one and the same process, so create needs it already, as in runc. */
export function checkProcess(spec: Spec): SpecProblem[] {
  const { process } = spec;
  if (process === undefined) {
    return [{ path: 'process', message: 'found nothing, must be set' }];
  }
  const problems: SpecProblem[] = [];
  if (process.args === undefined) {
    problems.push({ path: 'process.args', message: 'found nothing, must be set' });
  } else if (process.args.length === 0) {
    problems.push({ path: 'process.args', message: 'found an empty array, must have at least one entry' });
  } else if (process.args[0] === '') {
    problems.push({ path: 'process.args[0]', message: 'found "", must be the name of a program' });
  }
  if (!process.cwd.startsWith('/')) {
    problems.push({ path: 'process.cwd', message: `found ${JSON.stringify(process.cwd)}, must be an absolute path` });
  }
  return problems.concat(
    checkEnvironment(process.env, 'process.env'),
    checkTerminal(process),
    checkScheduling(process),
  );
}

const MAX_SIZE = 65535; // tty_ioctl(4): a struct winsize has 16 bits for each

function checkTerminal({ terminal, consoleSize }: Process): SpecProblem[] {
  // config.md: without a terminal the size is ignored.
  if (terminal !== true || consoleSize === undefined) {
    return [];
  }
  return (['height', 'width'] as const)
    .filter((key) => consoleSize[key] > MAX_SIZE)
    .map((key) => ({
      path: `process.consoleSize.${key}`,
      message: `found ${consoleSize[key]}, must be at most ${MAX_SIZE}`,
    }));
}

/** kernel/sched/deadline.c, __checkparam_dl(): DL_SCALE. */
const MIN_RUNTIME = 1024;

/** The combinations are runc's; where sched_setattr(2) would ignore a value, its author has asked for something else. */
function checkScheduler(scheduler: Process['scheduler']): SpecProblem[] {
  if (scheduler === undefined) {
    return [];
  }
  const { policy, nice = 0, priority = 0 } = scheduler;
  const problems: SpecProblem[] = [];
  const add = (key: string, message: string) => problems.push({ path: `process.scheduler.${key}`, message });
  if (policy === 'SCHED_ISO') {
    add('policy', 'found "SCHED_ISO", which no version of Linux has');
  }
  if (nice < -20 || nice > 19) {
    add('nice', `found ${nice}, must be from -20 to 19`);
  } else if (nice !== 0 && policy !== 'SCHED_OTHER' && policy !== 'SCHED_BATCH') {
    add('nice', `found ${nice}, must be set for "SCHED_OTHER" and "SCHED_BATCH" only`);
  }
  const realTime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  if (realTime && (priority < 1 || priority > 99)) {
    add('priority', `found ${priority}, must be from 1 to 99 for "${policy}"`);
  } else if (!realTime && priority !== 0) {
    add('priority', `found ${priority}, must be set for "SCHED_FIFO" and "SCHED_RR" only`);
  }
  for (const key of ['runtime', 'deadline', 'period'] as const) {
    const value = scheduler[key] ?? 0;
    if (policy !== 'SCHED_DEADLINE' && BigInt(value) !== 0n) {
      add(key, `found ${value}, must be set for "SCHED_DEADLINE" only`);
    }
  }
  if (policy === 'SCHED_DEADLINE') {
    checkDeadline(scheduler, add);
  }
  return problems;
}

/** sched(7): "sched_setattr(2) fails with EINVAL" unless runtime <= deadline <= period; a period of 0 is the deadline. */
function checkDeadline(
  { runtime = 0, deadline = 0, period = 0 }: NonNullable<Process['scheduler']>,
  add: (key: string, message: string) => void,
): void {
  if (runtime < MIN_RUNTIME) {
    add('runtime', `found ${runtime}, must be at least ${MIN_RUNTIME} nanoseconds for "SCHED_DEADLINE"`);
  }
  if (deadline < runtime || BigInt(deadline) === 0n) {
    add('deadline', `found ${deadline}, must be at least runtime, ${runtime}`);
  }
  if (period < deadline && BigInt(period) !== 0n) {
    add('period', `found ${period}, must be at least deadline, ${deadline}`);
  }
}

function checkScheduling({ scheduler, ioPriority, execCPUAffinity }: Process): SpecProblem[] {
  const problems = checkScheduler(scheduler);
  const priority = ioPriority?.priority ?? 0;
  if (priority < 0 || priority > 7) {
    problems.push({ path: 'process.ioPriority.priority', message: `found ${priority}, must be from 0 to 7` });
  }
  for (const key of ['initial', 'final'] as const) {
    const list = execCPUAffinity?.[key];
    if (list !== undefined && list !== '' && !isNumberList(list)) {
      const path = `process.execCPUAffinity.${key}`;
      problems.push({ path, message: `found ${JSON.stringify(list)}, must be a list of CPUs such as "0-3,7"` });
    }
  }
  return problems;
}
