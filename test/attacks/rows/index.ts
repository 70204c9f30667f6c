// All attacks, in the order of the document.
import type { Attack } from '../row.js';
import { ROOTFS_DEV } from './rootfs-dev.js';
import { ROOTFS_MOUNTS } from './rootfs-mounts.js';

export const ATTACKS: readonly Attack[] = [...ROOTFS_MOUNTS, ...ROOTFS_DEV];
