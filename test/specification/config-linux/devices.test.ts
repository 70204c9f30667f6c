// config-linux.md, "Default Filesystems", "Devices" and "Default Devices".
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { mountAt } from '../../support/probe.js';
import { ask, type Change, expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

/** `probe stat` of a device: type, mode, owner and numbers. */
function statOf(path: string, change?: Change): Record<string, unknown> {
  return JSON.parse(ask(['stat', path], change));
}

const DEFAULTS = [
  ['/dev/null', 1, 3],
  ['/dev/zero', 1, 5],
  ['/dev/full', 1, 7],
  ['/dev/random', 1, 8],
  ['/dev/urandom', 1, 9],
  ['/dev/tty', 5, 0],
] as const;

describe('config-linux.md, Default Filesystems', () => {
  for (const [path, type] of [
    ['/proc', 'proc'],
    ['/sys', 'sysfs'],
    ['/dev/pts', 'devpts'],
    ['/dev/shm', 'tmpfs'],
  ] as const) {
    shows(['default-filesystems'], `${path} is ${type} where config.json asks for it`, () => {
      expect(mountAt(report(), path).fstype).toBe(type);
    });
  }
});

describe('config-linux.md, Default Devices', () => {
  for (const [path, major, minor] of DEFAULTS) {
    shows(['default-devices'], `${path} is there`, () => {
      expect(statOf(path)).toMatchObject({ type: 'c', major, minor });
    });
  }

  shows(['default-devices'], '/dev/null takes what is written', () => {
    expect(ask(['write', '/dev/null', 'x'])).toBe('');
  });

  shows(['default-devices'], '/dev/ptmx is that of /dev/pts', () => {
    expect(ask(['readlink', '/dev/ptmx']).trim()).toMatch(/^(\/dev\/)?pts\/ptmx$/);
    expect(statOf('/dev/pts/ptmx')).toMatchObject({ type: 'c', major: 5, minor: 2 });
  });
});

describe('config-linux.md, Devices', () => {
  const fuse = { type: 'c', path: '/dev/fuse', major: 10, minor: 229, fileMode: 0o640, uid: 10, gid: 20 } as const;

  shows(['devices-available'], 'are there, with numbers, mode and owner', () => {
    const found = statOf('/dev/fuse', (spec) => {
      spec.linux.devices = [fuse];
    });
    expect(found).toMatchObject({ type: 'c', major: 10, minor: 229, mode: '0640', uid: 10, gid: 20 });
  });

  shows(['devices-available'], 'may be anywhere, and of type b and p', () => {
    const devices: Change = (spec) => {
      spec.linux.devices = [
        { type: 'b', path: '/disks/loop', major: 7, minor: 200 },
        { type: 'p', path: '/fifo', fileMode: 0o600 },
      ];
    };
    expect(statOf('/disks/loop', devices)).toMatchObject({ type: 'b', major: 7, minor: 200 });
    expect(statOf('/fifo', devices)).toMatchObject({ type: 'p', mode: '0600' });
  });

  shows(['devices-mismatch'], 'where a file is that does not match are an error', () => {
    expectRefused((spec, { rootfs }) => {
      writeFileSync(join(rootfs, 'fuse'), 'a file');
      spec.linux.devices = [{ ...fuse, path: '/fuse' }];
    });
  });

  shows(['devices-numbers'], 'without a major number are an error', () => {
    expectRefused((spec) => {
      const { major: _, ...device } = fuse;
      spec.linux.devices = [{ ...device, minor: -1 }];
    });
  });
});
