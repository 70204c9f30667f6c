// One entry of mounts[] on its way to operations: what all kinds of mounts have in common.

import { cleanPath } from '../spec/lexical-path.js';
import type { Spec } from '../spec/types.js';
import { addProblem, type CompileContext } from './context.js';
import type { Attributes } from './mount-attributes.js';
import { type MountOptions, parseMountOptions } from './mount-options.js';
import type { MountAttribute, NameOf } from './names.js';
import type { Op } from './ops.js';
import { resolvePath } from './resolve-path.js';

export type Mount = NonNullable<Spec['mounts']>[number];

/** The mounts in three parts, as compile.ts puts other steps between them. */
export interface MountOps {
  /** Sources of binds, taken in the runtime's mount namespace. */
  readonly open: Op[];
  /** Ids of these sources are mapped, once the container's user namespace has its own maps. */
  readonly idMap: Op[];
  readonly attach: Op[];
  /** Mounts that were left writable for what is made in them, and are read-only from here on. */
  readonly seal: Op[];
}

/** One mount on its way: what config.json says and what was found out. */
export interface MountEntry {
  readonly mount: Mount;
  /** Its JSON path, such as `mounts[2]`. */
  readonly path: string;
  readonly target: string;
  readonly options: MountOptions;
}

/** True if the mount is a bind: the option counts whatever the type says. */
export function isBind(mount: Mount): boolean {
  const options = mount.options ?? [];
  return mount.type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** Reads the options of a mount; what is wrong with them is reported here. */
export function readEntry(context: CompileContext, mount: Mount, path: string): MountEntry {
  const parsed = parseMountOptions(mount.options ?? []);
  const options: MountOptions = parsed.bind === 'none' && mount.type === 'bind' ? { ...parsed, bind: 'bind' } : parsed;
  for (const problem of options.problems) {
    addProblem(context, `${path}.options[${problem.index}]`, problem.message);
  }
  for (const word of options.withoutEffect) {
    context.warnings.push(`${path}: option "${word}" has no effect: the mount API has no such flag`);
  }
  return { mount, path, target: resolvePath('/', mount.destination), options };
}

/** The last steps of every mount: attributes of the whole tree, attach, and propagation, which attaching may have changed. */
export function attachMount(entry: MountEntry, slot: number, ops: MountOps): void {
  setTreeAttributes(entry, slot, ops);
  ops.attach.push({ op: 'attach', slot, target: entry.target, how: howToAttach(entry) });
  setPropagation(entry, slot, ops);
}

/** What spec/checks/mounts.ts lets pass below /proc is all that may be mounted there. */
function howToAttach({ mount, options }: MountEntry): NameOf<'attach'> {
  const destination = cleanPath(mount.destination);
  const isOfKernel = options.bind === 'none' && (mount.type === 'proc' || mount.type === 'sysfs');
  if (isOfKernel || destination === '/proc') {
    return 'ordinary';
  }
  if (destination.startsWith('/proc/')) {
    return 'procfs';
  }
  return options.targetNoFollow ? 'nofollow' : 'follow';
}

/** What the r-words ask for, of the mount and all below it. */
export function setTreeAttributes({ options }: MountEntry, slot: number, ops: MountOps): void {
  const { set, clear } = options.recursive;
  if (set.length > 0 || clear.length > 0) {
    ops.attach.push({ op: 'set-attributes', slot, set, clear, scope: ['AT_RECURSIVE'] });
  }
}

export function setPropagation({ options }: MountEntry, slot: number, ops: MountOps): void {
  for (const flags of options.propagation) {
    ops.attach.push({ op: 'set-propagation', slot, flags });
  }
}

/** What the plain words ask for, of a mount that has flags already. */
export function replaceAttributes(slot: number, { set, clear }: Attributes): Op {
  return { op: 'replace-attributes', slot, set, clear, implied: impliedClears({ set, clear }) };
}

const CLEARABLE = [
  'MOUNT_ATTR_RDONLY',
  'MOUNT_ATTR_NOSUID',
  'MOUNT_ATTR_NODEV',
  'MOUNT_ATTR_NOEXEC',
  'MOUNT_ATTR_NOSYMFOLLOW',
] as const;

/** mount(2) with MS_REMOUNT, and so runc, gives a mount exactly the listed flags: all others go, access time excepted. */
function impliedClears({ set, clear }: Attributes): MountAttribute[] {
  return CLEARABLE.filter((attribute) => !set.includes(attribute) && !clear.includes(attribute));
}
