// config-linux.md, "Namespaces" and "User namespace mappings".
import { chownSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Namespace } from '../../../src/spec/types.js';
import { setNamespace, shareNamespace } from '../../support/bundle.js';
import { ask, type Change, create, expectRefused, report, start } from '../container.js';
import { shows } from '../shows.js';

const HOST_ROOT = 100_000;

/** Type in config.json and name in /proc/PID/ns. */
const TYPES: readonly (readonly [Namespace['type'], string])[] = [
  ['pid', 'pid'],
  ['network', 'net'],
  ['mount', 'mnt'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['cgroup', 'cgroup'],
];

const hostNamespace = (name: string) => readlinkSync(`/proc/self/ns/${name}`);

/** Nothing that needs a namespace of its own, but for those of mounts and processes. */
function withoutNamespace(type: Namespace['type']): Change {
  return (spec) => {
    shareNamespace(spec, type);
    if (type === 'uts') delete (spec as { hostname?: string }).hostname;
    // Without a pid namespace of its own nobody may mask what is in /proc of another.
    if (type === 'network') spec.mounts = spec.mounts.filter((mount) => mount.type !== 'sysfs');
  };
}

const mapUsers: Change = (spec, { rootfs }) => {
  chownSync(rootfs, HOST_ROOT, HOST_ROOT);
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 1000 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 1000 }];
};

describe('config-linux.md, Namespaces', () => {
  for (const [type, name] of TYPES) {
    shows(['namespaces-new', 'namespaces-types'], `a ${type} namespace without a path is new`, () => {
      const { namespaces } = report((spec) => setNamespace(spec, type));
      expect(namespaces[name]).toMatch(/^\w+:\[\d+\]$/);
      expect(namespaces[name]).not.toBe(hostNamespace(name));
    });

    if (type === 'mount') continue;
    shows(['namespaces-inherited'], `without one of type ${type} it is that of the runtime`, () => {
      expect(report(withoutNamespace(type)).namespaces[name]).toBe(hostNamespace(name));
    });

    shows(['namespaces-path-joined'], `a ${type} namespace with a path is joined`, () => {
      const { pid } = start().state();
      const { namespaces } = report((spec) => {
        setNamespace(spec, type, `/proc/${pid}/ns/${name}`);
        if (type === 'uts') delete (spec as { hostname?: string }).hostname;
      });
      expect(namespaces[name]).toBe(readlinkSync(`/proc/${pid}/ns/${name}`));
    });
  }

  shows(['namespaces-new', 'namespaces-types'], 'a user namespace without a path is new', () => {
    expect(report(mapUsers).namespaces.user).not.toBe(hostNamespace('user'));
  });

  shows(['namespaces-new', 'namespaces-types'], 'a time namespace without a path is new', () => {
    const { namespaces } = report((spec) => {
      spec.ociVersion = '1.1.0';
      setNamespace(spec, 'time');
    });
    expect(namespaces.time).not.toBe(hostNamespace('time'));
  });

  for (const path of ['proc/self/ns/net', './net']) {
    shows(['namespaces-path-absolute'], `a path of ${JSON.stringify(path)} is an error`, () => {
      expectRefused((spec) => setNamespace(spec, 'network', path));
    });
  }

  for (const [title, file] of [
    ['a namespace of another type', '/proc/self/ns/ipc'],
    ['a file that is no namespace', '/etc/passwd'],
    ['nothing', '/absent/namespace'],
  ] as const) {
    shows(['namespaces-path-type'], `a path of ${title} is an error`, () => {
      expectRefused((spec) => setNamespace(spec, 'network', file));
    });
  }

  shows(['namespaces-duplicates'], 'two of one type are an error', () => {
    expectRefused((spec) => {
      spec.linux.namespaces.push({ type: 'network' });
    });
  });
});

describe('config-linux.md, User namespace mappings', () => {
  shows(['namespaces-types', 'lifecycle-environment'], 'the mappings are those of the program', () => {
    const { uidMap, gidMap, uid } = report(mapUsers);
    const fields = (lines: readonly string[] | null) => (lines ?? []).map((line) => line.trim().split(/\s+/));
    expect(fields(uidMap)).toEqual([['0', `${HOST_ROOT}`, '1000']]);
    expect(fields(gidMap)).toEqual([['0', `${HOST_ROOT}`, '1000']]);
    expect(uid).toBe(0);
  });

  for (const key of ['containerID', 'hostID', 'size'] as const) {
    shows(['mappings-required'], `a mapping without ${key} that cannot be made is an error`, () => {
      expectRefused(
        (spec) => {
          const mapping = { containerID: 0, hostID: HOST_ROOT, size: 1000, [key]: undefined };
          spec.linux.uidMappings = [mapping as unknown as { containerID: number; hostID: number; size: number }];
        },
        { mutate: mapUsers },
      );
    });
  }

  shows(['mappings-ownership'], 'mappings leave the files of the rootfs to their owners', () => {
    const { bundle } = create({
      mutate: (spec, made) => {
        mapUsers(spec, made);
        writeFileSync(join(made.rootfs, 'of-root'), '');
      },
    });
    expect(statSync(join(bundle.rootfs, 'of-root')).uid).toBe(0);
    expect(statSync(join(bundle.rootfs, 'probe')).uid).toBe(0);
  });
});

describe('config-linux.md, Offset for Time Namespace', () => {
  shows(['lifecycle-environment'], 'an offset is what the clocks of the program are ahead', () => {
    const seconds = 864_000;
    const uptime = ask(['cat', '/proc/uptime'], (spec) => {
      spec.ociVersion = '1.1.0';
      setNamespace(spec, 'time');
      spec.linux.timeOffsets = { boottime: { secs: seconds }, monotonic: { secs: seconds } };
    });
    expect(Number(uptime.split(' ')[0])).toBeGreaterThan(seconds);
  });
});
