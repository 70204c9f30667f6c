// Id-mapped mounts: who owns what, seen from inside and from outside.
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { IDMapping, Mount } from '../../src/spec/types.js';
import { makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import {
  CONTAINER_MAP,
  canMapTmpfs,
  HOST_ROOT,
  inUserNamespace,
  makeTree,
  mountMapped,
  mountOn,
  ownerInside,
  ownerOf,
} from '../support/idmap.js';
import { PROJECT } from '../support/paths.js';
import { mountAt, runBundle, runProbe, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const OVERFLOW = '65534:65534';

const one = (containerID: number, hostID: number, size = 1): IDMapping => ({ containerID, hostID, size });

const bindOf =
  (source: string, options: readonly string[], more: Partial<Mount> = {}) =>
  (spec: SpecDraft) => {
    spec.mounts.push({ destination: '/data', type: 'bind', source, options: [...options], ...more });
  };

/** What the kernel does without any of it; the tests below would show nothing if it were otherwise. */
test('without maps a file of the host belongs to nobody in a user namespace', () => {
  expect(ownerInside('/data/file', inUserNamespace(bindOf(makeTree(), ['bind'])))).toBe(OVERFLOW);
});

describe('a bind mount with the maps of the container', () => {
  test.each<[string, readonly string[], Partial<Mount>]>([
    ['idmap', ['bind', 'idmap'], {}],
    ['ridmap', ['bind', 'ridmap'], {}],
    ['idmap=', ['bind', 'idmap='], {}],
    ['its own mappings alone', ['bind'], { uidMappings: [...CONTAINER_MAP], gidMappings: [...CONTAINER_MAP] }],
    ['mappings and idmap', ['rbind', 'idmap'], { uidMappings: [...CONTAINER_MAP], gidMappings: [...CONTAINER_MAP] }],
  ])('by %s has the owners of the host', (_name, options, more) => {
    const tree = makeTree();
    const mutate = inUserNamespace(bindOf(tree, options, more));
    expect([ownerInside('/data/file', mutate), ownerInside('/data', mutate)]).toEqual(['5:7', '0:0']);
    expect(ownerOf(join(tree, 'file'))).toBe('5:7');
  });

  test('gives what is made inside to the same ids outside', () => {
    const tree = makeTree();
    chownSync(tree, 1000, 1001);
    const mapped = inUserNamespace((spec) => {
      spec.process.user = { uid: 1000, gid: 1001 };
      bindOf(tree, ['bind', 'idmap'])(spec);
    });
    runProbe(['write', '/data/made', 'x'], { mutate: mapped });
    expect(ownerOf(join(tree, 'made'))).toBe('1000:1001');
  });

  test('of a file is mapped too', () => {
    const mutate = inUserNamespace((spec) => {
      spec.mounts.push({
        destination: '/etc/file',
        source: join(makeTree(), 'file'),
        options: ['bind', 'ro', 'idmap'],
      });
    });
    expect(ownerInside('/etc/file', mutate)).toBe('5:7');
  });

  test('is mapped the same for a process of exec', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const mutate = inUserNamespace(bindOf(makeTree(), ['bind', 'idmap']));
    tsrun.must(['run', '--detach', '--bundle', makeBundle({ args: ['/probe', 'sleep', '60'], mutate }).path, id]);
    expect(JSON.parse(tsrun.must(['exec', id, '/probe', 'stat', '/data/file']).stdout)).toMatchObject({
      uid: 5,
      gid: 7,
    });
  });

  test('that is joined by path has the maps of that namespace', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const holder = makeBundle({ args: ['/probe', 'sleep', '60'], mutate: inUserNamespace() });
    tsrun.must(['run', '--detach', '--bundle', holder.path, id]);
    const { pid } = JSON.parse(tsrun.must(['state', id]).stdout) as { pid: number };
    const mutate = (spec: SpecDraft, bundle: { rootfs: string }) => {
      setNamespace(spec, 'user', `/proc/${pid}/ns/user`);
      chownSync(bundle.rootfs, HOST_ROOT, HOST_ROOT);
      bindOf(makeTree(), ['bind', 'idmap'])(spec);
    };
    expect(ownerInside('/data/file', mutate)).toBe('5:7');
  });
});

describe('a bind mount with maps of its own', () => {
  const maps = { uidMappings: [one(5, 1005), one(0, 1000)], gidMappings: [one(7, 2007), one(0, 2000)] };

  test('needs no user namespace', () => {
    const tree = makeTree();
    expect(ownerInside('/data/file', bindOf(tree, ['bind', 'idmap'], maps))).toBe('1005:2007');
    expect(ownerInside('/data', bindOf(tree, ['bind'], maps))).toBe('1000:2000');
  });

  test('gives what is made inside to the ids of the filesystem', () => {
    const tree = makeTree();
    const mutate = (spec: SpecDraft) => {
      spec.process.user = { uid: 1000, gid: 2000 };
      bindOf(tree, ['bind', 'idmap'], maps)(spec);
    };
    runProbe(['write', '/data/made', 'x'], { mutate });
    expect(ownerOf(join(tree, 'made'))).toBe('0:0');
  });

  test('refuses to make files for who has no id in its filesystem', () => {
    const { status, stderr } = runBundle({
      args: ['/probe', 'write', '/data/made', 'x'],
      mutate: bindOf(makeTree(), ['bind', 'idmap'], maps),
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'probe: /data/made: Value too large for defined data type (EOVERFLOW)\n',
    });
  });

  test('can be another one than the map of the container', () => {
    const mutate = inUserNamespace(
      bindOf(makeTree(), ['bind', 'idmap'], {
        uidMappings: [one(5, HOST_ROOT + 55)],
        gidMappings: [one(7, HOST_ROOT + 77)],
      }),
    );
    expect(ownerInside('/data/file', mutate)).toBe('55:77');
    expect(ownerInside('/data', mutate)).toBe(OVERFLOW);
  });

  test('can be one of several, each mapped by its own', () => {
    const trees = [makeTree(), makeTree(), makeTree()];
    const mutate = (spec: SpecDraft) => {
      for (const [index, source] of trees.entries()) {
        const id = index === 2 ? 900 : 800;
        const own = { uidMappings: [one(5, id)], gidMappings: [one(7, id)] };
        spec.mounts.push({ destination: `/data${index}`, source, options: ['bind', 'idmap'], ...own });
      }
    };
    expect([0, 1, 2].map((index) => ownerInside(`/data${index}/file`, mutate))).toEqual([
      '800:800',
      '800:800',
      '900:900',
    ]);
  });
});

describe("crun's idmap=", () => {
  test.each([
    ['idmap=uids=5-100009-10;gids=7-100001-1', '9:1'],
    ['idmap=gids=7-100001-1;uids=0-100000-1#5-100009-10', '9:1'],
    ['idmap=uids=@5-9-10;gids=@7-1-1', '9:1'],
    ['idmap=uids=@5-9-10;gids=7-100001-1', '9:1'],
  ])('%s gives the owner %s', (option, owner) => {
    expect(ownerInside('/data/file', inUserNamespace(bindOf(makeTree(), ['bind', option])))).toBe(owner);
  });

  test('with @ goes through every range of the map of the container', () => {
    const mutate = inUserNamespace((spec) => {
      // 0 to 9 are in one place of the host, 10 and more in another.
      spec.linux.uidMappings = [one(0, HOST_ROOT, 10), one(10, 300_000, 100)];
      bindOf(makeTree(), ['bind', 'idmap=uids=@0-6-10;gids=@0-0-10'])(spec);
    });
    expect(ownerInside('/data/file', mutate)).toBe('11:7');
    expect(ownerInside('/data', mutate)).toBe('6:0');
  });
});

describe.skipIf(!canMapTmpfs())('what is mounted below the source (needs Linux 6.3)', () => {
  const makeTrees = (): string => {
    const tree = makeTree();
    mountOn(join(tree, 'sub'), '-t', 'tmpfs', 'tmpfs');
    writeFileSync(join(tree, 'sub', 'deep'), 'deep\n');
    chownSync(join(tree, 'sub', 'deep'), 3, 4);
    return tree;
  };

  test.each<[string, string, Partial<Mount>]>([
    ['idmap', OVERFLOW, {}],
    ['ridmap', '3:4', {}],
    ['ridmap', '3:4', { uidMappings: [...CONTAINER_MAP], gidMappings: [...CONTAINER_MAP] }],
    [
      'ridmap',
      '30:40',
      {
        uidMappings: [one(5, HOST_ROOT + 5), one(3, HOST_ROOT + 30)],
        gidMappings: [one(7, HOST_ROOT + 7), one(4, HOST_ROOT + 40)],
      },
    ],
  ])('with %s belongs to %s', (word, owner, more) => {
    const mutate = inUserNamespace(bindOf(makeTrees(), ['rbind', word], more));
    expect([ownerInside('/data/file', mutate), ownerInside('/data/sub/deep', mutate)]).toEqual(['5:7', owner]);
  });

  test('has the attributes of its words beside the maps', () => {
    const mutate = inUserNamespace(
      bindOf(makeTrees(), ['rbind', 'ridmap', 'nodev', 'rro', 'rnosuid', 'rnoexec', 'noatime']),
    );
    const report = runReport(mutate);
    expect(mountAt(report, '/data').options.toSorted()).toEqual([
      'idmapped',
      'noatime',
      'nodev',
      'noexec',
      'nosuid',
      'ro',
    ]);
    expect(mountAt(report, '/data/sub').options.toSorted()).toEqual(['idmapped', 'noexec', 'nosuid', 'relatime', 'ro']);
  });
});

test('an id-mapped mount has the propagation that is asked for', () => {
  const report = runReport(inUserNamespace(bindOf(makeTree(), ['bind', 'idmap', 'shared'])));
  expect(mountAt(report, '/data').propagation).toEqual([expect.stringMatching(/^shared:/)]);
});

test.skipIf(!canMapTmpfs())('containers in the shape of containerd own what they are given (needs Linux 6.3)', () => {
  // pods with hostUsers: false: the rootfs is the snapshotter's, every volume has the maps of the pod.
  const maps = { uidMappings: [...CONTAINER_MAP], gidMappings: [...CONTAINER_MAP] };
  const [volume, files, memory] = [makeTree(), makeTree(), makeTree()];
  mountOn(memory, '-t', 'tmpfs', '-o', 'mode=1777', 'shm');
  writeFileSync(join(files, 'hosts'), '127.0.0.1 localhost\n');
  const mutate = inUserNamespace((spec) => {
    spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/shm');
    const flags = ['rbind', 'rprivate'];
    spec.mounts.push(
      {
        destination: '/etc/hosts',
        type: 'bind',
        source: join(files, 'hosts'),
        options: [...flags, 'rw', 'idmap'],
        ...maps,
      },
      { destination: '/dev/shm', type: 'bind', source: memory, options: [...flags, 'rw', 'idmap'], ...maps },
      { destination: '/volume', type: 'bind', source: volume, options: [...flags, 'rw', 'ridmap'], ...maps },
      { destination: '/secret', type: 'bind', source: volume, options: [...flags, 'ro', 'ridmap'], ...maps },
    );
  });
  expect(['/etc/hosts', '/dev/shm', '/volume', '/secret/file'].map((path) => ownerInside(path, mutate))).toEqual([
    '0:0',
    '0:0',
    '0:0',
    '5:7',
  ]);
  for (const [inside, outside] of [
    ['/volume/made', join(volume, 'made')],
    ['/dev/shm/made', join(memory, 'made')],
  ] as const) {
    runProbe(['write', inside, 'x'], { mutate });
    expect(ownerOf(outside)).toBe('0:0');
  }
  expect(runBundle({ args: ['/probe', 'write', '/secret/made', 'x'], mutate }).stderr).toContain('EROFS');
  const { bundle } = runBundle({ args: ['/probe', 'write', '/made', 'x'], mutate });
  expect(ownerOf(join(bundle.rootfs, 'made'))).toBe(`${HOST_ROOT}:${HOST_ROOT}`);
});

describe('ids are not mapped', () => {
  const refusal = (mutate: NonNullable<Parameters<typeof runBundle>[0]['mutate']>): string => {
    const { status, stdout, stderr, bundle } = runBundle({ mutate });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    return stderr.replaceAll(bundle.path, 'BUNDLE').replace(/container "[^"]*"/, 'container ID');
  };

  test('of a filesystem that does not allow it, which is said', () => {
    const source = makeTemporary();
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(source, name));
    const at = (name: string) => join(source, name);
    const layers = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
    mountOn(at('merged'), '-t', 'overlay', '-o', layers, 'overlay');
    const said = refusal(inUserNamespace(bindOf(at('merged'), ['bind', 'idmap'])));
    expect(said.split('\n')).toEqual([
      `tsrun: cannot run container ID: map the ids of "${at('merged')}": invalid argument (EINVAL)`,
      expect.stringMatching(/^hint: this kernel cannot map the ids of its filesystem: .*tmpfs since Linux 6\.3/),
      '',
    ]);
  });

  test('a second time, which is said', () => {
    const source = makeTree();
    const target = makeTemporary();
    mountMapped(source, target, '0 7000 10');
    expect(ownerOf(join(target, 'file'))).toBe('7005:7007');
    expect(refusal(inUserNamespace(bindOf(target, ['bind', 'idmap']))).split('\n')).toEqual([
      `tsrun: cannot run container ID: map the ids of "${target}" (mount_setattr): operation not permitted (EPERM)`,
      'hint: it is an id-mapped mount already, or was mounted in a user namespace that tsrun has no privilege over',
      '',
    ]);
  });

  test('where config.json is wrong, and all that is wrong is said at once', () => {
    const mutate = (spec: SpecDraft) => {
      bindOf('/srv', ['bind', 'idmap'])(spec);
      bindOf('/srv', ['bind', 'idmap=uids=0-x-1;gids=0-1-1'])(spec);
      spec.mounts.push({ destination: '/other', type: 'tmpfs', options: ['ridmap'] });
    };
    const said = refusal(mutate);
    expect(said).toContain('mounts[8].options[1]: needs uidMappings and gidMappings of the mount');
    expect(said).toContain('mounts[9].options[1]: "idmap=uids=0-x-1;gids=0-1-1", character 14: expected');
    expect(said).toContain('mounts[10].options[0]: ids can be mapped of a bind mount only');
  });

  test('where one mapping of a mount is missing or overlaps', () => {
    const said = refusal(bindOf('/srv', ['bind'], { uidMappings: [one(0, 1, 10), one(5, 100)], gidMappings: [] }));
    expect(said).toContain('mounts[8].gidMappings: found nothing, must be set together with uidMappings');
    expect(said).toContain(
      'mounts[8].uidMappings[1].containerID: found 5, must not overlap with mounts[8].uidMappings[0]',
    );
  });
});

test('bundles/idmap shows who owns what', () => {
  const bundle = join(PROJECT, 'bundles', 'idmap');
  const readme = readFileSync(join(bundle, 'README.md'), 'utf8');
  const tsrun = newTsrun();
  rmSync(join(bundle, 'volume', 'answer'), { force: true });
  const { status, stdout, stderr } = tsrun.call(['run', '--bundle', bundle, tsrun.newId()]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(readme.split('```')[3]?.slice(1));
  expect(ownerOf(join(bundle, 'volume', 'answer'))).toBe('0:0');
});
