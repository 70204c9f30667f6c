// Where mounts go: inside the rootfs, whatever the rootfs says, on mount points that are made when they are missing.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle, type SpecDraft, shareNamespace } from '../support/bundle.js';
import { mountAt, parseReport, readMounts, runBundle, runProbe, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

/** A tmpfs on `destination`. */
function tmpfsOn(destination: string): NonNullable<BundleOptions['mutate']> {
  return (spec) => {
    spec.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs' });
  };
}

describe('a mount target', () => {
  test('that is missing is made, as a directory with mode 0755', () => {
    const { bundle, status } = runBundle({ args: ['/probe', 'true'], mutate: tmpfsOn('/made/deep') });
    expect(status).toBe(0);
    expect(statSync(join(bundle.rootfs, 'made/deep')).mode & 0o7777).toBe(0o755);
  });

  test('that is missing is made as an empty file for a file', () => {
    const source = join(makeTemporary(), 'file');
    writeFileSync(source, 'x');
    const { bundle, status } = runBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => spec.mounts.push({ destination: '/made/file', source, options: ['bind'] }),
    });
    expect(status).toBe(0);
    expect(readFileSync(join(bundle.rootfs, 'made/file'), 'utf8')).toBe('');
    expect(statSync(join(bundle.rootfs, 'made/file')).mode & 0o7777).toBe(0o644);
  });

  test('that is an absolute link stays inside the rootfs', () => {
    const outside = makeTemporary();
    const report = runReport(tmpfsOn('/link'), { fill: (rootfs) => symlinkSync(outside, join(rootfs, 'link')) });
    expect(mountAt(report, outside).fstype).toBe('tmpfs');
    expect(readdirSync(outside)).toEqual([]);
  });

  test('that climbs out by a link stays inside the rootfs', () => {
    const { bundle, status, stdout } = runBundle({
      mutate: tmpfsOn('/link/inner'),
      fill: (rootfs) => symlinkSync('../../../../../../escaped', join(rootfs, 'link')),
    });
    expect(status).toBe(0);
    expect(mountAt(parseReport(stdout), '/escaped/inner').fstype).toBe('tmpfs');
    expect(existsSync('/escaped')).toBe(false);
    expect(lstatSync(join(bundle.rootfs, 'escaped/inner')).isDirectory()).toBe(true);
  });

  test('that is a dangling link gets the file that the link names', () => {
    const source = join(makeTemporary(), 'resolv.conf');
    writeFileSync(source, 'nameserver 192.0.2.1\n');
    const { status, stdout, stderr, bundle } = runBundle({
      args: ['/probe', 'cat', '/etc/resolv.conf'],
      mutate: (spec) => spec.mounts.push({ destination: '/etc/resolv.conf', source, options: ['bind', 'ro'] }),
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'etc'));
        symlinkSync('../run/resolved/resolv.conf', join(rootfs, 'etc/resolv.conf'));
      },
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'nameserver 192.0.2.1\n', stderr: '' });
    expect(lstatSync(join(bundle.rootfs, 'run/resolved/resolv.conf')).isFile()).toBe(true);
  });

  for (const name of ['proc', 'sys']) {
    test(`/${name} that is a link is refused`, () => {
      const { status, stderr } = runBundle({
        fill: (rootfs) => {
          mkdirSync(join(rootfs, 'elsewhere'));
          symlinkSync('elsewhere', join(rootfs, name));
        },
      });
      expect(stderr).toMatch(
        new RegExp(
          `^tsrun: cannot run container "[^"]+": mount on "/${name}": must be mounted on ordinary directory\\n`,
        ),
      );
      expect(status).toBe(1);
    });
  }

  test.each<[string, string, string[]]>([
    ['/way', '/proc/sys/kernel', ['bind']],
    ['/way/kernel', '/proc/sys', ['bind']],
    ['/way/attr', '/proc/self', ['bind', 'dest-nofollow']],
    ['/way', 'proc/', ['bind']],
    ['/way', '/way2', ['bind']],
  ])('%s that an image leads to %s is refused, as it is inside /proc', (destination, target, options) => {
    const { status, stderr } = runBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => spec.mounts.push({ destination, source: makeTemporary(), options }),
      fill: (rootfs) => {
        symlinkSync(target, join(rootfs, 'way'));
        symlinkSync('/proc/self', join(rootfs, 'way2'));
      },
    });
    expect(stderr).toContain(`: mount on "${destination}": cannot be mounted because it is inside /proc\n`);
    expect(status).toBe(1);
  });

  test('below /proc can be what lxcfs gives containers, and nothing that a link leads to', () => {
    const mutate: BundleOptions['mutate'] = (spec, { path }) => {
      writeFileSync(join(path, 'uptime'), '1.00 1.00\n');
      spec.mounts.push({ destination: '/proc/uptime', source: join(path, 'uptime'), options: ['bind', 'ro'] });
    };
    expect(runProbe(['cat', '/proc/uptime'], { mutate })).toBe('1.00 1.00\n');
    const { status, stderr } = runBundle({
      mutate: (spec, bundle) => {
        mutate(spec, bundle);
        spec.mounts = spec.mounts.filter(({ type }) => type !== 'proc');
        symlinkSync('/etc', join(bundle.rootfs, 'proc'));
      },
    });
    expect(stderr).toMatch(/: mount on "\/proc\/uptime": too many levels of symbolic links \(ELOOP\)\n/);
    expect(status).toBe(1);
  });

  test('with dest-nofollow is a link itself', () => {
    const source = join(makeTemporary(), 'file');
    writeFileSync(source, 'of the host\n');
    const options = {
      mutate: (spec: SpecDraft) =>
        spec.mounts.push({ destination: '/link', source, options: ['bind', 'dest-nofollow'] }),
      fill: (rootfs: string) => {
        writeFileSync(join(rootfs, 'target'), 'of the image\n');
        symlinkSync('target', join(rootfs, 'link'));
      },
    };
    expect(runProbe(['cat', '/link'], options)).toBe('of the host\n');
    expect(runProbe(['cat', '/target'], options)).toBe('of the image\n');
    expect(JSON.parse(runProbe(['stat', '/link'], options))).toMatchObject({ type: 'file' });
  });

  test('with dest-nofollow and src-nofollow is a link that covers a link', () => {
    const source = join(makeTemporary(), 'link');
    symlinkSync('/etc/hosts', source);
    const text = runProbe(['readlink', '/link'], {
      mutate: (spec) =>
        spec.mounts.push({ destination: '/link', source, options: ['bind', 'src-nofollow', 'dest-nofollow'] }),
      fill: (rootfs) => symlinkSync('target', join(rootfs, 'link')),
    });
    expect(text).toBe('/etc/hosts\n');
  });

  test('below /proc is refused before anything is done', () => {
    const { status, stderr } = runBundle({ mutate: tmpfsOn('/proc/sys') });
    expect(stderr).toMatch(/^tsrun: invalid config\.json: mounts\[8\](\.destination)?: .*\/proc\/sys.*\n$/);
    expect(status).toBe(1);
  });
});

describe('mounts', () => {
  test('are made in the listed order, a later one over an earlier one', () => {
    const report = runReport((spec) => {
      spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'first', options: ['size=4k'] });
      spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'second', options: ['size=8k'] });
    });
    const sizes = readMounts(report)
      .filter(({ target }) => target === '/data')
      .map(({ superOptions }) => superOptions);
    expect(sizes).toEqual([expect.arrayContaining(['size=4k']), expect.arrayContaining(['size=8k'])]);
  });

  test('are not seen by the host', () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const tsrun = newTsrun();
    tsrun.must(['run', '--detach', '--bundle', makeBundle({ args: ['/probe', 'sleep', '600'] }).path, tsrun.newId()]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  });

  test('are exactly those of config.json', () => {
    const report = runReport((spec) => {
      spec.linux.maskedPaths = [];
      spec.linux.readonlyPaths = [];
    });
    const targets = readMounts(report).map(({ target }) => target);
    expect(targets).toEqual([
      '/',
      '/proc',
      '/dev',
      '/dev/pts',
      '/dev/shm',
      '/dev/mqueue',
      '/sys',
      '/sys/fs/cgroup',
      '/tmp',
    ]);
  });

  test('without a mount namespace are refused', () => {
    const { status, stderr } = runBundle({ mutate: (spec) => shareNamespace(spec, 'mount') });
    expect(stderr).toMatch(
      /^tsrun: invalid config\.json: 3 problems\n {2}mounts: needs a namespace of type "mount", linux\.namespaces has none\n/,
    );
    expect(status).toBe(1);
  });
});

describe('the root filesystem', () => {
  test('is writable unless it is to be read-only', () => {
    const { bundle, status } = runBundle({ args: ['/probe', 'write', '/made', 'x'] });
    expect(status).toBe(0);
    expect(readFileSync(join(bundle.rootfs, 'made'), 'utf8')).toBe('x');
  });

  test('that is read-only cannot be written, but the mounts in it can', () => {
    const readonly: NonNullable<BundleOptions['mutate']> = (spec) => {
      spec.root.readonly = true;
    };
    const { status, stderr } = runBundle({ args: ['/probe', 'write', '/made', 'x'], mutate: readonly });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'probe: /made: Read-only file system (EROFS)\n' });
    expect(runBundle({ args: ['/probe', 'write', '/tmp/made', 'x'], mutate: readonly }).status).toBe(0);
    expect(mountAt(runReport(readonly), '/').options).toContain('ro');
  });

  test('with --no-pivot is the root as well', () => {
    const { status, stdout } = runBundle({}, ['--no-pivot']);
    expect(status).toBe(0);
    expect(readMounts(parseReport(stdout))[0]?.target).toBe('/');
  });

  test('has the propagation of rootfsPropagation', () => {
    const report = runReport((spec) => {
      spec.linux.rootfsPropagation = 'shared';
    });
    expect(mountAt(report, '/').propagation.join(' ')).toMatch(/^shared:\d+/);
  });
});
