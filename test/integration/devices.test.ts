// /dev, masked and read-only paths.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle } from '../support/bundle.js';
import { mountAt, runBundle, runProbe, runReport } from '../support/probe.js';
import { newTsrun } from '../support/tsrun.js';

describe('/dev', () => {
  test('has the default devices, open to everybody', () => {
    const tsrun = newTsrun();
    const expected = { null: [1, 3], zero: [1, 5], full: [1, 7], random: [1, 8], urandom: [1, 9], tty: [5, 0] };
    for (const [name, [major, minor]] of Object.entries(expected)) {
      const bundle = makeBundle({ args: ['/probe', 'stat', `/dev/${name}`] });
      const { stdout } = tsrun.must(['run', '--bundle', bundle.path, tsrun.newId()]);
      expect(JSON.parse(stdout)).toMatchObject({ type: 'c', mode: '0666', major, minor, uid: 0, gid: 0 });
    }
  });

  for (const [name, target] of [
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
    ['ptmx', 'pts/ptmx'],
  ]) {
    test(`has the link ${name}`, () => {
      expect(runProbe(['readlink', `/dev/${name}`])).toBe(`${target}\n`);
    });
  }

  test('has the link core if the host has /proc/kcore, and nothing else', () => {
    const core = existsSync('/proc/kcore') ? ['core'] : [];
    expect(runProbe(['ls', '/dev']).trim().split('\n').sort()).toEqual([
      ...core,
      'fd',
      'full',
      'mqueue',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ]);
  });

  test('has the devices of config.json, with their mode and owner', () => {
    const options: Omit<BundleOptions, 'args'> = {
      mutate: (spec) => {
        spec.linux.devices = [
          { path: '/dev/deep/own', type: 'c', major: 10, minor: 229, fileMode: 0o640, uid: 7, gid: 8 },
          { path: '/dev/pipe', type: 'p', fileMode: 0o600 },
          { path: '/dev/zero', type: 'c', major: 1, minor: 5, fileMode: 0o600 },
        ];
      },
    };
    const stat = (path: string) => JSON.parse(runProbe(['stat', path], options));
    expect(stat('/dev/deep/own')).toMatchObject({ type: 'c', mode: '0640', major: 10, minor: 229, uid: 7, gid: 8 });
    expect(stat('/dev/pipe')).toMatchObject({ type: 'p', mode: '0600' });
    expect(stat('/dev/zero')).toMatchObject({ type: 'c', mode: '0600' });
  });

  test('has a pts of its own', () => {
    expect(runProbe(['ls', '/dev/pts'])).toBe('ptmx\n');
    expect(mountAt(runReport(), '/dev/pts').fstype).toBe('devpts');
  });
});

describe('a masked path', () => {
  const filled: Omit<BundleOptions, 'args'> = {
    mutate: (spec) => {
      spec.linux.maskedPaths = ['/secret', '/secrets', '/absent', '/proc/kcore'];
    },
    fill: (rootfs) => {
      writeFileSync(join(rootfs, 'secret'), 'secret\n');
      mkdirSync(join(rootfs, 'secrets'));
      writeFileSync(join(rootfs, 'secrets/file'), 'secret\n');
    },
  };

  test('that is a file reads as empty', () => {
    expect(runProbe(['cat', '/secret'], filled)).toBe('');
    expect(JSON.parse(runProbe(['stat', '/secret'], filled))).toMatchObject({ type: 'c', major: 1, minor: 3 });
  });

  test('that is a directory is empty and read-only', () => {
    expect(runProbe(['ls', '/secrets'], filled)).toBe('');
    const { stderr } = runBundle({ ...filled, args: ['/probe', 'write', '/secrets/file', 'x'] });
    expect(stderr).toBe('probe: /secrets/file: Read-only file system (EROFS)\n');
  });

  test('that does not exist is not made', () => {
    const { stderr } = runBundle({ ...filled, args: ['/probe', 'stat', '/absent'] });
    expect(stderr).toBe('probe: /absent: No such file or directory (ENOENT)\n');
  });

  test('leaves the file of the rootfs as it is', () => {
    const { bundle } = runBundle({ ...filled, args: ['/probe', 'write', '/secret', 'x'] });
    expect(newTsrun().execute('cat', [join(bundle.rootfs, 'secret')]).stdout).toBe('secret\n');
  });
});

describe('a read-only path', () => {
  test('cannot be written', () => {
    const { stderr } = runBundle({ args: ['/probe', 'write', '/proc/sys/kernel/hostname', 'x'] });
    expect(stderr).toBe('probe: /proc/sys/kernel/hostname: Read-only file system (EROFS)\n');
  });

  test('of the rootfs cannot be written, and what is beside it can', () => {
    const options: Omit<BundleOptions, 'args'> = {
      mutate: (spec) => {
        spec.linux.readonlyPaths = ['/kept', '/absent'];
      },
      fill: (rootfs) => mkdirSync(join(rootfs, 'kept')),
    };
    expect(runBundle({ ...options, args: ['/probe', 'write', '/kept/file', 'x'] }).stderr).toBe(
      'probe: /kept/file: Read-only file system (EROFS)\n',
    );
    expect(runBundle({ ...options, args: ['/probe', 'write', '/beside', 'x'] }).status).toBe(0);
  });
});
