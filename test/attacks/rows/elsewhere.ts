// Doors that tsrun does not have.
import type { Attack } from '../row.js';

export const ELSEWHERE: readonly Attack[] = [
  {
    id: 'handlers',
    cve: ['CVE-2025-24965', 'CVE-2026-84042'],
    title: 'nothing but the container is made of a bundle',
    door: 'Code for other kinds of containers, in the runtime itself: it writes its own files into the rootfs by path, and runs other programs beside it.',
    defence: 'There is no such code.',
    without: 'tsrun has no handlers: no annotation chooses other code, or another program, for a container',
  },
  {
    id: 'build-caches',
    cve: ['CVE-2024-23651', 'CVE-2024-23653'],
    title: 'building images is left to others',
    door: 'Caches that builds share are mounted while another build exchanges them, and builds may ask for privileges.',
    defence: 'What tsrun has of it, mount points in a rootfs that others write to, is above.',
    without: 'tsrun does not build images',
  },
  {
    id: 'hooks-of-others',
    cve: ['CVE-2024-0132', 'CVE-2025-23359', 'CVE-2026-24260'],
    title: 'hooks answer for the paths that they use',
    door: 'A hook that mounts drivers into the rootfs follows links of the image, or loses a race against it.',
    defence: 'Hooks are trusted, as config.json is: what they do in a rootfs is theirs to do safely.',
    without: 'tsrun brings no hooks, and has no devices that would need any',
  },
];
