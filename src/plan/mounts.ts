// mounts[]: each mount as operations, in the listed order. Options are read by mount-options.ts; cgroup mounts are in cgroup-mount.ts.
// Where nothing may be mounted is said once, in spec/checks/mounts.ts.

import { append } from '../base/append.js';
import { cleanPath } from '../spec/lexical-path.js';
import type { Spec } from '../spec/types.js';
import { compileCgroupBind, isCgroupType, needsCgroupBind } from './cgroup-mount.js';
import { addProblem, type CompileContext, hasMountNamespace, takeSlot } from './context.js';
import { labelMount, mountLabelOptions } from './labels.js';
import { isTooLong } from './mount-data.js';
import {
  attachMount,
  isBind,
  type Mount,
  type MountEntry,
  type MountOps,
  readEntry,
  replaceAttributes,
} from './mount-entry.js';
import { type IdMappedMount, idMapMount, listIdMaps, refuseIdMap } from './mount-id-map.js';
import type { MountOptions } from './mount-options.js';
import type { NameOf } from './names.js';
import { listNotifyMounts } from './notify.js';
import { compileRemount, type EarlierMount } from './remount.js';
import { resolvePath } from './resolve-path.js';
import { newMount } from './spare-mount.js';

export function compileMounts(context: CompileContext): MountOps {
  const ops: MountOps = { open: [], idMap: [], attach: [], seal: [] };
  const idMapped: IdMappedMount[] = [];
  const earlier = new Map<string, EarlierMount>();
  const listed = context.spec.mounts ?? [];
  const mounts = [...listed, ...listNotifyMounts(context)];
  if (listed.length > 0 && !hasMountNamespace(context)) {
    addProblem(context, 'mounts', 'mounts need a mount namespace: linux.namespaces has none');
    return ops;
  }
  for (let index = 0; index < mounts.length; index += 1) {
    const mount = mounts[index] as Mount;
    const entry = readEntry(context, mount, `mounts[${index}]`);
    if (entry.options.remount) {
      compileRemount(context, entry, earlier.get(cleanPath(mount.destination)), ops);
      continue;
    }
    const made = entry.options.bind === 'none' ? compileMount(context, entry, ops) : compileBind(context, entry, ops);
    if (made !== null) {
      earlier.set(cleanPath(mount.destination), made);
      idMapped.push(...(made.idMapped ?? []));
    }
  }
  append(ops.idMap, listIdMaps(idMapped));
  return ops;
}

/** What is known of a mount from its operations. */
interface MadeMount extends EarlierMount {
  readonly idMapped?: readonly IdMappedMount[];
}

/** True if config.json itself binds something on /dev: then nothing may be made in it, it is the host's. */
export function isDevBound(context: CompileContext): boolean {
  for (const mount of context.spec.mounts ?? []) {
    if (cleanPath(mount.destination) === '/dev' && isBind(mount) && !mount.options?.includes('remount')) {
      return true;
    }
  }
  return false;
}

/** Sources of mounts that are copied if they are links, as config.json has them. */
export function listCopiedSources(spec: Spec): string[] {
  const copied = (spec.mounts ?? []).filter((mount) => mount.options?.includes('copy-symlink') && isBind(mount));
  return copied.flatMap(({ source = '' }) => (source === '' ? [] : [source]));
}

function compileBind(context: CompileContext, entry: MountEntry, ops: MountOps): MadeMount | null {
  const { mount, path, target, options } = entry;
  if (mount.source === undefined || mount.source === '') {
    addProblem(context, path, 'a bind mount needs a source');
    return null;
  }
  checkBindOptions(context, entry);
  const source = resolvePath(context.request.bundle, mount.source);
  const link = options.copySymlink ? context.facts.links?.get(source) : undefined;
  if (link !== undefined) {
    ops.attach.push({ op: 'copy-symlink', path: cleanPath(target), target: link });
    return null;
  }
  const slot = takeSlot(context, path);
  const flags: NameOf<'open-tree'>[] = options.bind === 'rbind' ? ['AT_RECURSIVE'] : [];
  if (options.sourceNoFollow) {
    flags.push('AT_SYMLINK_NOFOLLOW');
  }
  ops.open.push({ op: 'open-tree', slot, source, flags });
  if (options.plainListed) {
    ops.attach.push(replaceAttributes(slot, options.plain));
  }
  attachMount(entry, slot, ops);
  return { slot, isBind: true, isSealed: false, idMapped: idMapMount(context, entry, { slot, source }) };
}

/** The filesystem of a bind is another's: what is said of it can only be wrong, or has no effect, as with mount(2). */
function checkBindOptions(context: CompileContext, entry: MountEntry): void {
  const { path, mount, options } = entry;
  for (const { text, index } of options.data) {
    addProblem(context, `${path}.options[${index}]`, `a bind mount cannot have options of a filesystem: "${text}"`);
  }
  for (const { word, index } of options.recursiveSuperblock) {
    const message = `"${word}" cannot be had: it is a flag of filesystems, and those of a bind mount are there already`;
    addProblem(context, `${path}.options[${index}]`, message);
  }
  if (options.recursiveSuperblock.length === 0) {
    for (const word of options.superblock) {
      context.warnings.push(`${path}: option "${word}" has no effect on a bind mount: it is one of its filesystem`);
    }
  }
  if (options.copySymlink && (options.sourceNoFollow || options.targetNoFollow)) {
    const index = (mount.options ?? []).indexOf('copy-symlink');
    addProblem(
      context,
      `${path}.options[${index}]`,
      '"copy-symlink" does not go with "src-nofollow" or "dest-nofollow"',
    );
  }
  refuseWord(context, entry, options.copyUp, 'tmpcopyup', 'is for a mount of type "tmpfs" only');
}

function compileMount(context: CompileContext, entry: MountEntry, ops: MountOps): MadeMount | null {
  refuseIdMap(context, entry);
  refuseWord(context, entry, entry.options.copySymlink, 'copy-symlink', 'is for bind mounts only');
  if (needsCgroupBind(context, entry)) {
    const slot = compileCgroupBind(context, entry, ops);
    return slot === null ? null : { slot, isBind: true, isSealed: false };
  }
  return compileNewMount(context, entry, ops);
}

function compileNewMount(context: CompileContext, entry: MountEntry, ops: MountOps): MadeMount | null {
  const { mount, path, target, options } = entry;
  const type = mount.type ?? '';
  if (type === '') {
    addProblem(context, path, 'a mount needs a type, or the option "bind" or "rbind"');
    return null;
  }
  const fstype = isCgroupType(type) ? 'cgroup2' : type;
  const source = mount.source === undefined || mount.source === '' ? type : mount.source;
  if (isTooLong(source)) {
    addProblem(context, `${path}.source`, 'is too long: the mount API takes at most 255 bytes');
  }
  const slot = takeSlot(context, path);
  // Mount points, devices and copied files are still to be made in these two.
  const isSealed = type === 'tmpfs' || cleanPath(target) === '/dev';
  const sealed = isSealed && options.plain.set.includes('MOUNT_ATTR_RDONLY');
  const attributes = options.plain.set.filter((attribute) => !(sealed && attribute === 'MOUNT_ATTR_RDONLY'));
  const fsOptions = [...filesystemOptions(fstype, options), ...mountLabelOptions(context, fstype)];
  newMount(context, { op: 'new-mount', slot, fstype, source, options: fsOptions, attributes }, path, ops);
  ops.attach.push(...labelMount(context, fstype, slot));
  if (options.copyUp && type === 'tmpfs') {
    ops.attach.push({ op: 'copy-up', slot, path: target });
  } else if (type === 'tmpfs' && !fsOptions.some((option) => option.startsWith('mode='))) {
    // As runc: an image knows best who may use its directories.
    ops.attach.push({ op: 'inherit-mode', slot, path: target });
  }
  refuseWord(context, entry, options.copyUp && type !== 'tmpfs', 'tmpcopyup', 'is for a mount of type "tmpfs" only');
  attachMount(entry, slot, ops);
  if (sealed) {
    ops.seal.push({ op: 'set-attributes', slot, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] });
  }
  return { slot, isBind: false, isSealed };
}

// Their superblocks are one for many mounts, or a read-only one would keep us from making anything in it: only the mount is read-only.
const WITHOUT_DEVICE = new Set([
  ...['proc', 'sysfs', 'tmpfs', 'ramfs', 'devpts', 'devtmpfs', 'mqueue', 'cgroup2', 'securityfs', 'debugfs', 'tracefs'],
  ...['configfs', 'bpf', 'pstore', 'efivarfs', 'hugetlbfs', 'binfmt_misc', 'fusectl', 'selinuxfs', 'rpc_pipefs'],
]);

function filesystemOptions(fstype: string, options: MountOptions): string[] {
  const readOnly = options.plain.set.includes('MOUNT_ATTR_RDONLY') && !WITHOUT_DEVICE.has(fstype);
  const items = readOnly ? ['ro', ...options.superblock] : [...options.superblock];
  for (const { text } of options.data) {
    items.push(text);
  }
  return items;
}

function refuseWord(context: CompileContext, entry: MountEntry, isListed: boolean, word: string, why: string): void {
  if (isListed) {
    const index = (entry.mount.options ?? []).indexOf(word);
    addProblem(context, `${entry.path}.options[${index}]`, `"${word}" ${why}`);
  }
}
