// linux.intelRdt: config-linux.md, "IntelRdt".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

/** What resctrl itself has in its root. */
const RESERVED: ReadonlySet<string> = new Set(['.', '..', 'info', 'mon_groups', 'mon_data']);

export function checkIntelRdt(spec: Spec): SpecProblem[] {
  const { closID, memBwSchema, schemata } = spec.linux?.intelRdt ?? {};
  const problems: SpecProblem[] = [];
  // closID becomes the name of a directory of resctrl; "/" is the default class.
  if (closID !== undefined && closID !== '/' && (/[/\0]/.test(closID) || RESERVED.has(closID))) {
    problems.push({
      path: 'linux.intelRdt.closID',
      message: `found ${JSON.stringify(closID)}, must be the name of a class: of a directory of resctrl, or "/"`,
    });
  }
  if (memBwSchema !== undefined && memBwSchema !== '' && !/^MB:[^\n]*$/.test(memBwSchema)) {
    problems.push({
      path: 'linux.intelRdt.memBwSchema',
      message: `found ${JSON.stringify(memBwSchema)}, must be one line that begins with "MB:"`,
    });
  }
  for (const [index, line] of (schemata ?? []).entries()) {
    if (line.includes('\n')) {
      problems.push({
        path: `linux.intelRdt.schemata[${index}]`,
        message: `found ${JSON.stringify(line)}, must be one line`,
      });
    }
  }
  return problems;
}
