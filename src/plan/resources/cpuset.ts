// linux.resources.cpu.cpus and mems: where processes may run and memory may come from.

import type { SpecProblem } from '../../base/errors.js';
import type { CPU } from '../../spec/types.js';
import { makeSetting, RESOURCES } from './make-setting.js';
import { missingNumbers } from './number-ranges.js';
import type { CgroupSetting, ResourceFacts } from './settings.js';

const FILES = { cpus: 'cpuset.cpus', mems: 'cpuset.mems' } as const;
const NOUNS = { cpus: 'CPU', mems: 'memory node' } as const;
const KEYS = ['cpus', 'mems'] as const;

/** An empty list is "not set". */
export function compileCpuset(cpu: CPU): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  for (const key of KEYS) {
    const list = cpu[key] ?? '';
    if (list !== '') {
      settings.push(makeSetting(`${RESOURCES}.cpu.${key}`, FILES[key], list));
    }
  }
  return settings;
}

/** What the host does not have is named here: of a list the kernel says no more than EINVAL or ERANGE. */
export function checkCpuset(cpu: CPU, facts: ResourceFacts): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const key of KEYS) {
    const list = cpu[key] ?? '';
    const present = facts[key]?.trim() ?? null;
    const missing = present === null ? '' : missingNumbers(list, present);
    if (missing !== '') {
      const message = `found ${JSON.stringify(list)}, but this host has no ${NOUNS[key]} ${missing}, only ${present}`;
      problems.push({ path: `${RESOURCES}.cpu.${key}`, message, ofHost: true });
    }
  }
  return problems;
}
