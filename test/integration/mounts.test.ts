// mounts[]: what is mounted, with which attributes.
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, shareNamespace } from '../support/bundle.js';
import { inUserNamespace } from '../support/idmap.js';
import { mountAt, readMounts, runBundle, runProbe, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

/** Adds a mount of a new directory of the host, which has a file `file` and a directory `sub`. */
function bindOf(options: readonly string[], source = makeSource()): NonNullable<BundleOptions['mutate']> {
  return (spec) => {
    spec.mounts.push({ destination: '/data', type: 'none', source, options: [...options] });
  };
}

function makeSource(): string {
  const source = makeTemporary();
  writeFileSync(join(source, 'file'), 'content\n');
  mkdirSync(join(source, 'sub'));
  return source;
}

function mountHere(source: string, flags: readonly string[]): void {
  const tsrun = newTsrun();
  const outcome = tsrun.execute('mount', [...flags, source]);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  onTestFinished(() => void tsrun.execute('umount', ['--lazy', source]));
}

describe('a bind mount', () => {
  test('shows the files of its source, writable', () => {
    const source = makeSource();
    expect(runProbe(['cat', '/data/file'], { mutate: bindOf(['bind'], source) })).toBe('content\n');
    runProbe(['write', '/data/file', 'changed'], { mutate: bindOf(['bind', 'rw'], source) });
    expect(readFileSync(join(source, 'file'), 'utf8')).toBe('changed');
  });

  test('with ro cannot be written', () => {
    const source = makeSource();
    const { status, stderr } = runBundle({
      args: ['/probe', 'write', '/data/file', 'x'],
      mutate: bindOf(['bind', 'ro'], source),
    });
    expect(stderr).toBe('probe: /data/file: Read-only file system (EROFS)\n');
    expect(status).toBe(1);
    expect(readFileSync(join(source, 'file'), 'utf8')).toBe('content\n');
  });

  test('of a file is made on a file', () => {
    const source = join(makeSource(), 'file');
    expect(
      runProbe(['cat', '/etc/deep/data'], {
        mutate: (spec) => spec.mounts.push({ destination: '/etc/deep/data', source, options: ['bind', 'ro'] }),
      }),
    ).toBe('content\n');
  });

  test('of a relative source is resolved from the bundle', () => {
    const text = runProbe(['cat', '/data'], {
      mutate: (spec, bundle) => {
        writeFileSync(join(bundle.path, 'beside'), 'beside\n');
        spec.mounts.push({ destination: '/data', source: 'beside', options: ['bind'] });
      },
    });
    expect(text).toBe('beside\n');
  });

  test('has exactly the flags of its options', () => {
    const { options } = mountAt(runReport(bindOf(['bind', 'nosuid', 'nodev', 'noexec', 'ro', 'noatime'])), '/data');
    expect([...options].sort()).toEqual(['noatime', 'nodev', 'noexec', 'nosuid', 'ro']);
  });

  test('without rbind leaves out what is mounted below its source', () => {
    const source = makeSource();
    mountHere(join(source, 'sub'), ['-t', 'tmpfs', 'tmpfs']);
    const plain = readMounts(runReport(bindOf(['bind'], source))).map(({ target }) => target);
    expect(plain).toContain('/data');
    expect(plain).not.toContain('/data/sub');
  });

  test('with rbind has what is mounted below its source', () => {
    const source = makeSource();
    mountHere(join(source, 'sub'), ['-t', 'tmpfs', 'tmpfs']);
    expect(mountAt(runReport(bindOf(['rbind'], source)), '/data/sub').fstype).toBe('tmpfs');
  });

  test('with rbind and ro is read-only itself, and only itself', () => {
    const source = makeSource();
    mountHere(join(source, 'sub'), ['-t', 'tmpfs', 'tmpfs']);
    const report = runReport(bindOf(['rbind', 'ro'], source));
    expect(mountAt(report, '/data').options).toContain('ro');
    expect(mountAt(report, '/data/sub').options).toContain('rw');
  });

  test('with rro is read-only with all below it', () => {
    const source = makeSource();
    mountHere(join(source, 'sub'), ['-t', 'tmpfs', 'tmpfs']);
    const report = runReport(bindOf(['rbind', 'rro', 'rnosuid'], source));
    expect(mountAt(report, '/data').options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
    expect(mountAt(report, '/data/sub').options).toEqual(expect.arrayContaining(['ro', 'nosuid']));
  });

  for (const [word, expected] of [
    ['private', /^$/],
    ['shared', /^shared:\d+$/],
    ['unbindable', /^unbindable$/],
  ] as const) {
    test(`with ${word} has that propagation`, () => {
      expect(mountAt(runReport(bindOf(['bind', word])), '/data').propagation.join(' ')).toMatch(expected);
    });
  }

  test('with rslave gets what the host mounts later', () => {
    const source = makeSource();
    mountHere(source, ['--bind', source]);
    newTsrun().execute('mount', ['--make-shared', source]);
    const { propagation } = mountAt(runReport(bindOf(['rbind', 'rslave'], source)), '/data');
    expect(propagation.join(' ')).toMatch(/^master:\d+/);
  });

  test('of a source that does not exist is refused, with a hint', () => {
    const { status, stderr } = runBundle({ mutate: bindOf(['bind'], '/absent/source') });
    expect(stderr).toMatch(
      /^tsrun: cannot run container "[^"]+": bind "\/absent\/source": no such file or directory \(ENOENT\)\nhint: the source of a bind mount must exist\n$/,
    );
    expect(status).toBe(1);
  });

  test('of a directory on a file is refused', () => {
    const { status, stderr } = runBundle({
      mutate: (spec) => spec.mounts.push({ destination: '/probe', source: makeSource(), options: ['bind'] }),
    });
    expect(stderr).toMatch(/: mount on "\/probe".*: not a directory \(ENOTDIR\)\nhint: /);
    expect(status).toBe(1);
  });

  test('with src-nofollow binds a link itself, not its target', () => {
    const source = makeSource();
    symlinkSync('file', join(source, 'link'));
    const target = runProbe(['readlink', '/data'], {
      mutate: (spec) =>
        spec.mounts.push({ destination: '/data', source: join(source, 'link'), options: ['bind', 'src-nofollow'] }),
    });
    expect(target).toBe('file\n');
  });
});

describe('a tmpfs', () => {
  test('has the options and the size that were asked for', () => {
    const report = runReport((spec) => {
      spec.mounts.push({
        destination: '/data',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'noexec', 'mode=1700', 'size=64k'],
      });
    });
    const mount = mountAt(report, '/data');
    expect([...mount.options].sort()).toEqual(['noexec', 'nosuid', 'relatime', 'rw']);
    expect(mount.superOptions).toEqual(expect.arrayContaining(['size=64k', 'mode=1700']));
  });

  test('with ro is read-only, also for its mount points', () => {
    const report = runReport((spec) => {
      spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['ro'] });
      spec.mounts.push({ destination: '/data/inner', type: 'tmpfs', source: 'tmpfs' });
    });
    expect(mountAt(report, '/data').options).toContain('ro');
    expect(mountAt(report, '/data/inner').options).toContain('rw');
  });

  test('with tmpcopyup begins with what the rootfs has there', () => {
    const options: BundleOptions = {
      mutate: (spec) =>
        spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'data/inner'), { recursive: true });
        writeFileSync(join(rootfs, 'data/inner/file'), 'copied\n');
        chmodSync(join(rootfs, 'data/inner/file'), 0o640);
        symlinkSync('/outside', join(rootfs, 'data/link'));
      },
    };
    expect(runProbe(['cat', '/data/inner/file'], options)).toBe('copied\n');
    expect(JSON.parse(runProbe(['stat', '/data/inner/file'], options)).mode).toBe('0640');
    expect(runProbe(['readlink', '/data/link'], options)).toBe('/outside\n');
  });

  test('with tmpcopyup keeps what is written to itself', () => {
    const { status, bundle } = runBundle({
      args: ['/probe', 'write', '/data/new', 'x'],
      mutate: (spec) =>
        spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
      fill: (rootfs) => mkdirSync(join(rootfs, 'data')),
    });
    expect(status).toBe(0);
    expect(existsSync(join(bundle.rootfs, 'data/new'))).toBe(false);
  });

  test('with an unknown option is refused by name', () => {
    const { status, stderr } = runBundle({
      mutate: (spec) => spec.mounts.push({ destination: '/data', type: 'tmpfs', options: ['noexc'] }),
    });
    expect(stderr).toMatch(
      /^tsrun: cannot run container "[^"]+": make a tmpfs filesystem .*noexc.*: invalid argument \(EINVAL\)\n/,
    );
    expect(status).toBe(1);
  });
});

describe('in a user namespace', () => {
  test.each([
    ['mqueue', 'ipc'],
    ['proc', 'pid'],
  ] as const)('a %s of a namespace of the host is refused, with a hint', (fstype, namespace) => {
    const { status, stderr } = runBundle({ mutate: inUserNamespace((spec) => shareNamespace(spec, namespace)) });
    expect(stderr).toMatch(new RegExp(`: make a ${fstype} filesystem[^:]*: operation not permitted \\(EPERM\\)\n`));
    expect(stderr).toContain(`"${fstype}" needs a namespace of type "${namespace}" of the container's own`);
    expect(status).toBe(1);
  });
});

describe('a devpts', () => {
  test('is another instance than that of the host, with the modes of its options', () => {
    const report = runReport();
    expect(mountAt(report, '/dev/pts').superOptions).toEqual(
      expect.arrayContaining(['gid=5', 'mode=620', 'ptmxmode=666']),
    );
    // In a new one the first terminal has not been opened yet.
    expect(runProbe(['ls', '/dev/pts'])).toBe('ptmx\n');
  });
});
