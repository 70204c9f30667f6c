// Words of mounts[].options that change more than the flags of one mount: whole trees, earlier mounts, links, and what a tmpfs begins with.
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mount } from '../../src/spec/types.js';
import type { BundleOptions } from '../support/bundle.js';
import { canMapTmpfs, inUserNamespace, makeTree, mountOn } from '../support/idmap.js';
import { mountAt, runBundle, runProbe, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';

type Mutate = NonNullable<BundleOptions['mutate']>;

const withMounts = (...mounts: readonly Mount[]): Mutate => {
  return (spec) => void spec.mounts.push(...mounts);
};

const DEFAULTS = ['relatime', 'rw'];

/** A tree with two mounts in it, each with the flags (of mount(8)) that are given. */
function makeDeepTree(flags: string): string {
  const tree = makeTree();
  mountOn(tree, '--bind', tree);
  mountOn(tree, '-o', `remount,bind,${flags}`);
  mountOn(join(tree, 'sub'), '-t', 'tmpfs', '-o', flags, 'tmpfs');
  mkdirSync(join(tree, 'sub', 'deep'));
  mountOn(join(tree, 'sub', 'deep'), '-t', 'tmpfs', '-o', flags, 'tmpfs');
  return tree;
}

function flagsOf(tree: string, options: readonly string[], mutate: (change: Mutate) => Mutate = (change) => change) {
  const report = runReport(mutate(withMounts({ destination: '/data', source: tree, options: [...options] })));
  return ['/data', '/data/sub', '/data/sub/deep'].map((path) => mountAt(report, path).options.toSorted().join());
}

describe('a word with r is about the whole tree', () => {
  test.each([
    ['rro', DEFAULTS, ['relatime', 'ro']],
    ['rnosuid', DEFAULTS, ['nosuid', ...DEFAULTS]],
    ['rnodev', DEFAULTS, ['nodev', ...DEFAULTS]],
    ['rnoexec', DEFAULTS, ['noexec', ...DEFAULTS]],
    ['rnodiratime', DEFAULTS, ['nodiratime', ...DEFAULTS]],
    ['rnosymfollow', DEFAULTS, ['nosymfollow', ...DEFAULTS]],
    ['rnoatime', DEFAULTS, ['noatime', 'rw']],
    ['rstrictatime', DEFAULTS, ['rw']],
    ['rrw', ['relatime', 'rw'], DEFAULTS],
    ['rsuid', ['nosuid', ...DEFAULTS], DEFAULTS],
    ['rdev', ['nodev', ...DEFAULTS], DEFAULTS],
    ['rexec', ['noexec', ...DEFAULTS], DEFAULTS],
    ['rdiratime', ['nodiratime', ...DEFAULTS], DEFAULTS],
    ['rsymfollow', ['nosymfollow', ...DEFAULTS], DEFAULTS],
    ['ratime', ['noatime', 'rw'], DEFAULTS],
    ['rrelatime', ['noatime', 'rw'], DEFAULTS],
    ['rnorelatime', ['noatime', 'rw'], DEFAULTS],
    ['rnostrictatime', ['strictatime', 'rw'], DEFAULTS],
  ])('%s', (word, before, after) => {
    const tree = makeDeepTree(before.filter((flag) => flag !== 'rw').join());
    const expected = after.toSorted().join();
    expect(flagsOf(tree, ['rbind', word])).toEqual([expected, expected, expected]);
  });

  test('rrw makes what the host has read-only writable', () => {
    const tree = makeTree();
    mountOn(join(tree, 'sub'), '-t', 'tmpfs', '-o', 'ro', 'tmpfs');
    // Of the tmpfs only the mount was meant, not the filesystem.
    mountOn(join(tree, 'sub'), '-o', 'remount,rw');
    mountOn(join(tree, 'sub'), '-o', 'remount,bind,ro');
    const report = (word: string) =>
      runReport(withMounts({ destination: '/data', source: tree, options: ['rbind', word] }));
    expect(mountAt(report('private'), '/data/sub').options).toContain('ro');
    expect(mountAt(report('rrw'), '/data/sub').options).toContain('rw');
  });

  test.skipIf(!canMapTmpfs())(
    'and goes with those about the mount alone, and with maps of ids (needs Linux 6.3)',
    () => {
      const options = ['rbind', 'ro', 'rnosuid', 'rnoexec', 'noatime'];
      const tree = makeDeepTree('relatime');
      expect(flagsOf(tree, options)).toEqual([
        'noatime,noexec,nosuid,ro',
        'noexec,nosuid,relatime,rw',
        'noexec,nosuid,relatime,rw',
      ]);
      expect(
        flagsOf(tree, [...options, 'ridmap'], (change) => inUserNamespace((spec) => change(spec, {} as never))),
      ).toEqual([
        'idmapped,noatime,noexec,nosuid,ro',
        'idmapped,noexec,nosuid,relatime,rw',
        'idmapped,noexec,nosuid,relatime,rw',
      ]);
    },
  );
});

describe('remount', () => {
  const tmpfs = (options: string[]): Mount => ({ destination: '/run', type: 'tmpfs', source: 'tmpfs', options });

  test('gives an earlier mount other flags, and its filesystem other options', () => {
    const mount = mountAt(
      runReport(withMounts(tmpfs(['mode=755', 'noexec']), tmpfs(['remount', 'nosuid', 'size=64k']))),
      '/run',
    );
    expect(mount.options.toSorted()).toEqual(['nosuid', 'relatime', 'rw']);
    expect(mount.superOptions).toEqual(expect.arrayContaining(['size=64k', 'mode=755']));
  });

  test('with ro lets later mounts have their mount points in it', () => {
    const report = runReport(
      withMounts(tmpfs([]), tmpfs(['remount', 'ro']), { destination: '/run/inner', type: 'tmpfs' }),
    );
    expect(mountAt(report, '/run').options).toContain('ro');
    expect(mountAt(report, '/run/inner').options).toContain('rw');
  });

  test('without ro makes one writable that was not', () => {
    const report = runReport(withMounts(tmpfs(['ro']), tmpfs(['remount', 'nodev'])));
    expect(mountAt(report, '/run').options.toSorted()).toEqual(['nodev', 'relatime', 'rw']);
  });

  test('of a bind changes the mount of the container, and nothing of the host', () => {
    const source = makeTree();
    const bind = { destination: '/data', source };
    const mutate = withMounts({ ...bind, options: ['bind'] }, { ...bind, options: ['bind', 'remount', 'ro'] });
    expect(mountAt(runReport(mutate), '/data').options).toContain('ro');
    writeFileSync(join(source, 'still'), 'writable');
  });

  test('works in a user namespace', () => {
    const change = withMounts(tmpfs(['mode=755']), tmpfs(['remount', 'nosuid', 'size=64k']));
    const mount = mountAt(runReport(inUserNamespace((spec) => change(spec, {} as never))), '/run');
    expect(mount.options).toContain('nosuid');
    expect(mount.superOptions).toContain('size=64k');
  });

  test('with an option that the filesystem does not know is refused by name', () => {
    const { status, stderr } = runBundle({ mutate: withMounts(tmpfs([]), tmpfs(['remount', 'bogus=1'])) });
    expect(stderr).toMatch(
      /: remount a filesystem \(fsconfig bogus=1: tmpfs: Unknown parameter 'bogus'\): invalid argument/,
    );
    expect(status).toBe(1);
  });
});

describe('copy-symlink', () => {
  const makeLink = (target: string): string => {
    const directory = makeTemporary();
    symlinkSync(target, join(directory, 'link'));
    return join(directory, 'link');
  };
  const copyTo = (destination: string, source: string): Mutate =>
    withMounts({ destination, source, options: ['bind', 'ro', 'copy-symlink'] });

  test.each(['/usr/share/zoneinfo/UTC', '../dangling', '/probe'])('makes a link to %s as the host has it', (target) => {
    expect(
      runProbe(['readlink', '/etc/deep/localtime'], { mutate: copyTo('/etc/deep/localtime', makeLink(target)) }),
    ).toBe(`${target}\n`);
  });

  test('resolves a relative source from the bundle', () => {
    const mutate: Mutate = (spec, bundle) => {
      symlinkSync('target', join(bundle.path, 'beside'));
      copyTo('/link', 'beside')(spec, bundle);
    };
    expect(runProbe(['readlink', '/link'], { mutate })).toBe('target\n');
  });

  test('binds what is no link', () => {
    expect(runProbe(['cat', '/file'], { mutate: copyTo('/file', join(makeTree(), 'file')) })).toBe('content\n');
  });

  test('is content with the same link, and leaves anything else alone', () => {
    const fill = (rootfs: string) => {
      symlinkSync('target', join(rootfs, 'same'));
      symlinkSync('elsewhere', join(rootfs, 'other'));
      writeFileSync(join(rootfs, 'file'), 'of the image');
    };
    expect(runProbe(['readlink', '/same'], { mutate: copyTo('/same', makeLink('target')), fill })).toBe('target\n');
    for (const path of ['/other', '/file']) {
      const { status, stderr, bundle } = runBundle({ mutate: copyTo(path, makeLink('target')), fill });
      expect(stderr).toMatch(/: copy the link to "\/(other|file)": something else is there already\n$/);
      expect(status).toBe(1);
      expect(readFileSync(join(bundle.rootfs, 'file'), 'utf8')).toBe('of the image');
    }
  });

  test('does not leave the rootfs by a link of the image', () => {
    const outside = makeTemporary();
    const { status, bundle } = runBundle({
      args: ['/probe', 'true'],
      mutate: copyTo('/way/link', makeLink('target')),
      fill: (rootfs) => symlinkSync(outside, join(rootfs, 'way')),
    });
    expect(status).toBe(0);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.path);
    expect(() => readFileSync(join(outside, 'link'))).toThrow('ENOENT');
  });
});

describe('the mode of a tmpfs', () => {
  const fill = (rootfs: string) => {
    mkdirSync(join(rootfs, 'own'));
    chmodSync(join(rootfs, 'own'), 0o1730);
  };
  const modeOf = (destination: string, options: string[], wrap: (change: Mutate) => Mutate = (change) => change) => {
    const mutate = wrap(withMounts({ destination, type: 'tmpfs', source: 'tmpfs', options }));
    return (JSON.parse(runProbe(['stat', destination], { mutate, fill })) as { mode: string }).mode;
  };

  test('is that of the directory it covers', () => {
    expect(modeOf('/own', ['nosuid'])).toBe('1730');
    expect(modeOf('/own', ['ro'])).toBe('1730');
    expect(modeOf('/own', [], (change) => inUserNamespace((spec) => change(spec, {} as never)))).toBe('1730');
  });

  test('is what the options say, if they do', () => {
    expect(modeOf('/own', ['mode=711'])).toBe('0711');
    expect(modeOf('/own', ['size=1m,mode=700'])).toBe('0700');
  });

  test("is the kernel's where nothing is covered", () => {
    expect(modeOf('/new', [])).toBe('1777');
  });
});
