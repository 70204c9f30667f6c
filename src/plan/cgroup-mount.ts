// Mounts of type cgroup and cgroup2: always the cgroup2 tree, as the container may see it.

import { addProblem, type CompileContext, hasUserNamespace, takeSlot } from './context.js';
import { attachMount, type MountEntry, type MountOps } from './mount-entry.js';

export function isCgroupType(type: string): boolean {
  return type === 'cgroup' || type === 'cgroup2';
}

/**
 * True if the container may not mount cgroup2 itself: the kernel demands privilege over the cgroup namespace's owner, and a container
 * with a user namespace but the host's cgroup namespace has none.
 */
export function needsCgroupBind(context: CompileContext, entry: MountEntry): boolean {
  return isCgroupType(entry.mount.type ?? '') && hasUserNamespace(context) && context.namespaces.cgroup === undefined;
}

/** The container's own cgroup, bound from the host. Read-only unless `rw` is listed: beside it is the host's tree (CVE-2023-25809). */
export function compileCgroupBind(context: CompileContext, entry: MountEntry, ops: MountOps): void {
  const { cgroup } = context;
  if (cgroup === null) {
    addProblem(context, entry.path, 'cannot mount the cgroup of the container: this host has no cgroup2 tree');
    return;
  }
  const slot = takeSlot(context, entry.path);
  const { set, clear } = entry.options.plain;
  const readOnly = !clear.includes('MOUNT_ATTR_RDONLY') && !set.includes('MOUNT_ATTR_RDONLY');
  ops.open.push({ op: 'open-tree', slot, source: `${cgroup.root}${cgroup.path}`, flags: [] });
  const attributes = readOnly ? (['MOUNT_ATTR_RDONLY', ...set] as const) : set;
  ops.attach.push({ op: 'set-attributes', slot, set: attributes, clear, scope: [] });
  attachMount(entry, slot, 'follow', ops);
}
