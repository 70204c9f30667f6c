// Doors in the rootfs that a runtime meets when it fills /dev.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SpecDraft } from '../../support/bundle.js';
import { SECRET } from '../canary.js';
import type { Attack } from '../row.js';

/** Leaves /dev to the image. */
function withoutDev(spec: SpecDraft): void {
  spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
}

/** As withoutDev; only terminals are the container's own. */
function withPtsOnly(spec: SpecDraft): void {
  spec.mounts = spec.mounts.filter(({ destination }) => destination === '/dev/pts' || !destination.startsWith('/dev'));
}

/** The canary is a volume: what is changed there is changed on the host, whoever follows the link. */
function asVolume(spec: SpecDraft, canary: string): void {
  spec.mounts.push({ destination: '/host', type: 'bind', source: canary, options: ['rbind'] });
}

/** A terminal comes from the container's own devpts, and there is none. */
const NO_TERMINAL = /process\.terminal: open a terminal in \/dev\/pts/;
const NOT_THE_DEVICE = /make the device "\/dev\/[a-z]+": not the device/;

/** The attack is on terminals. */
const ON_TERMINALS = [{ variant: { terminal: false }, why: 'it is one on terminals' }];

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
    id: 'dev-has-links',
    cve: ['CVE-2026-41579', 'CVE-2026-47766'],
    title: 'links of the image in /dev lead no device to the host',
    door: 'Names of devices, of `ptmx`, `fd` and the standard streams are links of the image to files and directories of the host.',
    defence:
      'Nodes are made by name in their verified parent, and what is found there is looked at without following it.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      withPtsOnly(spec);
      mkdirSync(join(rootfs, 'dev'));
      const links = ['zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'fd', 'stdin', 'stdout', 'stderr', 'core'];
      for (const name of links) symlinkSync(join(canary.path, name), join(rootfs, 'dev', name));
    },
    expect: { refused: NOT_THE_DEVICE, ran: () => {} },
  },
  {
    id: 'console-is-a-link',
    cve: ['CVE-2026-88264', 'GHSA-j87h-qqch-77vc'],
    title: 'no file is made where /dev/console of the image leads to',
    door: 'A `/dev/console` of the image that is a link: the file that the terminal is mounted on is made where it leads, as root of the host.',
    defence: 'The mount point is made and found in the rootfs, by descriptor, as that of any mount.',
    controls: ['crun'],
    omits: ON_TERMINALS,
    mutate: (spec, { rootfs }, canary) => {
      withPtsOnly(spec);
      mkdirSync(join(rootfs, 'dev'));
      symlinkSync(canary.missing, join(rootfs, 'dev/console'));
      spec.process.args = ['/probe', 'attempt', 'kind', '/dev/console'];
    },
    expect: { ran: ({ answer }) => expect(answer('kind /dev/console')).toMatch(/^c 136:\d+$/) },
  },
  {
    id: 'null-is-a-link',
    cve: ['CVE-2026-88265', 'GHSA-5j66-q287-fhqw'],
    title: 'the streams of the caller stay what they are, whatever the image has for /dev/null',
    door: 'A `/dev/null` of the image that leads to a file: streams that are no devices either count as /dev/null, are replaced by that file, and it is given to the user of the container.',
    defence: 'A stream is never replaced, and a device is one by type and number or `create` is refused.',
    controls: ['runc', 'crun'],
    mutate: (spec, { rootfs }, canary) => {
      withPtsOnly(spec);
      mkdirSync(join(rootfs, 'dev'));
      symlinkSync('/host/secret', join(rootfs, 'dev/null'));
      asVolume(spec, canary.path);
      spec.process.user = { uid: 7, gid: 7 };
    },
    expect: {
      refused: NOT_THE_DEVICE,
      ran: ({ report }) => expect(report().descriptors.map(({ target }) => target)).not.toContain('/host/secret'),
    },
  },
  {
    id: 'masked-by-image-null',
    cve: ['CVE-2025-31133', 'CVE-2025-62161'],
    title: 'a masked path shows nothing, whatever the image has for /dev/null',
    door: 'A `/dev/null` of the image that is a link: what it leads to is bound over the masked path, and can be written.',
    defence: 'What masks comes from a tmpfs of its own, read-only, never from the image.',
    controls: ['runc', 'crun'],
    mutate: (spec, { rootfs }) => {
      withPtsOnly(spec);
      mkdirSync(join(rootfs, 'dev'));
      writeFileSync(join(rootfs, 'secret'), `${SECRET}\n`);
      writeFileSync(join(rootfs, 'bait'), 'bait\n');
      symlinkSync('/bait', join(rootfs, 'dev/null'));
      spec.linux.maskedPaths = ['/secret'];
      spec.process.args = ['/probe', 'attempt', 'read', '/secret', 'write', '/secret'];
    },
    expect: {
      refused: NOT_THE_DEVICE,
      ran: ({ answer, bundle }) => {
        expect(answer('read /secret')).toBe('""');
        // Into /dev/null, or not at all.
        expect(answer('write /secret')).toMatch(/^(ok|EROFS|EACCES)$/);
        expect(readFileSync(join(bundle.rootfs, 'bait'), 'utf8')).toBe('bait\n');
      },
    },
  },
  {
    id: 'terminals-of-the-image',
    cve: ['CVE-2025-52565'],
    title: 'a terminal comes from the devpts of the container, and from no file of the image',
    door: 'A `/dev/pts` of the image with files for terminals: they are opened, owned, and bound over /dev/console before anything is masked.',
    defence:
      'The multiplexer is found as a path only, has to be 5:2 of a devpts, and the terminal comes from it by `TIOCGPTPEER`; its mount is cloned by descriptor.',
    controls: [],
    omits: ON_TERMINALS,
    mutate: (spec, { rootfs }, canary) => {
      withoutDev(spec);
      mkdirSync(join(rootfs, 'dev/pts'), { recursive: true });
      for (const name of ['ptmx', '0', '1', '2']) symlinkSync('/host/secret', join(rootfs, 'dev/pts', name));
      asVolume(spec, canary.path);
    },
    expect: { refused: NO_TERMINAL },
  },
  {
    id: 'terminals-of-a-volume',
    cve: ['CVE-2025-52565'],
    title: 'a terminal comes from no filesystem that only looks like a devpts',
    door: 'A tmpfs on /dev/pts, or a link there to another devpts.',
    defence: 'The filesystem of the multiplexer has to be a devpts, found without following any link.',
    controls: ['runc', 'crun'],
    omits: ON_TERMINALS,
    mutate: (spec, { rootfs }) => {
      withoutDev(spec);
      mkdirSync(join(rootfs, 'dev'));
      symlinkSync('/elsewhere', join(rootfs, 'dev/pts'));
      spec.mounts.push({ destination: '/elsewhere', type: 'bind', source: '/dev/pts', options: ['rbind'] });
    },
    expect: { refused: NO_TERMINAL },
  },
];
