// Doors in the rootfs that lead mounts, and what is made for them, to the host.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { mountAt } from '../../support/probe.js';
import type { Attack } from '../row.js';

export const ROOTFS_MOUNTS: readonly Attack[] = [
  {
    id: 'mount-below-a-link',
    cve: ['CVE-2015-3627', 'CVE-2015-3629', 'CVE-2015-3630', 'CVE-2015-3631', 'CVE-2015-1335'],
    title: 'a mount below a link of the image is made in the rootfs, where the link leads from its root',
    door: 'A directory of the image on the way to a mount is a link to the host: mount points are made there, and it is mounted over.',
    defence:
      'Mount points are made and found from a descriptor of the rootfs with openat2(2) `RESOLVE_IN_ROOT`; move_mount(2) gets the descriptor.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      symlinkSync(canary.path, join(rootfs, 'mnt'));
      spec.mounts.push({ destination: '/mnt/a/b', type: 'tmpfs', source: 'tmpfs' });
    },
    expect: {
      ran: ({ report, canary }) => {
        expect(mountAt(report(), `${canary.path}/a/b`).fstype).toBe('tmpfs');
      },
    },
  },
];
