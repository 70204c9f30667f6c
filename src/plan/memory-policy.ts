// linux.memoryPolicy: config-linux.md, "Memory policy"; set_mempolicy(2). Of the container's own process and of those that exec starts.

import type { Spec } from '../spec/types.js';
import type { CompileContext, ProgramContext } from './context.js';
import { listNumbers } from './number-list.js';
import type { Op } from './ops.js';
import { missingNumbers } from './resources/number-ranges.js';

/** In force for what the program allocates: execve(2) keeps it. Before the filter of system calls, which may not let it pass. */
export function setMemoryPolicy({ spec }: ProgramContext): Op[] {
  const policy = spec.linux?.memoryPolicy;
  if (policy === undefined) {
    return [];
  }
  const { mode, nodes = '', flags = [] } = policy;
  return [{ op: 'set-memory-policy', mode, flags: [...new Set(flags)], nodes: listNumbers(nodes, MOST_NODES) }];
}

/** True where nodes are named that this host has or has not: those of MPOL_F_RELATIVE_NODES are counted among what the cpuset allows. */
export function namesMemoryNodes({ linux }: Spec): boolean {
  const { nodes = '', flags = [] } = linux?.memoryPolicy ?? {};
  return nodes.trim() !== '' && !flags.includes('MPOL_F_RELATIVE_NODES');
}

/** The kernel leaves out the nodes that there are not, without a word, and refuses the rest only if it is nothing. */
export function checkMemoryNodes({ spec, facts, problems, warnings }: CompileContext): void {
  const present = facts.memoryNodes;
  const nodes = spec.linux?.memoryPolicy?.nodes ?? '';
  const missing = present === null ? '' : missingNumbers(nodes, present);
  if (missing === '') {
    return;
  }
  const path = 'linux.memoryPolicy.nodes';
  const message = `found ${JSON.stringify(nodes)}, but this host has no memory node ${missing}, only ${present}`;
  if (missingNumbers(nodes, missing) === '') {
    problems.push({ path, message, ofHost: true });
  } else {
    warnings.push(`${path}: ${message}: the policy is without what is missing`);
  }
}

/** More than any kernel can have (MAX_NUMNODES); the checks of the spec refuse what is above. */
const MOST_NODES = 4095;
