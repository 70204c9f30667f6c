// User namespaces with a path: joined together with namespaces that belong to them, and with others that belong to the host.
import { execFileSync } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NamespaceType } from '../../src/spec/types.js';
import { makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { asRootless, OrdinaryUser, UID } from '../support/ordinary-user.js';
import { parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';

const FIRST = 3_000_000;
const MAP = [{ containerID: 0, hostID: FIRST, size: 1000 }];
const FILES = { network: 'net', ipc: 'ipc', uts: 'uts', pid: 'pid', cgroup: 'cgroup', mount: 'mnt' } as const;
type Joinable = keyof typeof FILES;

function give(path: string): void {
  execFileSync('chown', ['-R', `${FIRST}:${FIRST}`, path]);
}

interface Owner {
  readonly tsrun: Tsrun;
  readonly pid: number;
  readonly path: (type: Joinable | 'user') => string;
}

/** A container that stays; with `mapped`, in a user namespace that its other namespaces belong to. */
function startOwner(tsrun: Tsrun, mapped: boolean): Owner {
  const id = tsrun.newId();
  const bundle = makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec) => {
      if (!mapped) return;
      setNamespace(spec, 'user');
      spec.linux.uidMappings = MAP;
      spec.linux.gidMappings = MAP;
    },
  });
  if (mapped) give(bundle.rootfs);
  tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
  const pid = tsrun.state(id)?.pid ?? 0;
  return { tsrun, pid, path: (type) => `/proc/${pid}/ns/${type === 'user' ? 'user' : FILES[type]}` };
}

/** Joins these namespaces, and has new ones of the other types. */
function joining(paths: Readonly<Partial<Record<NamespaceType, string>>>): (spec: SpecDraft) => void {
  return (spec) => {
    for (const [type, path] of Object.entries(paths)) setNamespace(spec, type as NamespaceType, path);
    if (paths.uts !== undefined) delete spec.hostname;
  };
}

function run(tsrun: Tsrun, mutate: (spec: SpecDraft) => void) {
  const bundle = makeBundle({ mutate });
  give(bundle.rootfs);
  return tsrun.call(['run', '--bundle', bundle.path, tsrun.newId()]);
}

describe('a user namespace with a path', () => {
  test.each(Object.keys(FILES).filter((type) => type !== 'mount') as Joinable[])(
    'is joined with the %s namespace that belongs to it',
    (type) => {
      const owner = startOwner(newTsrun(), true);
      const paths = { user: owner.path('user'), [type]: owner.path(type) };
      const { status, stdout, stderr } = run(owner.tsrun, joining(paths));
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const { namespaces } = parseReport(stdout);
      expect(namespaces.user).toBe(readlinkSync(owner.path('user')));
      expect(namespaces[FILES[type]]).toBe(readlinkSync(owner.path(type)));
    },
  );

  // Of pid it cannot be: /proc is not mounted for who is not root over the namespace.
  test.each(['network', 'ipc', 'uts', 'cgroup'] as const)(
    'is joined with the %s namespace of another, which belongs to the host',
    (type) => {
      const tsrun = newTsrun();
      const owner = startOwner(tsrun, true);
      const other = startOwner(tsrun, false);
      const { status, stdout, stderr } = run(tsrun, (spec) => {
        joining({ user: owner.path('user'), [type]: other.path(type) })(spec);
        // A mqueue and a cgroup are mounted by who is root over their namespace.
        spec.mounts = spec.mounts.filter((mount) => mount.type !== 'mqueue' && mount.type !== 'cgroup');
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const { namespaces, uid } = parseReport(stdout);
      expect(uid).toBe(0);
      expect(namespaces.user).toBe(readlinkSync(owner.path('user')));
      expect(namespaces[FILES[type]]).toBe(readlinkSync(other.path(type)));
    },
  );

  test('is joined with all that belong to it', () => {
    const owner = startOwner(newTsrun(), true);
    const types = ['user', 'network', 'ipc', 'uts', 'pid', 'cgroup'] as const;
    const { status, stdout, stderr } = run(
      owner.tsrun,
      joining(Object.fromEntries(types.map((type) => [type, owner.path(type)]))),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { namespaces } = parseReport(stdout);
    for (const type of types) {
      const file = type === 'user' ? 'user' : FILES[type];
      expect(namespaces[file]).toBe(readlinkSync(owner.path(type)));
    }
  });

  test('can be a file without a process', () => {
    const owner = startOwner(newTsrun(), true);
    const file = join(makeTemporary(), 'user');
    writeFileSync(file, '');
    execFileSync('mount', ['--bind', owner.path('user'), file]);
    onTestFinished(() => void execFileSync('umount', [file]));
    const name = readlinkSync(owner.path('user'));
    owner.tsrun.cleanUp();
    const good = run(owner.tsrun, joining({ user: file }));
    expect({ status: good.status, stderr: good.stderr }).toEqual({ status: 0, stderr: '' });
    expect(parseReport(good.stdout).namespaces.user).toBe(name);
    const bad = run(owner.tsrun, (spec) => {
      joining({ user: file })(spec);
      spec.process.user.uid = 1000;
    });
    expect(bad.stderr).toBe(
      `tsrun: invalid config.json: process.user.uid: found 1000, must be mapped by the user namespace "${file}"\n`,
    );
  });

  test.each([
    ['uid', { uid: 1000, gid: 0 }],
    ['gid', { uid: 0, gid: 1000 }],
    ['additionalGids[1]', { uid: 0, gid: 0, additionalGids: [5, 1000] }],
  ])('has to map process.user.%s', (field, user) => {
    const owner = startOwner(newTsrun(), true);
    const { status, stderr } = run(owner.tsrun, (spec) => {
      joining({ user: owner.path('user') })(spec);
      spec.process.user = user;
    });
    expect(stderr).toBe(
      `tsrun: invalid config.json: process.user.${field}: found 1000, must be mapped by the user namespace "${owner.path('user')}"\n`,
    );
    expect(status).toBe(1);
  });

  test('may be given with the mappings that it has', () => {
    const owner = startOwner(newTsrun(), true);
    const { status, stderr } = run(owner.tsrun, (spec) => {
      joining({ user: owner.path('user') })(spec);
      spec.linux.uidMappings = [
        { containerID: 500, hostID: FIRST + 500, size: 500 },
        { containerID: 0, hostID: FIRST, size: 500 },
      ];
    });
    expect(stderr).toBe(
      'tsrun: warning: linux.uidMappings has no effect: the user namespace with a path has these mappings already\n',
    );
    expect(status).toBe(0);
  });

  test('may not be given with other mappings', () => {
    const owner = startOwner(newTsrun(), true);
    const { status, stderr } = run(owner.tsrun, (spec) => {
      joining({ user: owner.path('user') })(spec);
      spec.linux.gidMappings = [{ containerID: 0, hostID: FIRST, size: 1001 }];
    });
    expect(stderr).toBe(
      `tsrun: invalid config.json: linux.gidMappings: differs from what the user namespace with a path has: 0 ${FIRST} 1000\n`,
    );
    expect(status).toBe(1);
  });

  test('is entered by exec beside its container', () => {
    const owner = startOwner(newTsrun(), true);
    const { tsrun } = owner;
    const id = tsrun.newId();
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: joining({ user: owner.path('user'), pid: owner.path('pid') }),
    });
    give(bundle.rootfs);
    tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
    const found = parseReport(tsrun.must(['exec', id, '/probe', 'report']).stdout);
    expect(found.namespaces.user).toBe(readlinkSync(owner.path('user')));
    const lost = tsrun.call(['exec', '--user', '1000', id, '/probe', 'true']);
    expect(lost).toMatchObject({
      status: 255,
      stderr: `tsrun: invalid process: user.uid: found 1000, must be mapped by the user namespace "${owner.path('user')}"\n`,
    });
  });
});

describe('a container that shares namespaces with its sandbox', () => {
  test('as pods with user namespaces have it, by an ordinary user', () => {
    const user = new OrdinaryUser({ hasRange: false });
    const sandbox = user.tsrun.newId();
    const first = user.bundle({ args: ['/probe', 'sleep', '600'], mutate: asRootless });
    user.must(['run', '--detach', '--bundle', first.path, sandbox]);
    const pid = user.tsrun.state(sandbox)?.pid;
    const second = user.bundle({
      mutate: (spec) => {
        asRootless(spec);
        spec.linux.uidMappings = spec.linux.gidMappings = [{ containerID: 0, hostID: UID, size: 1 }];
        joining({ user: `/proc/${pid}/ns/user`, ipc: `/proc/${pid}/ns/ipc`, uts: `/proc/${pid}/ns/uts` })(spec);
      },
    });
    const { status, stdout, stderr } = user.call(['run', '--bundle', second.path, user.tsrun.newId()]);
    expect(stderr.match(/has no effect/g)).toHaveLength(2);
    expect(status).toBe(0);
    const { namespaces } = parseReport(stdout);
    for (const file of ['user', 'ipc', 'uts']) expect(namespaces[file]).toBe(readlinkSync(`/proc/${pid}/ns/${file}`));
  });
});
