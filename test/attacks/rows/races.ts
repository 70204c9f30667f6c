// Doors that are open for a moment only: races.test.ts runs for them.
import type { Attack } from '../row.js';

const FREELY =
  'attacks/races: paths that an attacker exchanges on every CPU lead nothing to the host while containers are made';
const STOPPED =
  'attacks/races: a path that is exchanged exactly before a system call of init leads nothing to the host: *';

export const RACES: readonly Attack[] = [
  {
    id: 'mount-point-exchanged',
    cve: ['CVE-2021-30465'],
    title: 'a mount point that is exchanged for a link between its resolution and its use takes no mount to the host',
    door: 'A volume that two containers share: one exchanges a directory for a link to the root, while a mount below it is made for the other.',
    defence:
      'What was found is a descriptor, and what is mounted goes on that descriptor: there is no second resolution.',
    shown: [FREELY, STOPPED],
  },
  {
    id: 'directories-made-while-exchanged',
    cve: ['CVE-2024-45310'],
    title: 'no file or directory is made on the host where the way to a mount point is exchanged for a link',
    door: 'Missing mount points are made component by component; what was a directory is a link to the host by then.',
    defence:
      'Each component is made below the descriptor of its parent, which is opened without following any link; where that has changed, the walk begins again, 128 times at most.',
    shown: [FREELY, STOPPED],
  },
  {
    id: 'dev-exchanged',
    cve: ['CVE-2026-41579', 'CVE-2026-47766', 'CVE-2025-52565', 'CVE-2025-31133'],
    title: 'a /dev, a masked and a read-only path that are exchanged for links lead nothing to the host',
    door: 'The directory of devices, of the terminal, or of what is masked becomes a link after it was looked at.',
    defence:
      'Nodes are made below a descriptor, looked at afterwards, and owned by descriptor; masks and the terminal are mounts on descriptors.',
    shown: [FREELY, STOPPED],
  },
];
