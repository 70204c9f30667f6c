// Doors in the rootfs that a runtime meets when it fills /dev.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SpecDraft } from '../../support/bundle.js';
import { SECRET } from '../canary.js';
import type { Attack } from '../row.js';

/** Leaves /dev to the image. */
function withoutDev(spec: SpecDraft): void {
  spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
}

/** A terminal comes from the container's own devpts, and there is none. */
const NO_TERMINAL = /process\.terminal: open a terminal in \/dev\/pts/;

export const ROOTFS_DEV: readonly Attack[] = [
  {
    id: 'dev-is-a-link',
    cve: ['CVE-2026-41579', 'CVE-2026-47766', 'GHSA-xjvp-4fhw-gc47', 'GHSA-7vwr-4279-7gq5'],
    title: 'no device, link or terminal is made or removed where /dev of the image leads to',
    door: 'A `/dev` in the image that is a link to a directory of the host: device nodes and links are made there, and its `ptmx` is removed.',
    defence:
      'The parent of every node is found with openat2(2) `RESOLVE_IN_ROOT`; nodes and links are made by descriptor of that parent.',
    controls: ['runc', 'crun'],
    mutate: (spec, { rootfs }, canary) => {
      withoutDev(spec);
      symlinkSync(canary.path, join(rootfs, 'dev'));
    },
    expect: { refused: NO_TERMINAL, ran: () => {} },
  },
  {
    id: 'masked-by-image-null',
    cve: ['CVE-2025-31133', 'CVE-2025-62161'],
    title: 'a masked path shows nothing, whatever the image has for /dev/null',
    door: 'A `/dev/null` of the image that is a link: what it leads to is bound over the masked path, and can be written.',
    defence: 'What masks comes from a tmpfs of its own, read-only, never from the image.',
    controls: ['runc'],
    mutate: (spec, { rootfs }, canary) => {
      withoutDev(spec);
      mkdirSync(join(rootfs, 'dev'));
      symlinkSync('/host/secret', join(rootfs, 'dev/null'));
      spec.mounts.push({ destination: '/host', source: canary.path, options: ['rbind'] });
      spec.linux.maskedPaths = ['/host/directory/inner'];
      spec.process.args = ['/probe', 'attempt', 'read', '/host/directory/inner', 'kind', '/host/directory/inner'];
    },
    expect: {
      refused: /make the device "\/dev\/null": not the device|open a terminal in \/dev\/pts/,
      ran: ({ stdout, answer }) => {
        expect(stdout).not.toContain(SECRET);
        expect(answer('kind /host/directory/inner')).toMatch(/^(c 1:3|file)$/);
      },
    },
  },
];
