// process.scheduler and process.ioPriority: set by the helper from outside, as what they take is a privilege on the host.

import type { Process } from '../spec/types.js';
import type { ProgramContext } from './context.js';
import type { NameOf } from './names.js';
import type { Op } from './ops.js';

/** Before init becomes another user, whom an unprivileged helper could not change any more. */
export function setScheduling(context: ProgramContext): Op[] {
  const process = context.spec.process;
  return [...setScheduler(process?.scheduler), ...setIoPriority(process?.ioPriority)];
}

/** SCHED_ISO is refused before: spec/checks/process.ts. */
function setScheduler(scheduler: Process['scheduler']): Op[] {
  if (scheduler === undefined) {
    return [];
  }
  const { policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0 } = scheduler;
  return [
    { op: 'set-scheduler', policy: policy as NameOf<'scheduler'>, flags, nice, priority, runtime, deadline, period },
  ];
}

function setIoPriority(ioPriority: Process['ioPriority']): Op[] {
  return ioPriority === undefined
    ? []
    : [{ op: 'set-io-priority', class: ioPriority.class, level: ioPriority.priority ?? 0 }];
}
