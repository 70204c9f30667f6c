// The order in which the topics of linux.resources are written: runc's, in which `unified` comes last and so has the last word.

import type { Resources } from '../../spec/types.js';
import { compileBlockIO } from './block-io.js';
import { compileCpu } from './cpu.js';
import { compileCpuset } from './cpuset.js';
import { compileHugetlb } from './hugetlb.js';
import { compileMemory } from './memory.js';
import { compilePids } from './pids.js';
import { compileRdma } from './rdma.js';
import type { CgroupSetting } from './settings.js';
import { compileUnified } from './unified.js';

/** Everything that is asked for, whether the host has it or not. `before` is the present text of the cgroup's files, by name. */
export function listSettings(resources: Resources, before?: ReadonlyMap<string, string>): CgroupSetting[] {
  return [
    ...compilePids(resources.pids ?? {}),
    ...compileMemory(resources.memory ?? {}),
    ...compileBlockIO(resources.blockIO ?? {}),
    ...compileCpu(resources.cpu ?? {}, before),
    ...compileCpuset(resources.cpu ?? {}),
    ...compileHugetlb(resources.hugepageLimits ?? []),
    ...compileRdma(resources.rdma ?? {}),
    ...compileUnified(resources.unified ?? {}),
  ];
}
