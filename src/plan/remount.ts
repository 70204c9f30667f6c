// The option `remount`: a mount of the container that an earlier entry of mounts[] has made is changed. Never one of the host.

import { addProblem, type CompileContext } from './context.js';
import { type MountEntry, type MountOps, replaceAttributes, setPropagation, setTreeAttributes } from './mount-entry.js';

/** What of a mount its remount needs to know. */
export interface EarlierMount {
  readonly slot: number;
  /** A bind shows a filesystem that others have too: its options stay as they are. */
  readonly isBind: boolean;
  /** Read-only only when all has been made in it. */
  readonly isSealed: boolean;
}

/** mount(2), MS_REMOUNT: the mount then has exactly the listed flags; its filesystem keeps what is not listed. */
export function compileRemount(
  context: CompileContext,
  entry: MountEntry,
  earlier: EarlierMount | undefined,
  ops: MountOps,
): void {
  const { path, mount, options } = entry;
  const index = (mount.options ?? []).indexOf('remount');
  if (earlier === undefined) {
    const message = `"remount" needs an earlier mount on ${JSON.stringify(mount.destination)}`;
    addProblem(context, `${path}.options[${index}]`, message);
    return;
  }
  if (options.copyUp || options.idMap !== null) {
    addProblem(context, `${path}.options[${index}]`, '"remount" does not go with "tmpcopyup" or "idmap"');
  }
  const { slot } = earlier;
  const items = [...options.superblock, ...options.superblockCleared, ...options.data.map(({ text }) => text)];
  if (items.length > 0 && (earlier.isBind || options.bind !== 'none')) {
    addProblem(context, path, `a remount of a bind cannot change its filesystem: ${items.join(', ')}`);
  } else if (items.length > 0) {
    ops.attach.push({ op: 'reconfigure', slot, options: items });
  }
  replaceFlags(entry, earlier, ops);
  setTreeAttributes(entry, slot, ops);
  setPropagation(entry, slot, ops);
}

function replaceFlags({ options }: MountEntry, { slot, isSealed }: EarlierMount, ops: MountOps): void {
  const isReadOnly = options.plain.set.includes('MOUNT_ATTR_RDONLY');
  const set = options.plain.set.filter((attribute) => !(isSealed && attribute === 'MOUNT_ATTR_RDONLY'));
  ops.attach.push(replaceAttributes(slot, { set, clear: options.plain.clear }));
  if (isSealed) {
    const others = ops.seal.filter((op) => !('slot' in op && op.slot === slot));
    ops.seal.splice(0, ops.seal.length, ...others);
    if (isReadOnly) {
      ops.seal.push({ op: 'set-attributes', slot, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] });
    }
  }
}
