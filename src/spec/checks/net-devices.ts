// linux.netDevices: config-linux.md, "Network Devices". That they need a network namespace is in namespaces.ts.

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../json-path.js';
import type { Spec } from '../types.js';

/** Linux, net/core/dev.c, dev_valid_name(): the names that a device can have; each name in the container once. */
export function checkNetDevices(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [host, { name = '' }] of Object.entries(spec.linux?.netDevices ?? {})) {
    const path = joinPath('linux.netDevices', host);
    if (!isDeviceName(host)) {
      problems.push({ path, message: `found ${JSON.stringify(host)}, must be the name of a network device` });
    }
    const inside = name === '' ? host : name;
    if (name !== '' && !isDeviceName(name)) {
      problems.push({
        path: `${path}.name`,
        message: `found ${JSON.stringify(name)}, must be the name of a network device`,
      });
    } else if (seen.has(inside)) {
      problems.push({ path: `${path}.name`, message: `found ${JSON.stringify(inside)} twice, must be there once` });
    }
    seen.add(inside);
  }
  return problems;
}

// IFNAMSIZ is 16 with the terminating NUL; a "%" would be a template to be numbered.
function isDeviceName(name: string): boolean {
  return /^[^\s/:%]{1,15}$/.test(name) && name !== '.' && name !== '..';
}
