// process.execCPUAffinity, which concerns exec alone: config.md, "Linux Process".

import type { ProgramContext } from './context.js';
import { listNumbers } from './number-list.js';
import type { Op } from './ops.js';

/** The helper binds itself before the process is born, which inherits it: so it begins there, whatever its cgroup allows later. */
export function setInitialAffinity({ spec }: ProgramContext): Op[] {
  const cpus = listCpus(spec.process?.execCPUAffinity?.initial);
  return cpus.length === 0 ? [] : [{ op: 'set-initial-affinity', cpus }];
}

/**
 * In the container's cgroup: what is asked for. Where only the initial affinity was, nothing is changed any more; otherwise whatever
 * tsrun's caller was bound to is undone, as for init.
 */
export function setExecAffinity({ spec }: ProgramContext): Op[] {
  const affinity = spec.process?.execCPUAffinity;
  const cpus = listCpus(affinity?.final);
  if (cpus.length > 0) {
    return [{ op: 'set-affinity', cpus }];
  }
  return (affinity?.initial ?? '') === '' ? [{ op: 'reset-affinity' }] : [];
}

/** CONFIG_NR_CPUS of the largest kernels (MAXSMP): a list that goes further is cut behind it, and refused by the helper. */
const MOST_CPUS = 8192;

function listCpus(list = ''): string[] {
  return listNumbers(list, MOST_CPUS);
}
