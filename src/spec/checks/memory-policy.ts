// linux.memoryPolicy: config-linux.md, "Memory policy"; which combinations exist: set_mempolicy(2).

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';
import { isNumberList } from './number-list.js';

export function checkMemoryPolicy(spec: Spec): SpecProblem[] {
  const policy = spec.linux?.memoryPolicy;
  if (policy === undefined) {
    return [];
  }
  const problems: SpecProblem[] = [];
  const nodes = policy.nodes ?? '';
  if (nodes !== '' && !isNumberList(nodes)) {
    problems.push({
      path: 'linux.memoryPolicy.nodes',
      message: `found ${JSON.stringify(nodes)}, must be a list of nodes such as "0-3,7"`,
    });
  }
  const flags = policy.flags ?? [];
  if (flags.includes('MPOL_F_RELATIVE_NODES') && flags.includes('MPOL_F_STATIC_NODES')) {
    const message = 'found "MPOL_F_RELATIVE_NODES" and "MPOL_F_STATIC_NODES", must have at most one of them';
    problems.push({ path: 'linux.memoryPolicy.flags', message });
  }
  return problems;
}
