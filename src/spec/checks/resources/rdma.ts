// linux.resources.rdma: config-linux.md, "RDMA".

import type { SpecProblem } from '../../../base/errors.js';
import { joinPath } from '../../json-path.js';
import type { Rdma } from '../../types.js';

/** A device's name is a word in a line of rdma.max. */
export function checkRdma(devices: Readonly<Record<string, Rdma>>): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(devices)) {
    const path = joinPath('linux.resources.rdma', name);
    if (!/^\S+$/.test(name)) {
      problems.push({ path, message: 'must be named as an RDMA device, in one word' });
    }
    if (hcaHandles === undefined && hcaObjects === undefined) {
      problems.push({ path, message: 'found neither hcaHandles nor hcaObjects, must have one' });
    }
  }
  return problems;
}
