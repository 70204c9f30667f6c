// tsrun as root of somebody's user namespace, as podman without root calls it: what such a root may, and what has to be done in another way.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type SpecDraft, setNamespace, shareNamespace } from '../support/bundle.js';
import { OrdinaryUser, RANGE, UID } from '../support/ordinary-user.js';
import { TSRUN } from '../support/paths.js';
import { mountAt, type ProbeReport, parseReport, readMounts } from '../support/probe.js';

/** Runs its arguments as root of a user namespace with the ranges of the user, whose maps newuidmap and newgidmap write. */
const MAP_ALL = `
d=$(mktemp -d); mkfifo "$d/go"
unshare --user --mount sh -c 'read line <"$0"; exec setpriv --reuid 0 --regid 0 --clear-groups -- "$@"' "$d/go" "$@" &
until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
newuidmap $! 0 ${UID} 1 1 ${RANGE.first} ${RANGE.count} && newgidmap $! 0 ${UID} 1 1 ${RANGE.first} ${RANGE.count} && echo >"$d/go"
wait $!; s=$?; rm -r "$d"; exit $s`;

const ALONE = (...flags: string[]) =>
  new OrdinaryUser({ hasRange: false, within: ['unshare', '--map-root-user', ...flags] });

function withoutGid(spec: SpecDraft): void {
  for (const mount of spec.mounts) {
    Object.assign(mount, { options: (mount.options ?? []).filter((option) => option !== 'gid=5') });
  }
}

function report(user: OrdinaryUser, mutate: (spec: SpecDraft) => void = () => {}): ProbeReport {
  const { path } = user.bundle({
    mutate: (spec) => {
      withoutGid(spec);
      mutate(spec);
    },
  });
  const { status, stdout, stderr } = user.call(['run', '--bundle', path, user.tsrun.newId()]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return parseReport(stdout);
}

describe.each([
  ['of a mount namespace too', ['--mount']],
  ['of nothing else', []],
  ['of mount, network and pid namespaces', ['--mount', '--net', '--pid', '--fork', '--mount-proc']],
])('root %s', (_, flags) => {
  test('runs a container without a user namespace of its own', () => {
    const found = report(ALONE(...flags));
    expect(found.uid).toBe(0);
    expect(found.uidMap?.[0]?.trim().split(/\s+/).map(Number)).toEqual([0, UID, 1]);
    expect(mountAt(found, '/dev/null').root).toBe('/null');
    expect(mountAt(found, '/proc/sys').options).toContain('ro');
    expect(mountAt(found, '/sys').options).toContain('ro');
  });

  test('runs one with another user namespace', () => {
    const found = report(ALONE(...flags), (spec) => {
      setNamespace(spec, 'user');
      spec.linux.uidMappings = spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    });
    expect(found.uid).toBe(0);
    expect(found.uidMap?.[0]?.trim().split(/\s+/).map(Number)).toEqual([0, 0, 1]);
  });

  test('binds directories of the host, and masks', () => {
    const user = ALONE(...flags);
    const found = report(user, (spec) => {
      spec.mounts.push({ destination: '/mnt', source: user.directory, options: ['bind', 'ro'] });
      spec.linux.maskedPaths.push('/mnt');
    });
    const [bind, mask] = readMounts(found).filter(({ target }) => target === '/mnt');
    expect([bind?.options.includes('ro'), mask?.fstype]).toEqual([true, 'tmpfs']);
  });
});

describe("where the network is the host's", () => {
  test('the sysfs of the host takes the place of a new one, read-only with all that is in it', () => {
    const found = report(ALONE('--mount'), (spec) => shareNamespace(spec, 'network'));
    const below = readMounts(found).filter(({ target }) => target === '/sys' || target.startsWith('/sys/'));
    expect(below.length).toBeGreaterThan(1);
    for (const { target, options } of below)
      expect([target, options]).toEqual([target, expect.arrayContaining(['ro'])]);
  });

  test('also for a container whose user namespace is made by root of the host', () => {
    const user = new OrdinaryUser();
    const { path } = user.bundle({
      mutate: (spec) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = spec.linux.gidMappings = [{ containerID: 0, hostID: UID, size: 65_536 }];
        shareNamespace(spec, 'network');
      },
    });
    const { stdout } = user.tsrun.must(['run', '--bundle', path, user.tsrun.newId()]);
    const found = parseReport(stdout);
    expect(mountAt(found, '/sys')).toMatchObject({ fstype: 'sysfs', options: expect.arrayContaining(['ro']) });
  });
});

describe('limits and devices there', () => {
  test('rules for devices that deny everything need no program', () => {
    const found = report(ALONE('--mount'), (spec) => {
      spec.linux.resources = { devices: [{ allow: false, access: 'rwm' }] };
    });
    expect(found.uid).toBe(0);
  });

  test('rules that allow some are warned of', () => {
    const user = ALONE('--mount');
    const { path } = user.bundle({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        withoutGid(spec);
        spec.linux.resources = {
          devices: [
            { allow: false, access: 'rwm' },
            { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
          ],
        };
      },
    });
    expect(user.call(['run', '--bundle', path, user.tsrun.newId()])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('the rules have no effect: only root of the host can limit devices'),
    });
  });

  test('a cgroup that cannot be made is done without, and one with limits is an error', () => {
    const user = ALONE('--mount');
    const run = (mutate: (spec: SpecDraft) => void) => {
      const { path } = user.bundle({
        args: ['/probe', 'true'],
        mutate: (spec) => {
          withoutGid(spec);
          mutate(spec);
        },
      });
      return user.call(['run', '--bundle', path, user.tsrun.newId()]);
    };
    expect(run(() => {})).toMatchObject({ status: 0, stderr: '' });
    expect(
      run((spec) => {
        spec.linux.resources = { unified: { 'cgroup.max.depth': '1' } };
      }),
    ).toMatchObject({ status: 1, stderr: expect.stringMatching(/create cgroup .*permission denied/) });
  });

  test('an id that is not mapped is named', () => {
    const user = ALONE('--mount');
    const { path } = user.bundle();
    expect(user.call(['run', '--bundle', path, user.tsrun.newId()])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/make a devpts filesystem.*gid=5.*\nhint: .*user namespace/),
    });
  });
});

describe('the state root of such a root', () => {
  const ask = (...environment: string[]) => {
    const user = ALONE('--mount');
    const call = [
      'env',
      '-i',
      `PATH=${process.env.PATH}`,
      ...environment.map((line) => line.replace('OWN', user.directory)),
    ];
    const { path } = user.bundle({ args: ['/probe', 'true'], mutate: withoutGid });
    return { user, ...user.execute([...call, TSRUN, 'run', '--bundle', path, 'x']) };
  };

  test('is that of the user who has become it', () => {
    expect(ask('XDG_RUNTIME_DIR=OWN')).toMatchObject({ status: 0, stderr: '' });
  });

  test('is that of root where the user is called root', () => {
    const { status, stderr } = ask('XDG_RUNTIME_DIR=OWN', 'USER=root');
    expect(stderr).toMatch(
      /cannot create the state root "\/run\/tsrun"|belongs to uid|cannot write the state in "\/run\/tsrun"/,
    );
    expect(status).toBe(1);
  });
});

describe('with ranges of ids, as podman has them', () => {
  test('other users and groups are those of the ranges', () => {
    const user = new OrdinaryUser({ within: ['sh', '-c', MAP_ALL, 'sh'] });
    const found = report(user, (spec) => {
      spec.process.user = { uid: 5, gid: 6, additionalGids: [7] };
    });
    expect([found.uid, found.gid, found.groups]).toEqual([5, 6, [7]]);
    expect((found.uidMap ?? []).map((line) => line.trim().split(/\s+/).map(Number))).toEqual([
      [0, UID, 1],
      [1, RANGE.first, RANGE.count],
    ]);
  });

  test('exec enters what waits, and delete leaves nothing', () => {
    const user = new OrdinaryUser({ within: ['sh', '-c', MAP_ALL, 'sh'] });
    const { path } = user.bundle({ args: ['/probe', 'sleep', '3600'], mutate: withoutGid });
    const id = user.tsrun.newId();
    const script = `
      set -e
      t="$1 --root $2"
      $t create --bundle $3 $4 </dev/null >$5/out 2>&1
      $t exec $4 /probe true
      $t start $4
      $t exec $4 /probe true
      $t ps $4 >/dev/null
      $t kill $4 KILL
      sleep 0.2
      $t delete $4`;
    const call = ['sh', '-c', script, 'sh', TSRUN, user.tsrun.root, path, id, user.directory];
    const { status, stderr } = user.execute(call);
    expect({ status, stderr, said: readFileSync(`${user.directory}/out`, 'utf8') }).toEqual({
      status: 0,
      stderr: '',
      said: '',
    });
    expect(user.tsrun.leftovers()).toEqual([]);
  });
});
