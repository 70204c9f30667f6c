// mounts[]: each mount as operations, in the listed order. Options are read by mount-options.ts; cgroup mounts are in cgroup-mount.ts.
// Where nothing may be mounted is said once, in spec/checks/mounts.ts.

import { cleanPath } from '../spec/lexical-path.js';
import { compileCgroupBind, isCgroupType, needsCgroupBind } from './cgroup-mount.js';
import { addProblem, type CompileContext, hasMountNamespace, takeSlot } from './context.js';
import { isTooLong } from './mount-data.js';
import { attachMount, isBind, type Mount, type MountEntry, type MountOps, readEntry } from './mount-entry.js';
import type { MountOptions } from './mount-options.js';
import type { MountAttribute, NameOf } from './names.js';
import { resolvePath } from './resolve-path.js';

export function compileMounts(context: CompileContext): MountOps {
  const ops: MountOps = { open: [], attach: [], seal: [] };
  const mounts = context.spec.mounts ?? [];
  if (mounts.length > 0 && !hasMountNamespace(context)) {
    addProblem(context, 'mounts', 'mounts need a mount namespace: linux.namespaces has none');
    return ops;
  }
  for (let index = 0; index < mounts.length; index += 1) {
    const mount = mounts[index] as Mount;
    const entry = readEntry(context, mount, `mounts[${index}]`);
    if (entry.options.bind !== 'none') {
      compileBind(context, entry, ops);
    } else if (needsCgroupBind(context, entry)) {
      compileCgroupBind(context, entry, ops);
    } else {
      compileNewMount(context, entry, ops);
    }
  }
  return ops;
}

/** True if config.json itself binds something on /dev: then nothing may be made in it, it is the host's. */
export function isDevBound(context: CompileContext): boolean {
  for (const mount of context.spec.mounts ?? []) {
    if (cleanPath(mount.destination) === '/dev' && isBind(mount)) {
      return true;
    }
  }
  return false;
}

function compileBind(context: CompileContext, entry: MountEntry, ops: MountOps): void {
  const { mount, path, options } = entry;
  if (mount.source === undefined || mount.source === '') {
    addProblem(context, path, 'a bind mount needs a source');
    return;
  }
  for (const { text, index } of options.data) {
    addProblem(context, `${path}.options[${index}]`, `a bind mount cannot have options of a filesystem: "${text}"`);
  }
  refuseCopyUp(context, entry);
  const slot = takeSlot(context, path);
  const flags: NameOf<'open-tree'>[] = options.bind === 'rbind' ? ['AT_RECURSIVE'] : [];
  if (options.sourceNoFollow) {
    flags.push('AT_SYMLINK_NOFOLLOW');
  }
  ops.open.push({ op: 'open-tree', slot, source: resolvePath(context.request.bundle, mount.source), flags });
  if (options.plainListed) {
    const implied = impliedClears(options);
    ops.attach.push({ op: 'replace-attributes', slot, set: options.plain.set, clear: options.plain.clear, implied });
  }
  attachMount(entry, slot, 'follow', ops);
}

const CLEARABLE = [
  'MOUNT_ATTR_RDONLY',
  'MOUNT_ATTR_NOSUID',
  'MOUNT_ATTR_NODEV',
  'MOUNT_ATTR_NOEXEC',
  'MOUNT_ATTR_NOSYMFOLLOW',
] as const;

/** mount(2) with MS_REMOUNT|MS_BIND, and so runc, gives a bind exactly the listed flags: all others go, access time excepted. */
export function impliedClears(options: MountOptions): MountAttribute[] {
  const { set, clear } = options.plain;
  return CLEARABLE.filter((attribute) => !set.includes(attribute) && !clear.includes(attribute));
}

function compileNewMount(context: CompileContext, entry: MountEntry, ops: MountOps): void {
  const { mount, path, target, options } = entry;
  const type = mount.type ?? '';
  if (type === '') {
    addProblem(context, path, 'a mount needs a type, or the option "bind" or "rbind"');
    return;
  }
  const fstype = isCgroupType(type) ? 'cgroup2' : type;
  const source = mount.source === undefined || mount.source === '' ? type : mount.source;
  if (isTooLong(source)) {
    addProblem(context, `${path}.source`, 'is too long: the mount API takes at most 255 bytes');
  }
  const slot = takeSlot(context, path);
  // Mount points, devices and copied files are still to be made in these two.
  const sealed = (type === 'tmpfs' || cleanPath(target) === '/dev') && options.plain.set.includes('MOUNT_ATTR_RDONLY');
  const attributes = options.plain.set.filter((attribute) => !(sealed && attribute === 'MOUNT_ATTR_RDONLY'));
  const fsOptions = filesystemOptions(fstype, options);
  ops.attach.push({ op: 'new-mount', slot, fstype, source, options: fsOptions, attributes });
  if (options.copyUp && type === 'tmpfs') {
    ops.attach.push({ op: 'copy-up', slot, path: target });
  } else {
    refuseCopyUp(context, entry);
  }
  attachMount(entry, slot, type === 'proc' || type === 'sysfs' ? 'ordinary' : 'follow', ops);
  if (sealed) {
    ops.seal.push({ op: 'set-attributes', slot, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] });
  }
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

function refuseCopyUp(context: CompileContext, entry: MountEntry): void {
  if (entry.options.copyUp) {
    const index = (entry.mount.options ?? []).indexOf('tmpcopyup');
    addProblem(context, `${entry.path}.options[${index}]`, '"tmpcopyup" is for a mount of type "tmpfs" only');
  }
}
