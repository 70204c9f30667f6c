// exec enters whatever the container has of its own, and leaves what it shares.
import { chownSync, copyFileSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle, type SpecDraft, setNamespace, shareNamespace } from '../support/bundle.js';
import { type Host, reportBeside, startHost } from '../support/exec.js';
import { TSRUN } from '../support/paths.js';
import { parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const FILES = ['pid', 'net', 'mnt', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;

function namespacesOf(pid: number | 'self'): Record<string, string> {
  return Object.fromEntries(FILES.map((file) => [file, readlinkSync(`/proc/${pid}/ns/${file}`)]));
}

/** The namespaces of a process beside init are those of init, of this kind and of all others. */
function expectAllJoined(host: Host): void {
  const { namespaces } = reportBeside(host);
  expect(Object.fromEntries(FILES.map((file) => [file, namespaces[file]]))).toEqual(namespacesOf(host.pid));
}

const mapped: NonNullable<BundleOptions['mutate']> = (spec, bundle) => {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
  chownSync(bundle.rootfs, 100_000, 200_000);
};

describe('exec joins', () => {
  test('the namespaces that most containers have', () => {
    expectAllJoined(startHost());
  });

  for (const type of ['pid', 'network', 'ipc', 'uts', 'cgroup'] as const) {
    test(`all but that of type ${type}, where the container shares it with the host`, () => {
      const host = startHost({
        mutate: (spec) => {
          shareNamespace(spec, type);
          if (type === 'ipc') spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/mqueue');
          if (type === 'uts') delete spec.hostname;
        },
      });
      expectAllJoined(host);
      const file = type === 'network' ? 'net' : type;
      expect(namespacesOf(host.pid)[file]).toBe(namespacesOf('self')[file]);
    });
  }

  test('a time namespace, and sees its clocks', () => {
    const host = startHost({
      mutate: (spec) => {
        setNamespace(spec, 'time');
        spec.linux.timeOffsets = { boottime: { secs: 864_000, nanosecs: 0 } };
      },
    });
    expectAllJoined(host);
    const { stdout } = host.exec(['/probe', 'cat', '/proc/self/timens_offsets']);
    expect(stdout).toMatch(/^boottime +864000 +0$/m);
  });

  test('a user namespace, as root of it', () => {
    const host = startHost({ mutate: mapped });
    expectAllJoined(host);
    const { uid, gid, groups, capEff, capBnd, uidMap } = reportBeside(host);
    expect({ uid, gid, groups }).toEqual({ uid: 0, gid: 0, groups: [] });
    expect([capEff, capBnd]).toEqual(Array(2).fill('0000000020000420'));
    expect(uidMap?.[0]?.trim().split(/\s+/)).toEqual(['0', '100000', '65536']);
  });

  test('a user namespace, as another user of it', () => {
    const host = startHost({ mutate: mapped });
    const { uid, gid, groups } = reportBeside(host, ['--user', '1000:1001', '-g', '7']);
    expect({ uid, gid, groups }).toEqual({ uid: 1000, gid: 1001, groups: [7] });
  });

  test('no user that the namespace does not map', () => {
    const { status, stderr } = startHost({ mutate: mapped }).exec(['/probe', 'true'], ['--user', '70000']);
    expect(stderr).toBe('tsrun: invalid process: user.uid: found 70000, must be mapped by linux.uidMappings\n');
    expect(status).toBe(255);
  });

  test('namespaces of another container that its container had joined', () => {
    const other = startHost();
    const host = startHost({
      mutate: (spec) => {
        for (const [type, file] of [
          ['network', 'net'],
          ['ipc', 'ipc'],
          ['uts', 'uts'],
          ['pid', 'pid'],
        ] as const)
          setNamespace(spec, type, `/proc/${other.pid}/ns/${file}`);
        delete spec.hostname;
      },
    });
    expectAllJoined(host);
    expect(reportBeside(host).namespaces.net).toBe(namespacesOf(other.pid).net);
  });

  test('a network namespace that belongs to the host beside a user namespace that does not', () => {
    const other = startHost();
    const host = startHost({
      mutate: (spec, bundle) => {
        mapped(spec, bundle);
        setNamespace(spec, 'network', `/proc/${other.pid}/ns/net`);
        spec.mounts = spec.mounts.filter(({ type }) => type !== 'sysfs' && type !== 'cgroup');
        spec.linux.maskedPaths = [];
      },
    });
    expectAllJoined(host);
  });

  test('the root of a container without a mount namespace', () => {
    const host = startHost({
      mutate: (spec) => {
        spec.linux.namespaces = [{ type: 'pid' }];
        spec.mounts = [];
        spec.linux.maskedPaths = [];
        spec.linux.readonlyPaths = [];
        delete spec.hostname;
      },
    });
    const { status, stdout } = host.exec(['/probe', 'ls', '/']);
    expect(stdout.trim().split('\n').sort()).toEqual(readdirSync(host.bundle.rootfs).sort());
    expect(status).toBe(0);
  });
});

describe('the session keyring', () => {
  const keyringOf = (host: Host, flags: readonly string[] = []) =>
    host.exec(['/probe', 'keyring'], flags).stdout.trim();

  /** Init tells its keyring, and then stays. */
  function startTelling(options: BundleOptions, flags: readonly string[] = []) {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const own = makeBundle({ ...options, args: ['/probe', 'keyring'] });
    return tsrun.must(['run', ...flags, '--bundle', own.path, id]).stdout.trim();
  }

  test('is one for all processes of a container', () => {
    const host = startHost();
    const found = keyringOf(host);
    expect(found).toMatch(new RegExp(`^\\d+ keyring;0;0;[0-9a-f]+;_ses\\.${host.id}$`));
    expect(keyringOf(host)).toBe(found);
    expect(keyringOf(host, ['--user', '1000'])).toMatch(new RegExp(`^${found.split(' ')[0]} |^$`));
  });

  test('is one for all processes of a container with a user namespace', () => {
    const host = startHost({ mutate: mapped });
    const found = keyringOf(host);
    expect(found).toMatch(new RegExp(`keyring;0;0;[0-9a-f]+;_ses\\.${host.id}$`));
    expect(keyringOf(host)).toBe(found);
  });

  test("is tsrun's own where the container was made with --no-new-keyring", () => {
    const host = startHost({}, ['--no-new-keyring']);
    expect(keyringOf(host)).toBe(startTelling({}, ['--no-new-keyring']));
    expect(keyringOf(host)).not.toContain(host.id);
  });
});

describe('without root', () => {
  const UID = 4321;

  function mapAlone(spec: SpecDraft): void {
    const map = [{ containerID: 0, hostID: UID, size: 1 }];
    setNamespace(spec, 'user');
    shareNamespace(spec, 'network');
    spec.linux.uidMappings = map;
    spec.linux.gidMappings = map;
    spec.mounts = spec.mounts
      .filter(({ type }) => type !== 'cgroup' && type !== 'sysfs')
      .map((mount) => ({ ...mount, options: mount.options?.filter((option) => option !== 'gid=5') ?? [] }));
  }

  /** A container of a user, made by tsrun where the user may execute it. */
  function startOwn() {
    const bundle = makeBundle({ args: ['/probe', 'sleep', '3600'], mutate: mapAlone });
    const directory = makeTemporary();
    for (const name of ['tsrun', 'tsrun-engine']) copyFileSync(join(TSRUN, '..', name), join(directory, name));
    const root = join(directory, 'state');
    mkdirSync(root, { mode: 0o700 });
    for (const path of [bundle.path, bundle.rootfs, root]) chownSync(path, UID, UID);
    const tsrun = newTsrun();
    const call = (args: readonly string[]) =>
      tsrun.execute(join(directory, 'tsrun'), ['--root', root, '--cgroup-manager', 'disabled', ...args], { uid: UID });
    onTestFinished(() => void call(['delete', '--force', 'own']));
    expect(call(['run', '--detach', '--bundle', bundle.path, 'own'])).toMatchObject({ status: 0, stderr: '' });
    const { pid } = JSON.parse(call(['state', 'own']).stdout) as { pid: number };
    return { call, pid };
  }

  test('the user who made the container enters it, user namespace and all', () => {
    const { call, pid } = startOwn();
    const { status, stdout, stderr } = call(['exec', 'own', '/probe', 'report']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { namespaces, uid, uidMap, capEff } = parseReport(stdout);
    expect(Object.fromEntries(FILES.map((file) => [file, namespaces[file]]))).toEqual(namespacesOf(pid));
    expect({ uid, capEff }).toEqual({ uid: 0, capEff: '0000000020000420' });
    expect(uidMap?.[0]?.trim().split(/\s+/)).toEqual(['0', String(UID), '1']);
  });

  test('the status of the program comes back, and a failure is worded', () => {
    const { call } = startOwn();
    expect(call(['exec', 'own', '/probe', 'exit', '9']).status).toBe(9);
    expect(call(['exec', 'own', '/absent'])).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('exec: "/absent": no such file or directory'),
    });
  });
});
