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
  problems.push(...checkEnvironment(process.env, 'process.env'), ...checkScheduling(process));
  return problems;
}

function checkScheduling({ scheduler, ioPriority, execCPUAffinity }: Process): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const nice = scheduler?.nice ?? 0;
  if (nice < -20 || nice > 19) {
    problems.push({ path: 'process.scheduler.nice', message: `found ${nice}, must be from -20 to 19` });
  }
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
