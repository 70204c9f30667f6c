// Doors in the rootfs that lead mounts, and the mount points that are made for them, to the host.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle, SpecDraft } from '../../support/bundle.js';
import { mountAt, readMounts } from '../../support/probe.js';
import type { Canary } from '../canary.js';
import type { Attack, Row, Seen } from '../row.js';

const IN_ROOT =
  'Mount points are made and found from a descriptor of the rootfs with openat2(2) `RESOLVE_IN_ROOT`; move_mount(2) gets the descriptor.';
const FOLLOWED = ['CVE-2019-18837', 'GHSA-pxhw-h44j-8pfx'];

/** Puts links into the image; answers where a mount has to be asked for to be led to `target`, a path of the host. */
type Shape = (rootfs: string, target: string) => string;

const SHAPES: readonly Shape[] = [
  // The last component.
  (rootfs, target) => {
    symlinkSync(target, join(rootfs, 'last'));
    return '/last';
  },
  // One on the way.
  (rootfs, target) => {
    symlinkSync(dirname(target), join(rootfs, 'way'));
    return `/way/${basename(target)}`;
  },
  // A link to a link.
  (rootfs, target) => {
    symlinkSync('/second', join(rootfs, 'first'));
    symlinkSync(target, join(rootfs, 'second'));
    return '/first';
  },
  // Relative, and higher than the root.
  (rootfs, target) => {
    mkdirSync(join(rootfs, 'deep/er'), { recursive: true });
    symlinkSync(`${'../'.repeat(12)}${target.slice(1)}`, join(rootfs, 'deep/er/up'));
    return '/deep/er/up';
  },
];

/** One mount of each kind, by each of the ways. */
function mountEach(spec: SpecDraft, { path, rootfs }: Bundle, target: string): void {
  mkdirSync(join(path, 'source'));
  for (const destination of SHAPES.map((shape) => shape(rootfs, target))) {
    spec.mounts.push(
      { destination, type: 'tmpfs', source: 'tmpfs' },
      { destination, type: 'mqueue', source: 'mqueue' },
      { destination, type: 'devpts', source: 'devpts', options: ['newinstance'] },
      { destination, type: 'bind', source: join(path, 'source'), options: ['bind'] },
    );
  }
}

function expectEach({ report }: Seen, path: string): void {
  expect(readMounts(report()).filter(({ target }) => target === path)).toHaveLength(4 * SHAPES.length);
}

function loop(id: string, what: string, change: (spec: SpecDraft, bundle: Bundle) => void): Row {
  return {
    id,
    cve: FOLLOWED,
    title: `a link of the image that leads to itself is an error, for ${what}`,
    door: 'A link that leads to itself on the way to a mount: resolved by hand it may be walked for ever.',
    defence: 'openat2(2) answers ELOOP, and no more than 40 links are followed by hand.',
    controls: [],
    mutate: (spec, bundle) => {
      symlinkSync('loop', join(bundle.rootfs, 'loop'));
      change(spec, bundle);
    },
    expect: { refused: /too many levels of symbolic links \(ELOOP\)/ },
  };
}

/** In a volume that an earlier mount brings. */
function leadFromVolume(spec: SpecDraft, { path }: Bundle, canary: Canary): void {
  mkdirSync(join(path, 'volume'), { mode: 0o777 });
  symlinkSync(canary.path, join(path, 'volume/escape'));
  spec.mounts.push(
    { destination: '/volume', type: 'bind', source: join(path, 'volume'), options: ['rbind', 'rw'] },
    { destination: '/volume/escape/below', type: 'tmpfs', source: 'tmpfs' },
  );
}

export const ROOTFS_MOUNTS: readonly Attack[] = [
  {
    id: 'mount-below-a-link',
    cve: ['CVE-2015-3627', 'CVE-2015-3629', 'CVE-2015-3630', 'CVE-2015-3631', 'CVE-2015-1335'],
    title: 'a mount below a link of the image is made in the rootfs, where the link leads from its root',
    door: 'A directory of the image on the way to a mount is a link to the host: mount points are made there, and it is mounted over.',
    defence: IN_ROOT,
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
  {
    id: 'mount-on-a-link-to-a-directory',
    cve: FOLLOWED,
    title: 'mounts of every kind stay in the rootfs where links of the image lead to a directory of the host',
    door: 'A mount point whose last component, or one on the way, is a link of the image to a directory of the host, directly, by another link, or by `..`.',
    defence: IN_ROOT,
    controls: [],
    mutate: (spec, bundle, canary) => mountEach(spec, bundle, canary.directory),
    expect: { ran: (seen) => expectEach(seen, seen.canary.directory) },
  },
  {
    id: 'mount-on-a-dangling-link',
    cve: FOLLOWED,
    title: 'no mount point is made on the host where links of the image lead to what is missing there',
    door: 'The same, but to what the host does not have: it is made there, as root.',
    defence: IN_ROOT,
    controls: [],
    mutate: (spec, bundle, canary) => mountEach(spec, bundle, canary.missing),
    expect: { ran: (seen) => expectEach(seen, seen.canary.missing) },
  },
  {
    id: 'mount-on-a-link-to-a-file',
    cve: FOLLOWED,
    title: 'files are mounted in the rootfs where links of the image lead to a file of the host',
    door: 'The same, to a file of the host.',
    defence: IN_ROOT,
    controls: [],
    mutate: (spec, { path, rootfs }, canary) => {
      const source = join(path, 'file');
      writeFileSync(source, 'of the bundle');
      for (const destination of SHAPES.map((shape) => shape(rootfs, canary.file)))
        spec.mounts.push({ destination, type: 'bind', source, options: ['bind', 'ro'] });
      spec.process.args = ['/probe', 'attempt', 'read', canary.file];
    },
    expect: { ran: ({ answer, canary }) => expect(answer(`read ${canary.file}`)).toBe('"of the bundle"') },
  },
  {
    id: 'kernel-filesystem-on-a-link',
    cve: ['CVE-2019-19921', 'CVE-2023-27561'],
    title: 'procfs and sysfs are mounted on no link at all, wherever that is',
    door: 'A mount of procfs or sysfs whose last component is a link of the image: what later steps write into it goes elsewhere.',
    defence: 'The last component of such a mount has to be a directory, found without following a link.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      symlinkSync(canary.directory, join(rootfs, 'kernel'));
      spec.mounts.push({ destination: '/kernel', type: 'sysfs', source: 'sysfs', options: ['ro'] });
    },
    expect: { refused: /mount on "\/kernel": must be mounted on ordinary directory/ },
  },
  loop('mount-loop-directory', 'a directory', (spec) => {
    spec.mounts.push({ destination: '/loop/below', type: 'tmpfs', source: 'tmpfs' });
  }),
  loop('mount-loop-file', 'a file', (spec, { path }) => {
    writeFileSync(join(path, 'file'), '');
    spec.mounts.push({ destination: '/loop', type: 'bind', source: join(path, 'file'), options: ['bind'] });
  }),
  {
    id: 'mount-below-a-link-in-a-volume',
    cve: ['CVE-2021-30465'],
    title: 'a mount below a link of a volume stays in the rootfs',
    door: 'A link that another container has put into a shared volume, on the way to a mount that comes after the volume.',
    defence: IN_ROOT,
    controls: [],
    mutate: leadFromVolume,
    expect: {
      ran: ({ report, canary }) => {
        expect(mountAt(report(), `${canary.path}/below`).fstype).toBe('tmpfs');
      },
    },
  },
  {
    id: 'mount-point-replaced-before-delete',
    cve: ['CVE-2018-15664', 'CVE-2024-23652'],
    title: 'delete leaves alone what a container has put in place of its mount points',
    door: 'Mount points that were made for a container are removed by path at its end: by then they are links to the host.',
    defence: 'What was made in a rootfs stays there: nothing of it is ever removed.',
    controls: [],
    omits: [
      { variant: { way: 'run' }, why: 'it deletes its container itself, in the moment in which the program ends' },
    ],
    mutate: (spec) => {
      spec.mounts.push({ destination: '/made/directory', type: 'tmpfs', source: 'tmpfs' });
    },
    beforeDelete: ({ rootfs }, canary) => {
      rmSync(join(rootfs, 'made'), { recursive: true });
      symlinkSync(canary.path, join(rootfs, 'made'));
    },
    expect: { ran: ({ report }) => expect(mountAt(report(), '/made/directory').fstype).toBe('tmpfs') },
  },
];
