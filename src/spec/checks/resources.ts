// linux.resources: rules of config-linux.md, "Control groups", that hold whatever the host has. What its controllers, CPUs and huge pages allow is checked with the plan.

import type { SpecProblem } from '../../base/errors.js';
import type { Resources, Spec } from '../types.js';
import { checkBlockIO } from './resources/block-io.js';
import { checkCpu } from './resources/cpu.js';
import { checkDeviceRules } from './resources/device-rules.js';
import { checkHugepageLimits } from './resources/hugetlb.js';
import { checkMemory } from './resources/memory.js';
import { checkPids } from './resources/pids.js';
import { checkRdma } from './resources/rdma.js';
import { checkUnified } from './resources/unified.js';

export function checkResources(spec: Spec): SpecProblem[] {
  return checkResourceFields(spec.linux?.resources ?? {});
}

/** Everything that is wrong with `resources` themselves; for `update` those that come of the merge. */
export function checkResourceFields(resources: Resources): SpecProblem[] {
  return [
    ...checkDeviceRules(resources.devices ?? []),
    ...checkMemory(resources.memory ?? {}),
    ...checkCpu(resources.cpu ?? {}),
    ...checkPids(resources.pids ?? {}),
    ...checkBlockIO(resources.blockIO ?? {}),
    ...checkHugepageLimits(resources.hugepageLimits ?? []),
    ...checkRdma(resources.rdma ?? {}),
    ...checkUnified(resources.unified ?? {}),
  ];
}
