// linux.uidMappings and linux.gidMappings: the id maps of a new user namespace.

import type { Spec } from '../spec/types.js';
import type { CompileContext } from './context.js';
import { isNew } from './namespaces.js';
import type { Op } from './ops.js';

type Mappings = NonNullable<NonNullable<Spec['linux']>['uidMappings']>;

export function setIdMaps(context: CompileContext): Op[] {
  const linux = context.spec.linux;
  if (!isNew(context.namespaces, 'user')) {
    return [];
  }
  const ops: Op[] = [];
  const uidMappings = linux?.uidMappings ?? [];
  const gidMappings = linux?.gidMappings ?? [];
  // user_namespaces(7): without CAP_SETGID in the parent, gid_map can be written only after setgroups is denied.
  if (context.facts.uid !== 0 && gidMappings.length > 0) {
    ops.push({ op: 'deny-setgroups' });
  }
  if (uidMappings.length > 0) {
    ops.push({ op: 'set-id-map', file: 'uid_map', map: encodeMap(uidMappings) });
  }
  if (gidMappings.length > 0) {
    ops.push({ op: 'set-id-map', file: 'gid_map', map: encodeMap(gidMappings) });
  }
  return ops;
}

function encodeMap(mappings: Mappings): string {
  let text = '';
  for (const mapping of mappings) {
    text += `${mapping.containerID} ${mapping.hostID} ${mapping.size}\n`;
  }
  return text;
}
