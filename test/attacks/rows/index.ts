// All attacks, in the order of the document.
import type { Attack } from '../row.js';
import { DESCRIPTORS } from './descriptors.js';
import { IDENTITY } from './identity.js';
import { NAMESPACES } from './namespaces.js';
import { PROCFS } from './procfs.js';
import { ROOTFS_DEV } from './rootfs-dev.js';
import { ROOTFS_MOUNTS } from './rootfs-mounts.js';

export const ATTACKS: readonly Attack[] = [
  ...ROOTFS_MOUNTS,
  ...ROOTFS_DEV,
  ...PROCFS,
  ...DESCRIPTORS,
  ...IDENTITY,
  ...NAMESPACES,
];
