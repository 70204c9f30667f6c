// linux.intelRdt: config-linux.md, "IntelRdt". Which groups of resctrl are made for a container, with which schemata, and what one has to be
// that exists.

import type { Spec } from '../spec/types.js';
import type { CompileContext } from './context.js';
import type { Op } from './ops.js';
import type { ResctrlLocation } from './resctrl.js';
import { describeMismatch } from './resctrl-schemata.js';

const PATH = 'linux.intelRdt';

/** Before init is born, with what they limit. A class that has a name of its own is shared: it stays, whoever has made it. */
export function makeResctrlGroups(context: CompileContext, location: ResctrlLocation | null): Op[] {
  const rdt = context.spec.linux?.intelRdt;
  if (rdt === undefined || !checkClass(context) || location === null) {
    return [];
  }
  const { root, group, monitoring } = location;
  const { closID = '' } = rdt;
  const ops: Op[] = [];
  if (closID === '' || (context.facts.resctrl?.schemata ?? null) === null) {
    ops.push({ op: 'make-resctrl-group', root, group, kind: 'class' });
    ops.push(...listSchemata(context.spec).map((lines): Op => ({ op: 'write-resctrl', root, group, lines })));
    ops.push(...(closID === '' ? [] : [{ op: 'keep-resctrl-group' } as const]));
  }
  if (monitoring !== null) {
    ops.push({ op: 'make-resctrl-group', root, group: monitoring, kind: 'monitoring' });
  }
  return ops;
}

/**
 * What is written to the file `schemata`, a list for each write: the two schemata of their own as one value, then the others. Of a memory
 * bandwidth in l3CacheSchema, memBwSchema takes the place.
 */
export function listSchemata({ linux }: Spec): string[][] {
  const { l3CacheSchema = '', memBwSchema = '', schemata = [] } = linux?.intelRdt ?? {};
  const cache = l3CacheSchema
    .split('\n')
    .filter((line) => line !== '' && !(memBwSchema !== '' && /^\s*MB:/.test(line)));
  const own = memBwSchema === '' ? cache : [...cache, memBwSchema];
  return [own, schemata.filter((line) => line !== '')].filter((lines) => lines.length > 0);
}

/** False, with a problem, where the class cannot be what config.json says. */
function checkClass({ spec, facts, problems }: CompileContext): boolean {
  const { root = null, schemata = null } = facts.resctrl ?? {};
  const { closID = '' } = spec.linux?.intelRdt ?? {};
  const lines = listSchemata(spec).flat();
  const refuse = (path: string, message: string): boolean => {
    problems.push({ path, message, ofHost: true });
    return false;
  };
  if (facts.resctrl === null) {
    return false;
  }
  if (root === null) {
    return refuse(PATH, 'this host has no resctrl filesystem mounted: "mount -t resctrl resctrl /sys/fs/resctrl"');
  }
  if (closID === '') {
    return true;
  }
  if (schemata === null) {
    const missing = `found ${JSON.stringify(closID)}, but "${root}" has no such class, and no schemata are given to make it with`;
    return lines.length > 0 || refuse(`${PATH}.closID`, missing);
  }
  const mismatch = describeMismatch(lines, schemata);
  return (
    mismatch === null || refuse(PATH, `the class ${JSON.stringify(closID)} exists with other schemata: ${mismatch}`)
  );
}
