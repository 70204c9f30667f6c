// linux.resources: rules of config-linux.md, "Control groups", that hold whatever the host's controllers are.

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../json-path.js';
import type { BlockIO, DeviceRule, Memory, Resources, Spec } from '../types.js';

export function checkResources(spec: Spec): SpecProblem[] {
  const resources = spec.linux?.resources;
  if (resources === undefined) {
    return [];
  }
  return [
    ...checkRules(resources.devices ?? []),
    ...checkMemory(resources.memory),
    ...checkCpu(resources),
    ...checkWeights(resources.blockIO),
    ...checkNamed(resources),
  ];
}

function checkRules(rules: readonly DeviceRule[]): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [index, rule] of rules.entries()) {
    const path = `linux.resources.devices[${index}]`;
    if (rule.access !== undefined && !isAccess(rule.access)) {
      problems.push({
        path: `${path}.access`,
        message: `found ${JSON.stringify(rule.access)}, must be letters out of "rwm"`,
      });
    }
    for (const key of ['major', 'minor'] as const) {
      const number = rule[key];
      // -1 is how callers that have no "absent" write it; the device cgroup's numbers are 32 bits wide.
      if (number !== undefined && (number < -1 || number > 4294967295)) {
        problems.push({
          path: `${path}.${key}`,
          message: `found ${number}, must be from 0 to 4294967295, or -1 for all`,
        });
      }
    }
  }
  return problems;
}

function checkMemory(memory: Memory | undefined): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const key of ['limit', 'reservation', 'swap', 'kernel', 'kernelTCP'] as const) {
    const bytes = memory?.[key];
    if (bytes !== undefined && bytes < -1) {
      problems.push({
        path: `linux.resources.memory.${key}`,
        message: `found ${bytes}, must be at least 0, or -1 for no limit`,
      });
    }
  }
  const swappiness = memory?.swappiness;
  if (swappiness !== undefined && swappiness > 100) {
    problems.push({ path: 'linux.resources.memory.swappiness', message: `found ${swappiness}, must be from 0 to 100` });
  }
  return problems;
}

function checkCpu({ cpu }: Resources): SpecProblem[] {
  const quota = cpu?.quota ?? 0;
  if (cpu?.burst !== undefined && quota > 0 && cpu.burst > quota) {
    return [{ path: 'linux.resources.cpu.burst', message: `found ${cpu.burst}, must be at most quota, ${quota}` }];
  }
  return [];
}

/** "You MUST specify at least one of weight or leafWeight". */
function checkWeights(blockIO: BlockIO | undefined): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [index, { weight, leafWeight }] of (blockIO?.weightDevice ?? []).entries()) {
    if (weight === undefined && leafWeight === undefined) {
      const path = `linux.resources.blockIO.weightDevice[${index}]`;
      problems.push({ path, message: 'found neither weight nor leafWeight, must have one' });
    }
  }
  return problems;
}

/** Entries whose names become file names or words of the kernel's files. */
function checkNamed({ hugepageLimits, rdma, unified }: Resources): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [index, { pageSize }] of (hugepageLimits ?? []).entries()) {
    if (!/^[1-9]\d*[KMG]B$/.test(pageSize)) {
      const path = `linux.resources.hugepageLimits[${index}].pageSize`;
      problems.push({ path, message: `found ${JSON.stringify(pageSize)}, must be a size such as "2MB"` });
    }
  }
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(rdma ?? {})) {
    if (hcaHandles === undefined && hcaObjects === undefined) {
      const path = joinPath('linux.resources.rdma', name);
      problems.push({ path, message: 'found neither hcaHandles nor hcaObjects, must have one' });
    }
  }
  for (const name of Object.keys(unified ?? {})) {
    if (!/^\w[\w.-]*$/.test(name)) {
      problems.push({
        path: joinPath('linux.resources.unified', name),
        message: 'must be named as a file of the cgroup directory',
      });
    }
  }
  return problems;
}

function isAccess(access: string): boolean {
  for (const letter of access) {
    if (letter !== 'r' && letter !== 'w' && letter !== 'm') {
      return false;
    }
  }
  return true;
}
