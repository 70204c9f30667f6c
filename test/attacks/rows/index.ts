// All attacks, in the order of the document.
import type { Attack } from '../row.js';
import { DESCRIPTORS } from './descriptors.js';
import { ELSEWHERE } from './elsewhere.js';
import { IDENTITY } from './identity.js';
import { NAMESPACES } from './namespaces.js';
import { PROCFS } from './procfs.js';
import { RACES } from './races.js';
import { ROOTFS_DEV } from './rootfs-dev.js';
import { ROOTFS_MOUNTS } from './rootfs-mounts.js';
import { ROOTFS_PATHS } from './rootfs-paths.js';

export interface Topic {
  /** As a heading. */
  readonly name: string;
  readonly attacks: readonly Attack[];
}

export const TOPICS: readonly Topic[] = [
  { name: 'Mounts below links of the image', attacks: ROOTFS_MOUNTS },
  { name: 'Other paths below links of the image', attacks: ROOTFS_PATHS },
  { name: 'What an image has in /dev', attacks: ROOTFS_DEV },
  { name: 'Races', attacks: RACES },
  { name: 'Files of the kernel: /proc, /sys, cgroups and system calls', attacks: PROCFS },
  { name: 'Descriptors, programs and sockets of the runtime', attacks: DESCRIPTORS },
  { name: 'Who the program is', attacks: IDENTITY },
  { name: 'Namespaces, hooks and names', attacks: NAMESPACES },
  { name: 'Doors that tsrun does not have', attacks: ELSEWHERE },
];

export const ATTACKS: readonly Attack[] = TOPICS.flatMap(({ attacks }) => attacks);
