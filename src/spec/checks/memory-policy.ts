// linux.memoryPolicy: config-linux.md, "Memory policy"; which combinations exist: set_mempolicy(2).

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';
import { isNumberList } from './number-list.js';

type MemoryPolicy = NonNullable<NonNullable<Spec['linux']>['memoryPolicy']>;

/** More than a kernel can have (MAX_NUMNODES): a number above is a mistake. */
const LAST_NODE = 4095;

export function checkMemoryPolicy(spec: Spec): SpecProblem[] {
  const policy = spec.linux?.memoryPolicy;
  if (policy === undefined) {
    return [];
  }
  const problems: SpecProblem[] = [];
  checkNodes(problems, policy);
  const flags = policy.flags ?? [];
  if (flags.includes('MPOL_F_RELATIVE_NODES') && flags.includes('MPOL_F_STATIC_NODES')) {
    const message = 'found "MPOL_F_RELATIVE_NODES" and "MPOL_F_STATIC_NODES", must have at most one of them';
    problems.push({ path: 'linux.memoryPolicy.flags', message });
  }
  return problems;
}

/** set_mempolicy(2): the modes that take no nodes, and those that need some; MPOL_PREFERRED without nodes is local allocation. */
function checkNodes(problems: SpecProblem[], { mode, nodes = '' }: MemoryPolicy): void {
  const add = (message: string): void => {
    problems.push({ path: 'linux.memoryPolicy.nodes', message });
  };
  const found = `found ${JSON.stringify(nodes)}`;
  if (nodes.trim() === '') {
    if (mode !== 'MPOL_DEFAULT' && mode !== 'MPOL_LOCAL' && mode !== 'MPOL_PREFERRED') {
      add(`found no node, ${mode} needs one`);
    }
  } else if (!isNumberList(nodes)) {
    add(`${found}, must be a list of nodes such as "0-3,7"`);
  } else if (mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL') {
    add(`${found}, must be empty with ${mode}`);
  } else if ((nodes.match(/\d+/g) ?? []).some((node) => Number(node) > LAST_NODE)) {
    add(`${found}, must have no node above ${LAST_NODE}`);
  }
}
