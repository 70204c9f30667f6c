// A mount that the kernel may refuse to a user namespace, and what takes its place then.

import { type CompileContext, isInUserNamespace, takeSlot } from './context.js';
import type { MountOps } from './mount-entry.js';
import type { OpOf } from './ops.js';

/**
 * sysfs belongs to a network namespace, and is for whoever is root over that, unless it would show what is covered elsewhere
 * (mount_namespaces(7)): as in crun the host's takes its place, all of it read-only, also the mounts in it (CVE-2023-25809).
 */
export function newMount(context: CompileContext, mount: OpOf<'new-mount'>, path: string, ops: MountOps): void {
  if (mount.fstype !== 'sysfs' || !isInUserNamespace(context)) {
    ops.attach.push(mount);
    return;
  }
  const spare = takeSlot(context, path);
  const listed = mount.attributes.filter((attribute) => !attribute.endsWith('ATIME'));
  const set = [...new Set(['MOUNT_ATTR_RDONLY', ...listed] as const)];
  ops.open.push({ op: 'open-tree', slot: spare, source: '/sys', flags: ['AT_RECURSIVE'] });
  ops.attach.push({ op: 'set-attributes', slot: spare, set, clear: [], scope: ['AT_RECURSIVE'] });
  ops.attach.push({ ...mount, op: 'new-mount-or-spare', spare });
}
