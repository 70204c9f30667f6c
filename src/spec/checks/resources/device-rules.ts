// linux.resources.devices: config-linux.md, "Allowed Device list".

import type { SpecProblem } from '../../../base/errors.js';
import type { DeviceRule } from '../../types.js';

export function checkDeviceRules(rules: readonly DeviceRule[]): SpecProblem[] {
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

function isAccess(access: string): boolean {
  for (const letter of access) {
    if (letter !== 'r' && letter !== 'w' && letter !== 'm') {
      return false;
    }
  }
  return true;
}
