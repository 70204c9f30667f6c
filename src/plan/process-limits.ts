// process.rlimits and process.oomScoreAdj: set by the helper from outside, while it still has the privilege to raise them.

import { addProblem, type ProgramContext } from './context.js';
import { type NameOf, TABLES } from './names.js';
import type { Op } from './ops.js';

const RLIMITS: ReadonlySet<string> = new Set(TABLES.rlimit);

export function setProcessLimits(context: ProgramContext): Op[] {
  const process = context.spec.process;
  const ops: Op[] = [];
  const rlimits = process?.rlimits ?? [];
  for (let index = 0; index < rlimits.length; index += 1) {
    const { type, soft, hard } = rlimits[index] as (typeof rlimits)[number];
    if (RLIMITS.has(type)) {
      ops.push({ op: 'set-rlimit', resource: type as NameOf<'rlimit'>, soft, hard });
    } else {
      addProblem(context, `process.rlimits[${index}].type`, `unknown resource "${type}"`);
    }
  }
  if (process?.oomScoreAdj !== undefined) {
    ops.push({ op: 'set-oom-score-adj', value: process.oomScoreAdj });
  }
  return ops;
}
