// One entry of mounts[] on its way to operations: what all kinds of mounts have in common.

import type { Spec } from '../spec/types.js';
import { addProblem, type CompileContext } from './context.js';
import { type MountOptions, parseMountOptions } from './mount-options.js';
import type { NameOf } from './names.js';
import type { Op } from './ops.js';
import { resolvePath } from './resolve-path.js';

export type Mount = NonNullable<Spec['mounts']>[number];

/** The mounts in three parts, as compile.ts puts other steps between them. */
export interface MountOps {
  /** Sources of binds, taken in the runtime's mount namespace. */
  readonly open: Op[];
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
export function attachMount(entry: MountEntry, slot: number, how: NameOf<'attach'>, ops: MountOps): void {
  const { options, target } = entry;
  const { set, clear } = options.recursive;
  if (set.length > 0 || clear.length > 0) {
    ops.attach.push({ op: 'set-attributes', slot, set, clear, scope: ['AT_RECURSIVE'] });
  }
  ops.attach.push({ op: 'attach', slot, target, how: how === 'follow' && options.targetNoFollow ? 'nofollow' : how });
  for (const flags of options.propagation) {
    ops.attach.push({ op: 'set-propagation', slot, flags });
  }
}
