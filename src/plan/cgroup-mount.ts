// Mounts of type cgroup and cgroup2: always the cgroup2 tree, as the container may see it.

import { cleanPath } from '../spec/lexical-path.js';
import { addProblem, type CompileContext, isInUserNamespace, takeSlot } from './context.js';
import { attachMount, type MountEntry, type MountOps } from './mount-entry.js';

export function isCgroupType(type: string): boolean {
  return type === 'cgroup' || type === 'cgroup2';
}

/**
 * True if what would be mounted anew is bound from the host instead, as with the host's cgroup namespace it has to be. With a user
 * namespace the kernel demands privilege over the owner of the cgroup namespace, which a container has not. Without one the mount would
 * do more than its container asks for: from the host's namespace, its options become those of the host's own mounts
 * (apply_cgroup_root_flags() in kernel/cgroup/cgroup.c), so `nsdelegate` and `memory_recursiveprot` would be gone.
 */
export function needsCgroupBind(context: CompileContext, entry: MountEntry): boolean {
  const isOfHost = isCgroupType(entry.mount.type ?? '') && context.namespaces.cgroup === undefined;
  return isOfHost && (isInUserNamespace(context) || context.facts.cgroupRoot !== null);
}

/**
 * With a user namespace the container's own cgroup, read-only unless `rw` is listed: beside it is the host's tree (CVE-2023-25809).
 * Without one the whole tree, as a new mount would show it. Answers its slot.
 */
export function compileCgroupBind(context: CompileContext, entry: MountEntry, ops: MountOps): number | null {
  const isUnprivileged = isInUserNamespace(context);
  const source = isUnprivileged ? ownCgroup(context) : context.facts.cgroupRoot;
  if (source === null) {
    addProblem(context, entry.path, 'cannot mount the cgroup of the container: this host has no cgroup2 tree');
    return null;
  }
  const slot = takeSlot(context, entry.path);
  const { set, clear } = entry.options.plain;
  const isListed = set.includes('MOUNT_ATTR_RDONLY') || clear.includes('MOUNT_ATTR_RDONLY');
  // A cgroup that is not the container's own is not for it to write to, whatever is listed.
  const isReadOnly = isUnprivileged && (!isListed || context.cgroup === null);
  ops.open.push({ op: 'open-tree', slot, source, flags: [] });
  ops.attach.push({
    op: 'set-attributes',
    slot,
    set: isReadOnly ? [...new Set(['MOUNT_ATTR_RDONLY', ...set] as const)] : set,
    clear: isReadOnly ? clear.filter((attribute) => attribute !== 'MOUNT_ATTR_RDONLY') : clear,
    scope: [],
  });
  attachMount(entry, slot, ops);
  return slot;
}

/** Without a cgroup of its own a container is in that of the runtime. */
function ownCgroup({ cgroup, facts }: CompileContext): string | null {
  if (cgroup !== null) {
    return `${cgroup.root}${cgroup.path}`;
  }
  return facts.cgroupRoot === null ? null : cleanPath(`${facts.cgroupRoot}${facts.ownCgroup}`);
}
