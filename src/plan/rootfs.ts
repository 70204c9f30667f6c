// The root filesystem: how it is entered, and what it is afterwards (root, linux.rootfsPropagation).

import { addProblem, type CompileContext, hasMountNamespace } from './context.js';
import type { Propagation } from './names.js';
import type { Op } from './ops.js';

const PROPAGATION: ReadonlyMap<string, Propagation> = new Map([
  ['shared', 'MS_SHARED'],
  ['slave', 'MS_SLAVE'],
  ['private', 'MS_PRIVATE'],
  ['unbindable', 'MS_UNBINDABLE'],
]);

/** The propagation of everything the container's mount namespace has from the host; slave, so that nothing we mount is seen there. */
export function setHostPropagation(context: CompileContext): Op[] {
  if (!hasMountNamespace(context)) {
    return [];
  }
  const wanted = readPropagation(context)?.flag ?? 'MS_SLAVE';
  // An unbindable tree could not give the bind of the rootfs: only the container's root becomes unbindable, at the end.
  return [{ op: 'set-host-propagation', flags: [wanted === 'MS_UNBINDABLE' ? 'MS_PRIVATE' : wanted, 'MS_REC'] }];
}

/** Slot 0. Without a mount namespace the rootfs is only opened: the host's mounts must stay as they are. */
export function takeRootfs(context: CompileContext): Op[] {
  const path = context.request.rootfs;
  return [hasMountNamespace(context) ? { op: 'bind-rootfs', slot: 0, path } : { op: 'open-rootfs', path }];
}

export function sealRootfs(context: CompileContext): Op[] {
  if (context.spec.root?.readonly !== true) {
    return [];
  }
  if (!hasMountNamespace(context)) {
    addProblem(context, 'root.readonly', 'needs a mount namespace: linux.namespaces has none');
  }
  return [{ op: 'set-attributes', slot: 0, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] }];
}

export function enterRootfs(context: CompileContext): Op[] {
  if (!hasMountNamespace(context)) {
    return [{ op: 'change-root' }];
  }
  return [{ op: context.request.noPivot ? 'move-root' : 'pivot-root' }];
}

/** After the root is entered, as pivot_root(2) refuses a shared one. */
export function setRootPropagation(context: CompileContext): Op[] {
  const word = context.spec.linux?.rootfsPropagation ?? '';
  const wanted = readPropagation(context);
  if (wanted === null) {
    if (word !== '') {
      addProblem(context, 'linux.rootfsPropagation', `unknown propagation "${word}"`);
    }
    return [];
  }
  if (!hasMountNamespace(context)) {
    addProblem(context, 'linux.rootfsPropagation', 'needs a mount namespace: linux.namespaces has none');
  } else if (context.request.noPivot && wanted.flag === 'MS_PRIVATE') {
    addProblem(context, 'linux.rootfsPropagation', '"private" is not safe without pivot_root (--no-pivot)');
  }
  const flags: Propagation[] = wanted.recursive ? [wanted.flag, 'MS_REC'] : [wanted.flag];
  return [{ op: 'set-propagation', slot: 0, flags }];
}

function readPropagation(context: CompileContext): { flag: Propagation; recursive: boolean } | null {
  const word = context.spec.linux?.rootfsPropagation ?? '';
  const plain = PROPAGATION.get(word);
  const flag = plain ?? (word.startsWith('r') ? PROPAGATION.get(word.slice(1)) : undefined);
  return flag === undefined ? null : { flag, recursive: plain === undefined };
}
