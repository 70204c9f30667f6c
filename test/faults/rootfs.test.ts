// Root filesystems of every kind, with anything in the places that tsrun mounts on and masks: the container works, or create says what is wrong and where.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpecDraft } from '../support/bundle.js';
import { CONTAINER_MAP, HOST_ROOT, mountMapped, ownerOf } from '../support/idmap.js';
import { makeTemporary } from '../support/temporary.js';
import type { Outcome } from '../support/tsrun.js';
import { Rig } from './rig.js';

const WRITES = ['/probe', 'write', '/made', 'x'];
const TRUE = ['/probe', 'true'];

async function expectRefused(rig: Rig, outcome: Outcome, words: RegExp, what: string): Promise<void> {
  rig.expectWorded(outcome, what);
  expect({ status: outcome.status, stdout: outcome.stdout }, what).toEqual({ status: 1, stdout: '' });
  expect(outcome.stderr, what).toMatch(words);
  await rig.expectNothingLeft(what);
}

const unusable: readonly (readonly [string, (rig: Rig) => void, RegExp])[] = [
  ['missing', ({ bundle }) => rmSync(bundle.rootfs, { recursive: true }), /cannot find the rootfs .*\(ENOENT\)/],
  ['a file', ({ bundle }) => replace(bundle.rootfs, (path) => writeFileSync(path, '')), /it is not a directory/],
  ['a link to nothing', ({ bundle }) => replace(bundle.rootfs, (path) => symlinkSync('absent', path)), /\(ENOENT\)/],
  ['a link to itself', ({ bundle }) => replace(bundle.rootfs, (path) => symlinkSync('rootfs', path)), /\(ELOOP\)/],
  [
    'a device',
    ({ bundle }) => replace(bundle.rootfs, (path) => symlinkSync('/dev/null', path)),
    /it is not a directory/,
  ],
  ['empty', ({ bundle }) => rmSync(join(bundle.rootfs, 'probe')), /exec: "\/probe": .*no such file or directory/],
];

function replace(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true });
  make(path);
}

describe('a rootfs that is', () => {
  test.each(unusable)('%s is refused by name', async (title, spoil, words) => {
    const rig = new Rig(TRUE);
    spoil(rig);
    await expectRefused(rig, rig.call(...rig.createArguments()), words, title);
  });

  test('the root of the host is refused or works, and nothing of the host is changed', async () => {
    const rig = new Rig(['/bin/true'], (spec) => {
      spec.root = { path: '/', readonly: true };
    });
    const before = readdirSync('/');
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    if (outcome.status !== 0) rig.expectWorded(outcome, '/');
    expect(readdirSync('/')).toEqual(before);
    await rig.expectNothingLeft('/');
  });

  test('behind a link is used where the link leads', async () => {
    const rig = new Rig(WRITES);
    const real = join(rig.bundle.path, 'real');
    renameSync(rig.bundle.rootfs, real);
    symlinkSync('real', rig.bundle.rootfs);
    expect(rig.call('run', '--bundle', rig.bundle.path, rig.id)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(real, 'made'))).toBe(true);
    await rig.expectNothingLeft('link');
  });

  test.each([
    ['--x', 0o111, 0],
    ['r--', 0o444, 1],
    ['---', 0o000, 1],
  ])('of mode %s is built by root, and entered by a program that may', async (_, mode, status) => {
    const rig = new Rig(TRUE);
    chmodSync(rig.bundle.rootfs, mode);
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    const words = /change to the working directory "\/": permission denied \(EACCES\)/;
    if (status !== 0) await expectRefused(rig, outcome, words, 'mode');
    expect(outcome.status, outcome.stderr).toBe(status);
    await rig.expectNothingLeft('mode');
  });

  test('closed to the root of a user namespace is refused, or works', async () => {
    const rig = new Rig(TRUE, (spec) => {
      spec.linux.namespaces.push({ type: 'user' });
      spec.linux.uidMappings = [{ containerID: 0, hostID: 300000, size: 1000 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 300000, size: 1000 }];
    });
    chmodSync(rig.bundle.rootfs, 0);
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    await expectRefused(rig, outcome, /permission denied \(EACCES\)/, 'closed');
    chmodSync(rig.bundle.rootfs, 0o755);
    chownSync(rig.bundle.rootfs, 300000, 300000);
    expect(rig.call('run', '--bundle', rig.bundle.path, rig.id)).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft('open');
  });
});

/** Runs the container in a mount namespace in which a script has mounted something on the rootfs, or around it. */
function runOn(rig: Rig, mount: string): Outcome {
  const script = `exec unshare --mount --propagation private /bin/sh -c 'set -e
    cp "$ROOTFS/probe" "$SAVED"
    ${mount}
    test -e "$ROOTFS/probe" || cp "$SAVED" "$ROOTFS/probe"
    exec "$@"' sh "$@"`;
  const env = { ROOTFS: rig.bundle.rootfs, SAVED: join(rig.directory, 'saved'), PLACE: makeTemporary() };
  return rig.tsrun.callFrom(script, ['run', '--bundle', rig.bundle.path, rig.id], rig.options({ env }));
}

const OVERLAY =
  'mkdir "$PLACE/u" "$PLACE/w" && mount -t overlay -o "lowerdir=$ROOTFS,upperdir=$PLACE/u,workdir=$PLACE/w" overlay "$ROOTFS"';

describe('a rootfs on', () => {
  test.each([
    ['tmpfs', 'mount -t tmpfs tmpfs "$ROOTFS"'],
    ['tmpfs with nosuid and nodev', 'mount -t tmpfs -o nosuid,nodev tmpfs "$ROOTFS"'],
    ['ramfs', 'mount -t ramfs ramfs "$ROOTFS"'],
    ['a bind mount', 'mount --bind "$ROOTFS" "$ROOTFS"'],
    ['a shared bind mount', 'mount --bind "$ROOTFS" "$ROOTFS" && mount --make-shared "$ROOTFS"'],
    ['three mounts, one over the other', 'for i in 1 2 3; do mount --bind "$ROOTFS" "$ROOTFS"; done'],
    // An overlay cannot be on what is an overlay's upper layer already.
    ['an overlay', `mount -t tmpfs tmpfs "$PLACE" && ${OVERLAY}`],
  ])('%s works', async (title, mount) => {
    const rig = new Rig(WRITES);
    expect(runOn(rig, mount), title).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft(title);
  });

  describe.skipIf(!existsSync('/dev/fuse'))('a filesystem in userspace (skipped where the kernel has none)', () => {
    const serve = 'bindfs -f -o suid,dev "$ROOTFS" "$ROOTFS" & until mountpoint -q "$ROOTFS"; do :; done';

    test('works', async () => {
      const rig = new Rig(WRITES);
      const outcome = runOn(rig, `${serve}; status=0; "$@" || status=$?; kill $!; exit $status`);
      expect(outcome).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(join(rig.bundle.rootfs, 'made'))).toBe(true);
      await rig.expectNothingLeft('fuse');
    });

    test('whose process has died is named', async () => {
      const rig = new Rig(TRUE);
      const outcome = runOn(rig, `${serve}; kill -9 $!; wait || :; exec "$@"`);
      await expectRefused(rig, outcome, /^tsrun: cannot use the rootfs ".*\(ENOTCONN\)\n$/, 'dead');
    });
  });

  test('a mount with mapped ids is that of the root of a user namespace', async () => {
    const rig = new Rig(WRITES, (spec) => {
      spec.linux.namespaces.push({ type: 'user' });
      spec.linux.uidMappings = [...CONTAINER_MAP];
      spec.linux.gidMappings = [...CONTAINER_MAP];
    });
    mountMapped(rig.bundle.rootfs, rig.bundle.rootfs, `0 ${HOST_ROOT} 1000`);
    expect(rig.call('run', '--bundle', rig.bundle.path, rig.id)).toMatchObject({ status: 0, stderr: '' });
    expect(ownerOf(join(rig.bundle.rootfs, 'made'))).toBe(`${HOST_ROOT}:${HOST_ROOT}`);
    execFileSync('umount', ['--lazy', rig.bundle.rootfs]);
    expect(ownerOf(join(rig.bundle.rootfs, 'made'))).toBe('0:0');
    await rig.expectNothingLeft('mapped');
  });

  test('a file system without space for the mount points is an error that names one', async () => {
    const rig = new Rig(TRUE);
    const outcome = runOn(rig, 'mount -t tmpfs -o nr_inodes=3 tmpfs "$ROOTFS"');
    await expectRefused(rig, outcome, /no space left on device \(ENOSPC\)/, 'no inodes');
  });

  test('a read-only file system without the mount points is an error that names one', async () => {
    const rig = new Rig(TRUE);
    const outcome = runOn(rig, 'mount --bind "$ROOTFS" "$ROOTFS" && mount -o remount,bind,ro "$ROOTFS"');
    await expectRefused(rig, outcome, /"\/[a-z]+".*read-only file system \(EROFS\)/, 'read-only');
  });

  test('a file system that executes nothing is an error of start, or of create', async () => {
    const rig = new Rig(TRUE);
    const outcome = runOn(rig, 'mount -t tmpfs -o noexec tmpfs "$ROOTFS"');
    await expectRefused(rig, outcome, /exec: "\/probe": permission denied/, 'noexec');
  });
});

type Fill = (rootfs: string, path: string) => void;

/** What may be at a path of the rootfs, made by itself. */
const things: Readonly<Record<string, Fill>> = {
  'a file': (rootfs, path) => writeFileSync(join(rootfs, path), ''),
  'a directory': (rootfs, path) => mkdirSync(join(rootfs, path)),
  'a FIFO': (rootfs, path) => mknod(rootfs, path, 'p'),
  'a socket': (rootfs, path) => bindSocket(join(rootfs, path)),
  'a device': (rootfs, path) => mknod(rootfs, path, 'c', '1', '3'),
  'a dangling link': (rootfs, path) => symlinkSync('/nowhere/at/all', join(rootfs, path)),
  'a link to itself': (rootfs, path) => symlinkSync(path.slice(1), join(rootfs, path)),
};

function mknod(rootfs: string, path: string, ...type: string[]): void {
  execFileSync('/bin/mknod', [join(rootfs, path), ...type]);
}

function bindSocket(path: string): void {
  // A server of Node would remove it again with its end.
  const bind = "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', bind, path]);
}

function fill(rig: Rig, path: string, thing: string): void {
  (things[thing] ?? (() => {}))(rig.bundle.rootfs, path);
}

function rigWith(change: (spec: SpecDraft) => void): Rig {
  return new Rig(TRUE, change);
}

describe('at a masked path', () => {
  test.each(Object.keys(things))('%s is masked, or named', async (thing) => {
    const rig = rigWith((spec) => spec.linux.maskedPaths.push('/secret'));
    fill(rig, '/secret', thing);
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    if (outcome.status === 0) expect(outcome.stderr).toBe('');
    else await expectRefused(rig, outcome, /"\/secret"/, thing);
    expect(outcome.status === 0).toBe(thing !== 'a link to itself');
    await rig.expectNothingLeft(thing);
  });
});

describe('at the target of a mount', () => {
  test.each(Object.keys(things))('of a directory, %s works or is named', async (thing) => {
    const rig = rigWith((spec) => spec.mounts.push({ destination: '/target', type: 'tmpfs', source: 'tmpfs' }));
    fill(rig, '/target', thing);
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    if (outcome.status !== 0) await expectRefused(rig, outcome, /"\/target"/, thing);
    if (thing === 'a directory' || thing === 'a dangling link') expect(outcome.status, outcome.stderr).toBe(0);
    if (thing === 'a link to itself' || thing === 'a file') expect(outcome.status).toBe(1);
    await rig.expectNothingLeft(thing);
  });

  test.each(Object.keys(things))('of a file, %s works or is named', async (thing) => {
    const source = join(makeTemporary(), 'source');
    writeFileSync(source, 'x');
    const rig = rigWith((spec) => spec.mounts.push({ destination: '/target', source, options: ['bind'] }));
    fill(rig, '/target', thing);
    const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
    if (outcome.status !== 0) await expectRefused(rig, outcome, /"\/target"/, thing);
    if (thing === 'a link to itself' || thing === 'a directory') expect(outcome.status).toBe(1);
    else expect(outcome.status, outcome.stderr).toBe(0);
    await rig.expectNothingLeft(thing);
  });
});
