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
  return [{ op: 'set-host-propagation', flags: [hostPropagation(context), 'MS_REC'] }];
}

/** An unbindable tree could not give the bind of the rootfs: only the container's root becomes unbindable, at the end. */
function hostPropagation(context: CompileContext): Propagation {
  const wanted = readPropagation(context) ?? 'MS_SLAVE';
  return wanted === 'MS_UNBINDABLE' ? 'MS_PRIVATE' : wanted;
}

/**
 * The same for what was taken before init had a mount namespace: clones are in the peer groups of the host, which would get each mount that the
 * container makes in them. What a mount of config.json asks for itself comes after it.
 */
export function isolateSources(context: CompileContext, sources: readonly Op[]): Op[] {
  const flag = hostPropagation(context);
  const isNeeded = flag !== 'MS_SHARED' && sources.some(({ op }) => op === 'open-tree' || op === 'try-open-tree');
  return isNeeded ? [{ op: 'isolate-sources', flags: [flag, 'MS_REC'] }] : [];
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

/** After the root is entered, as pivot_root(2) refuses a shared one. Only the root: mounts in it have options of their own. */
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
  } else if (context.request.noPivot && wanted === 'MS_PRIVATE') {
    addProblem(context, 'linux.rootfsPropagation', '"private" is not safe without pivot_root (--no-pivot)');
  }
  return [{ op: 'set-propagation', slot: 0, flags: [wanted] }];
}

/** The words with an r say the same: what comes from the host is changed with all that is below it either way. */
function readPropagation(context: CompileContext): Propagation | null {
  const word = context.spec.linux?.rootfsPropagation ?? '';
  return PROPAGATION.get(word) ?? PROPAGATION.get(word.replace(/^r/, '')) ?? null;
}
