// process.rlimits and process.oomScoreAdj: set by the helper from outside, while it still has the privilege to raise them. They are the
// program's, and only one of them could be in the way of building what it runs in: that of descriptors.

import { addProblem, type ProgramContext } from './context.js';
import { type NameOf, TABLES } from './names.js';
import type { Op } from './ops.js';

/** What init needs at most for itself; sources of mounts, one each, and descriptors that are kept come on top. */
const FILES_OF_BUILDING = 64;

const RLIMITS: ReadonlySet<string> = new Set(TABLES.rlimit);

export function setProcessLimits(context: ProgramContext): Op[] {
  const process = context.spec.process;
  const ops: Op[] = [];
  const rlimits = process?.rlimits ?? [];
  for (let index = 0; index < rlimits.length; index += 1) {
    const { type, soft, hard } = rlimits[index] as (typeof rlimits)[number];
    if (RLIMITS.has(type)) {
      ops.push(...setLimit(context, { resource: type as NameOf<'rlimit'>, soft, hard }));
    } else {
      addProblem(context, `process.rlimits[${index}].type`, `unknown resource "${type}"`);
    }
  }
  if (process?.oomScoreAdj !== undefined) {
    ops.push({ op: 'set-oom-score-adj', value: process.oomScoreAdj });
  }
  return ops;
}

interface Limit {
  readonly resource: NameOf<'rlimit'>;
  readonly soft: number | bigint;
  readonly hard: number | bigint;
}

function setLimit(context: ProgramContext, limit: Limit): Op[] {
  if (!isInTheWay(context, limit)) {
    return [{ op: 'set-rlimit', ...limit }];
  }
  // What only the helper may do: the hard limit could be above its own.
  return isInTheWay(context, { ...limit, soft: limit.hard }) ? [] : [{ op: 'set-rlimit', ...limit, soft: limit.hard }];
}

function isInTheWay({ request, spec }: ProgramContext, { resource, soft }: Limit): boolean {
  return resource === 'RLIMIT_NOFILE' && soft < FILES_OF_BUILDING + request.preserveFds + (spec.mounts?.length ?? 0);
}

/** By init, when nothing is left that opens anything. To lower a limit takes no privilege. */
export function lowerFileLimit(context: ProgramContext): Op[] {
  const limits = (context.spec.process?.rlimits ?? []).map((limit) => ({ ...limit, resource: limit.type })) as Limit[];
  return limits
    .filter((limit) => isInTheWay(context, limit))
    .map(({ resource, soft, hard }) => ({ op: 'lower-rlimit', resource, soft, hard }));
}
