// linux.netDevices: config-linux.md, "Network Devices". That they need a network namespace is in namespaces.ts.

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../json-path.js';
import type { Spec } from '../types.js';

/** Names that the kernel takes, and each name in the container once; the same template may be there for several. */
export function checkNetDevices(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [host, { name = '' }] of Object.entries(spec.linux?.netDevices ?? {})) {
    const path = joinPath('linux.netDevices', host);
    checkName(problems, path, host, isDeviceName(host));
    if (name !== '') {
      checkName(problems, `${path}.name`, name, isDeviceName(name) || isTemplate(name));
    }
    const inside = name === '' ? host : name;
    if (seen.has(inside) && !isTemplate(inside)) {
      problems.push({ path: `${path}.name`, message: `found ${JSON.stringify(inside)} twice, must be there once` });
    }
    seen.add(inside);
  }
  return problems;
}

function checkName(problems: SpecProblem[], path: string, name: string, isValid: boolean): void {
  const found = `found ${JSON.stringify(name)}`;
  if (name === 'lo') {
    problems.push({ path, message: `${found}, must not be the loopback device: each network namespace has its own` });
  } else if (!isValid) {
    problems.push({ path, message: `${found}, must be the name of a network device` });
  }
}

/** Linux, net/core/dev.c, dev_valid_name(); IFNAMSIZ is 16 bytes with the terminating NUL. */
function isDeviceName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  return bytes <= 15 && /^[^\s/:%\0]+$/.test(name) && name !== '.' && name !== '..';
}

/** With `%d` in it the kernel finds a number that is free (dev_alloc_name()). */
function isTemplate(name: string): boolean {
  return name.length > 2 && name.split('%d').length === 2 && isDeviceName(name.replace('%d', '00'));
}
