// Doors in the rootfs that lead everything else than mounts to the host: devices, masks, the current directory.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle } from '../../support/bundle.js';
import { SECRET } from '../canary.js';
import type { Attack, Live } from '../row.js';

const LINKS = ['CVE-2019-18837', 'GHSA-pxhw-h44j-8pfx'];

/** A link in the rootfs to the canary, and in the rootfs what is there as well. */
function leadTo(rootfs: string, path: string): void {
  symlinkSync(path, join(rootfs, 'link'));
  mkdirSync(join(rootfs, path, 'directory'), { recursive: true });
  writeFileSync(join(rootfs, path, 'secret'), 'of the image\n');
}

/** Directories of descriptors that are none: whoever opens a mount by such a name changes another one. */
function fakeDescriptors({ rootfs }: Bundle): void {
  mkdirSync(join(rootfs, 'decoy'));
  for (const process of ['self', 'thread-self', '1']) {
    mkdirSync(join(rootfs, 'proc', process, 'fd'), { recursive: true });
    for (let fd = 0; fd < 64; fd++) symlinkSync('/decoy', join(rootfs, 'proc', process, 'fd', String(fd)));
  }
}

function leadFromWithin({ within, canary }: Live): void {
  within(['replace-by-links', canary.path, '/link']);
}

export const ROOTFS_PATHS: readonly Attack[] = [
  {
    id: 'device-below-a-link',
    cve: [...LINKS, 'CVE-2026-41579', 'CVE-2026-47766'],
    title: 'a device below a link of the image is made in the rootfs',
    door: 'A directory on the way to a device of config.json is a link to the host: the node is made there.',
    defence:
      'The parent is found with openat2(2) `RESOLVE_IN_ROOT`, the node made below its descriptor and looked at afterwards.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      leadTo(rootfs, canary.path);
      spec.linux.devices = [{ path: '/link/device', type: 'c', major: 1, minor: 5, fileMode: 0o666 }];
      spec.process.args = ['/probe', 'attempt', 'kind', `${canary.path}/device`];
    },
    expect: ({ userNamespace }) => ({
      // There devices are bound from the host, which has no such path.
      ...(userNamespace ? { refused: /"\/link\/device"/ } : {}),
      ran: ({ answer, canary }) => expect(answer(`kind ${canary.path}/device`)).toBe('c 1:5'),
    }),
  },
  {
    id: 'masked-below-a-link',
    cve: LINKS,
    title: 'a masked path below a link of the image masks what is in the rootfs',
    door: 'A directory on the way to a masked path is a link to the host, which is covered there.',
    defence: 'Masks are mounts by descriptor on what openat2(2) `RESOLVE_IN_ROOT` finds.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      leadTo(rootfs, canary.path);
      spec.linux.maskedPaths = ['/link/secret', '/link/directory'];
      spec.process.args = ['/probe', 'attempt', 'read', '/link/secret', 'mkdir', '/link/directory/made'];
    },
    expect: {
      ran: ({ answer }) => {
        expect(answer('read /link/secret')).toBe('""');
        expect(answer('mkdir /link/directory/made')).toBe('EROFS');
      },
    },
  },
  {
    id: 'read-only-below-a-link',
    cve: LINKS,
    title: 'a read-only path below a link of the image is what is in the rootfs',
    door: 'A directory on the way to a read-only path is a link to the host, which becomes read-only there.',
    defence: 'They are mounts by descriptor on what openat2(2) `RESOLVE_IN_ROOT` finds.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      leadTo(rootfs, canary.path);
      spec.linux.readonlyPaths = ['/link/secret', '/link/directory'];
      spec.process.args = ['/probe', 'attempt', 'write', '/link/secret', 'mkdir', '/link/directory/made'];
    },
    expect: {
      ran: ({ answer }) => {
        expect(answer('write /link/secret')).toBe('EROFS');
        expect(answer('mkdir /link/directory/made')).toBe('EROFS');
      },
    },
  },
  {
    id: 'read-only-by-false-descriptors',
    cve: ['CVE-2026-115521'],
    title: 'what is to be read-only is, whatever the image has for /proc/self/fd',
    door: 'Mounts that are made read-only after the root was entered are found by `/proc/self/fd/N`, which without a mount on /proc is a link of the image: another mount becomes read-only.',
    defence: 'mount_setattr(2) gets the descriptor itself, before the root is entered.',
    controls: [],
    mutate: (spec, bundle) => {
      fakeDescriptors(bundle);
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
      spec.root.readonly = true;
      spec.linux.maskedPaths = [];
      spec.linux.readonlyPaths = [];
      mkdirSync(join(bundle.path, 'volume'), { mode: 0o777 });
      spec.mounts.push(
        { destination: '/read-only', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'mode=1777'] },
        { destination: '/volume', type: 'bind', source: join(bundle.path, 'volume'), options: ['bind', 'ro'] },
      );
      const paths = ['/', '/decoy/', '/read-only/', '/volume/'];
      spec.process.args = ['/probe', 'attempt', ...paths.flatMap((path) => ['write', `${path}made`])];
    },
    omits: [{ variant: { readonly: false }, why: 'the rootfs is read-only in this attack' }],
    expect: {
      ran: ({ answer }) => {
        for (const path of ['/made', '/decoy/made', '/read-only/made', '/volume/made'])
          expect(answer(`write ${path}`)).toBe('EROFS');
      },
    },
  },
  {
    id: 'directory-below-a-link',
    cve: [...LINKS, 'CVE-2024-45310'],
    title: 'a current directory that is missing is made in the container, below a link of the image too',
    door: 'A directory on the way to `process.cwd` is a link to the host, where the directory is made.',
    defence: 'It is made after the root was entered, where every path is one of the container.',
    controls: [],
    mutate: (spec, { rootfs }, canary) => {
      leadTo(rootfs, canary.path);
      if (!spec.root.readonly) spec.process.cwd = '/link/made/deep';
      else spec.process.cwd = '/link/directory';
    },
    expect: {
      ran: ({ report, canary, variant }) =>
        expect(report().cwd).toBe(`${canary.path}${variant.readonly ? '/directory' : '/made/deep'}`),
    },
    exec: {
      mutate: () => {},
      prepare: (live) => {
        if (!live.variant.readonly) leadFromWithin(live);
      },
      flags: ({ canary, variant }) => ['--cwd', variant.readonly ? canary.directory : '/link/directory'],
      args: ['/probe', 'attempt', 'list', '.'],
      expect: {
        refused: /no such file or directory \(ENOENT\)/,
        ran: ({ answer }) => expect(answer('list .')).not.toContain('inner'),
      },
    },
  },
  {
    id: 'exec-after-the-root-was-changed',
    cve: ['CVE-2026-88265', 'CVE-2026-41579'],
    title: 'exec touches nothing of what a container has made of its /dev and /proc',
    door: 'A container replaces its devices and /proc by links while it runs: whoever comes in opens, owns or removes what they lead to.',
    defence: 'A process of exec opens nothing by a path of the container but its program and the files of accounts.',
    controls: [],
    mutate: (spec, _bundle, canary) => {
      spec.mounts.push({ destination: '/host', type: 'bind', source: canary.path, options: ['rbind'] });
    },
    expect: { ran: ({ report }) => expect(report().pid).toBeGreaterThan(0) },
    exec: {
      prepare: ({ within }) => {
        const names = ['null', 'zero', 'ptmx', 'tty', 'console', 'fd', 'stdin', 'stdout', 'stderr'];
        within(['replace-by-links', '/host/secret', ...names.map((name) => `/dev/${name}`)]);
      },
      args: ['/probe', 'report'],
      expect: ({ terminal }) => ({
        ran: ({ report, stdout }) => {
          expect(stdout).not.toContain(SECRET);
          expect(report().descriptors.map(({ fd }) => fd)).toEqual([0, 1, 2]);
          if (terminal) expect(report().descriptors[0]?.target).toMatch(/^\/dev\/pts\/\d+$/);
        },
      }),
    },
  },
];
