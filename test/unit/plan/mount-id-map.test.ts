import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { type Changes, createOps, problemsOf, specWith } from './samples.js';

type Mount = NonNullable<Spec['mounts']>[number];
type Linux = NonNullable<Spec['linux']>;

const MAP = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const OTHER = [{ containerID: 0, hostID: 500, size: 10 }];
const IN_USER_NAMESPACE: Linux = {
  namespaces: [{ type: 'mount' }, { type: 'user' }],
  uidMappings: MAP,
  gidMappings: MAP,
};
const WITHOUT: Linux = { namespaces: [{ type: 'mount' }] };

const bind = (options: string[], more: Partial<Mount> = {}): Mount => ({
  destination: '/data',
  type: 'bind',
  source: '/srv',
  options: ['rbind', ...options],
  ...more,
});

const dev: Mount = { destination: '/dev', type: 'bind', source: '/dev' };

function idMapOps(mounts: Mount[], linux: Linux = IN_USER_NAMESPACE) {
  const names = ['open-init-user-namespace', 'make-id-map-namespace', 'id-map-mount'] as const;
  return createOps(specWith({ mounts: [...mounts, dev], linux }), names);
}

/** The problem of one mount, without the path of the mount. */
function problemOf(mount: Mount, linux: Linux = IN_USER_NAMESPACE, changes: Changes = {}): string[] {
  return problemsOf(specWith({ mounts: [mount, dev], linux }), changes).map((line) => line.replace('mounts[0].', ''));
}

const mapped = (slot: number, scope: 'AT_RECURSIVE'[] = []) => ({ op: 'id-map-mount', slot, source: '/srv', scope });

describe('compilePlan() of id-mapped mounts', () => {
  test('asks for nothing where config.json does not', () => {
    expect(idMapOps([bind(['ro']), bind([], { uidMappings: [], gidMappings: [] })])).toEqual([]);
  });

  test('uses the user namespace of the container, once, also for mounts that repeat its maps', () => {
    const own = { uidMappings: MAP, gidMappings: MAP };
    expect(idMapOps([bind(['idmap']), bind(['ridmap'], own), bind([], own), bind(['idmap='])])).toEqual([
      { op: 'open-init-user-namespace' },
      mapped(1),
      mapped(2, ['AT_RECURSIVE']),
      mapped(3),
      mapped(4),
    ]);
  });

  test('uses a namespace that is joined, but does not guess its maps', () => {
    const linux: Linux = { namespaces: [{ type: 'mount' }, { type: 'user', path: '/proc/1/ns/user' }] };
    const own = { uidMappings: MAP, gidMappings: MAP };
    expect(idMapOps([bind(['idmap']), bind(['idmap'], own)], linux)).toEqual([
      { op: 'open-init-user-namespace' },
      mapped(1),
      { op: 'make-id-map-namespace', uid: '0 100000 65536\n', gid: '0 100000 65536\n' },
      mapped(2),
    ]);
  });

  test('makes one namespace for all mounts of equal maps', () => {
    const own = { uidMappings: OTHER, gidMappings: MAP };
    expect(
      idMapOps([
        bind(['idmap'], own),
        bind(['idmap']),
        bind(['ridmap'], own),
        bind(['idmap=uids=0-500-10;gids=0-100000-65536']),
      ]),
    ).toEqual([
      { op: 'make-id-map-namespace', uid: '0 500 10\n', gid: '0 100000 65536\n' },
      mapped(1),
      mapped(3, ['AT_RECURSIVE']),
      mapped(4),
      { op: 'open-init-user-namespace' },
      mapped(2),
    ]);
  });

  test('lets the last of several words win', () => {
    expect(idMapOps([bind(['ridmap', 'idmap']), bind(['idmap', 'ridmap'])]).slice(1)).toEqual([
      mapped(1),
      mapped(2, ['AT_RECURSIVE']),
    ]);
  });

  test('maps between the maps of the container and the first thing that init does', () => {
    const names = ['open-tree', 'spawn-init', 'set-id-map', 'id-map-mount', 'new-session', 'attach'] as const;
    const ops = createOps(specWith({ mounts: [bind(['idmap']), dev], linux: IN_USER_NAMESPACE }), names);
    expect(ops.map(({ op }) => op)).toEqual([
      ...['open-tree', 'open-tree', 'spawn-init', 'set-id-map', 'set-id-map', 'id-map-mount', 'new-session'],
      ...['attach', 'attach'],
    ]);
  });
});

describe("crun's idmap=", () => {
  const mapsOf = (option: string, linux?: Linux) =>
    createOps(specWith({ mounts: [bind([option]), dev], linux: linux ?? IN_USER_NAMESPACE }), [
      'make-id-map-namespace',
    ]).flatMap(({ uid, gid }) => [uid, gid]);

  test.each<[string, string, string]>([
    ['idmap=uids=0-1-10#10-11-10;gids=0-100-10', '0 1 10\n10 11 10\n', '0 100 10\n'],
    ['idmap=gids=0-100-10;uids=0-1-10', '0 1 10\n', '0 100 10\n'],
    ['idmap=uids=@1-3-10;gids=@0-0-1', '1 100003 10\n', '0 100000 1\n'],
    ['idmap=uids=@1-3-10#20-5-1;gids=5-5-4294967290', '1 100003 10\n20 5 1\n', '5 5 4294967290\n'],
  ])('%s is two maps', (option, uid, gid) => {
    expect(mapsOf(option)).toEqual([uid, gid]);
  });

  test('with @ is as in the manual page of crun', () => {
    const uidMappings = [
      { containerID: 0, hostID: 0, size: 1 },
      { containerID: 1, hostID: 2, size: 1000 },
    ];
    expect(mapsOf('idmap=uids=@1-3-10;gids=@0-0-1', { ...IN_USER_NAMESPACE, uidMappings })[0]).toBe('1 4 10\n');
  });

  test('with @ is as many ranges as the map of the container needs', () => {
    const uidMappings = [
      { containerID: 10, hostID: 7000, size: 5 },
      { containerID: 0, hostID: 1000, size: 10 },
      { containerID: 15, hostID: 9000, size: 100 },
    ];
    expect(mapsOf('idmap=uids=@50-8-10;gids=@0-0-1', { ...IN_USER_NAMESPACE, uidMappings })[0]).toBe(
      '50 1008 2\n52 7000 5\n57 9000 3\n',
    );
  });

  test.each([
    ['idmap=x', 7, 'expected "uids=" or "gids="'],
    ['idmap=uids=0-1-2;', 18, 'expected "uids=" or "gids="'],
    ['idmap=uids=0-1-2,gids=0-1-2', 17, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=', 12, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-1', 15, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-x-1;gids=0-1-1', 14, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-1-1#;gids=0-1-1', 18, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-1-1;gids=0--1-1', 25, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-1-12345678901', 26, 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another'],
    ['idmap=uids=0-1-1;uids=1-2-1', 18, '"uids" is there a second time'],
    ['idmap=uids=0-1-1', 17, 'expected "gids=" too: the kernel maps both or none'],
    ['idmap=gids=0-1-1', 17, 'expected "uids=" too: the kernel maps both or none'],
    ['idmap=uids=@0-65530-7;gids=0-1-1', 12, '"@" needs all ids from 65530 to 65536 to be in linux.uidMappings'],
    ['idmap=uids=0-0-1;gids=0-1-1#@9-70000-1', 29, '"@" needs the id 70000 to be in linux.gidMappings'],
  ])('%s is wrong at character %i', (option, position, message) => {
    expect(problemOf(bind([option]))).toEqual([`options[1]: "${option}", character ${position}: ${message}`]);
  });

  test.each([
    ['idmap=uids=0-1-0;gids=0-1-1', 'uids[0].size: found 0, must be at least 1'],
    ['idmap=uids=0-4294967295-1;gids=0-1-1', 'uids[0].size: found 1, must not lead past the id 4294967294'],
    ['idmap=uids=0-1-1;gids=0-1-10#5-100-10', 'gids[1].containerID: found 5, must not overlap with gids[0]'],
    ['idmap=uids=0-1-10#50-5-10;gids=0-1-1', 'uids[1].hostID: found 5, must not overlap with uids[0]'],
  ])('%s is no map', (option, message) => {
    expect(problemOf(bind([option]))).toEqual([`options[1]: "${option}", ${message}`]);
  });
});

describe('ids are not mapped', () => {
  const NOT_A_BIND = 'ids can be mapped of a bind mount only ("bind" or "rbind")';
  const tmpfs: Mount = { destination: '/data', type: 'tmpfs' };

  test.each<[string, Mount]>([
    [`options[1]: ${NOT_A_BIND}`, { ...tmpfs, options: ['ro', 'idmap'] }],
    [`options[0]: ${NOT_A_BIND}`, { ...tmpfs, options: ['idmap=uids=0-1-1;gids=0-1-1'] }],
    [`uidMappings: ${NOT_A_BIND}`, { ...tmpfs, uidMappings: MAP, gidMappings: MAP }],
    [`options[0]: ${NOT_A_BIND}`, { destination: '/c', type: 'cgroup', options: ['ridmap'] }],
  ])('%s', (line, mount) => {
    expect(problemOf(mount)).toEqual([line]);
  });

  test('without a map: neither of the mount nor of the container', () => {
    const message =
      'options[1]: needs uidMappings and gidMappings of the mount, or a namespace of type "user" for those of the container';
    expect(problemOf(bind(['idmap']), WITHOUT)).toEqual([message]);
    expect(problemOf(bind(['idmap=uids=@0-0-1;gids=0-0-1']), WITHOUT)).toEqual([
      'options[1]: "idmap=uids=@0-0-1;gids=0-0-1", character 12: "@" needs the id 0 to be in linux.uidMappings',
    ]);
    expect(problemOf(bind(['idmap'], { uidMappings: OTHER, gidMappings: OTHER }), WITHOUT)).toEqual([]);
  });

  test('by two maps of one mount', () => {
    const mount = bind(['idmap=uids=0-1-1;gids=0-1-1'], { uidMappings: OTHER, gidMappings: OTHER });
    expect(problemOf(mount)).toEqual([
      'options[1]: has maps, and uidMappings and gidMappings are there too: one of them must go',
    ]);
  });

  test('without root', () => {
    const message =
      'needs root: ids are mapped by who is privileged over the user namespace that the filesystem was mounted in';
    expect(problemOf(bind(['idmap']), IN_USER_NAMESPACE, { facts: { uid: 1000 } })).toContain(`options[1]: ${message}`);
    const own = bind([], { uidMappings: OTHER, gidMappings: OTHER });
    expect(problemOf(own, IN_USER_NAMESPACE, { facts: { uid: 1000 } })).toContain(`uidMappings: ${message}`);
  });
});
