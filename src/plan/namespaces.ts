// linux.namespaces: which are opened, made with init, joined, or unshared by init itself.

import { isSwitchedOn, KEEP_GROUPS } from '../spec/annotations.js';
import type { Spec } from '../spec/types.js';
import type { CompileContext } from './context.js';
import type { CloneFlag, NameOf } from './names.js';
import type { Op } from './ops.js';

export type NamespaceType = NameOf<'namespace'>;

/** How the container gets each of its own namespaces: `new`, or the path of the one it joins. Types it shares with the host are absent. */
export type Namespaces = { readonly [Type in NamespaceType]?: { readonly path: string | null } };

type NamespaceEntries = NonNullable<NonNullable<Spec['linux']>['namespaces']>;

export function viewNamespaces(entries: NamespaceEntries): Namespaces {
  const view: { [Type in NamespaceType]?: { path: string | null } } = {};
  for (const entry of entries) {
    view[entry.type] = { path: entry.path === undefined || entry.path === '' ? null : entry.path };
  }
  return view;
}

/** True if the container gets a new namespace of this type. */
export function isNew(namespaces: Namespaces, type: NamespaceType): boolean {
  return namespaces[type]?.path === null;
}

/** True if the container joins an existing namespace of this type. */
export function isJoined(namespaces: Namespaces, type: NamespaceType): boolean {
  return typeof namespaces[type]?.path === 'string';
}

/** Every namespace file is opened before anything else happens to it or to us: a pid in /proc may be another process later. */
export function openNamespaces(context: CompileContext): Op[] {
  const ops: Op[] = [];
  for (const { type, path } of context.spec.linux?.namespaces ?? []) {
    if (path !== undefined && path !== '') {
      ops.push({ op: 'open-namespace', type, path });
    }
  }
  return ops;
}

// cgroup and time are not here: init unshares them, when its cgroup is settled and its offsets are written.
export const CLONE_FLAGS: readonly (readonly [NamespaceType, CloneFlag])[] = [
  ['pid', 'CLONE_NEWPID'],
  ['network', 'CLONE_NEWNET'],
  ['mount', 'CLONE_NEWNS'],
  ['ipc', 'CLONE_NEWIPC'],
  ['uts', 'CLONE_NEWUTS'],
  ['user', 'CLONE_NEWUSER'],
];

export function spawnInit(context: CompileContext): Op[] {
  const namespaces: CloneFlag[] = [];
  for (const [type, flag] of CLONE_FLAGS) {
    if (isNew(context.namespaces, type)) {
      namespaces.push(flag);
    }
  }
  return [{ op: 'spawn-init', namespaces }];
}

// user first: it gives the privilege over the others. mount last: the paths of the others were opened outside of it.
const JOIN_ORDER = ['user', 'ipc', 'uts', 'network', 'cgroup', 'time', 'mount'] as const;

/** pid is missing on purpose: a process cannot move into a pid namespace, only its child can, so spawn-init does it. */
export function joinNamespaces(context: CompileContext): Op[] {
  const ops: Op[] = [];
  for (const type of JOIN_ORDER) {
    if (isJoined(context.namespaces, type)) {
      ops.push({ op: 'join-namespace', type });
    }
  }
  return ops;
}

export function becomeRoot({ namespaces, spec }: Pick<CompileContext, 'namespaces' | 'spec'>): Op[] {
  const groups = isSwitchedOn(spec, KEEP_GROUPS) ? 'keep' : 'drop';
  return namespaces.user === undefined ? [] : [{ op: 'become-root', groups }];
}

/** The two namespaces that clone cannot make as they are needed: cgroup (after init is in its cgroup) and time (offsets first). */
export function unshareNamespaces(context: CompileContext): Op[] {
  const ops: Op[] = [];
  if (isNew(context.namespaces, 'cgroup')) {
    ops.push({ op: 'unshare', namespaces: ['CLONE_NEWCGROUP'] });
  }
  if (isNew(context.namespaces, 'time')) {
    ops.push({ op: 'unshare-time', offsets: compileOffsets(context) });
  }
  return ops;
}

function compileOffsets(context: CompileContext): string {
  const offsets = context.spec.linux?.timeOffsets;
  let text = '';
  for (const clock of ['monotonic', 'boottime'] as const) {
    const offset = offsets?.[clock];
    if (offset !== undefined) {
      text += `${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n`;
    }
  }
  return text;
}

/** A new network namespace starts with its loopback down; a joined one is its owner's concern. */
export function raiseLoopback(context: CompileContext): Op[] {
  return isNew(context.namespaces, 'network') ? [{ op: 'raise-loopback' }] : [];
}
