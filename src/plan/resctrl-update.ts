// Schemata of a living container as a part of an update: --l3-cache-schema and --mem-bw-schema.

import type { Op } from './ops.js';
import type { ResctrlLocation } from './resctrl.js';
import { describeMismatch, pickSchemata } from './resctrl-schemata.js';
import type { UpdatePlan } from './update.js';

/**
 * The update that writes these lines as well, last, and takes them back first. `present` is the text of the file. A class with a name of its
 * own may have other containers in it: they get the same, as with runc.
 */
export function addSchemata(
  update: UpdatePlan,
  { root, group }: ResctrlLocation,
  lines: readonly string[],
  present: string,
): UpdatePlan {
  if (describeMismatch(lines, present) === null) {
    return update;
  }
  const former = pickSchemata(lines, present);
  const { create, start, teardown } = update.plan.sections;
  const write: Op = { op: 'write-resctrl', root, group, lines };
  const undo: Op[] = former.length === 0 ? [] : [{ op: 'write-resctrl', root, group, lines: former }];
  return {
    ...update,
    plan: { ...update.plan, sections: { create: [...create, write], start, teardown: [...undo, ...teardown] } },
    changes: [...update.changes, { file: 'schemata', from: former.join(' '), to: lines.join(' ') }],
  };
}
