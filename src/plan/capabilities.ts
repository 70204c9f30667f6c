// process.capabilities: the five sets, without what the kernel would refuse.

import type { Spec } from '../spec/types.js';
import type { ProgramContext } from './context.js';
import { type NameOf, TABLES } from './names.js';
import type { Op } from './ops.js';

type Capability = NameOf<'cap'>;
type Capabilities = NonNullable<NonNullable<Spec['process']>['capabilities']>;

/** The bounding set goes first and as root: dropping from it needs CAP_SETPCAP. Absent capabilities are left as they are, as in runc. */
export function setBoundingCapabilities(context: ProgramContext): Op[] {
  const capabilities = context.spec.process?.capabilities;
  return capabilities === undefined ? [] : [{ op: 'set-bounding-capabilities', keep: listSet(capabilities.bounding) }];
}

export function setCapabilities(context: ProgramContext): Op[] {
  const capabilities = context.spec.process?.capabilities;
  if (capabilities === undefined) {
    return [];
  }
  const { effective, inheritable, permitted, ambient } = grantable(capabilities);
  return [{ op: 'set-capabilities', effective, permitted, inheritable, ambient }];
}

// capabilities(7). config.md: what cannot be granted is no error; the checks of the spec warn of it.
function grantable(capabilities: Capabilities) {
  const bounding = listSet(capabilities.bounding);
  const permitted = listSet(capabilities.permitted);
  const inheritable = listSet(capabilities.inheritable).filter((name) => bounding.includes(name));
  const effective = listSet(capabilities.effective).filter((name) => permitted.includes(name));
  const ambient = listSet(capabilities.ambient).filter(
    (name) => permitted.includes(name) && inheritable.includes(name),
  );
  return { permitted, inheritable, effective, ambient };
}

/** The known names of a set, each once, in the kernel's order. */
function listSet(names: readonly string[] | undefined): Capability[] {
  if (names === undefined || names.length === 0) {
    return [];
  }
  const wanted = new Set(names);
  return TABLES.cap.filter((name) => wanted.has(name));
}
