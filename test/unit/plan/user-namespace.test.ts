// What is done in another way where init is in a user namespace, its own or that of the runtime.

import { describe, expect, test } from 'vitest';
import type { Linux, Spec } from '../../../src/spec/types.js';
import { type Changes, compile, createOps, specWith } from './samples.js';

const OWN = [{ containerID: 0, hostID: 1000, size: 1 }];
const IDS = {
  gid: 1000,
  mapsUids: false,
  mapsGids: false,
  uidMapper: null,
  gidMapper: null,
  deniesGroups: false,
  joined: null,
};
const USER: Changes = { facts: { uid: 1000, ids: IDS } };
const INSIDE: Changes = { facts: { uid: 0, inUserNamespace: true } };

function spec(types: readonly string[], parts: Partial<Spec> = {}): Spec {
  const namespaces = types.map((type) => ({ type })) as Linux['namespaces'] & object;
  const maps = types.includes('user') ? { uidMappings: OWN, gidMappings: OWN } : {};
  return specWith({ linux: { namespaces, ...maps }, ...parts });
}

const BIND = { mounts: [{ destination: '/data', type: 'bind', source: '/srv' }] };
const SYSFS = { mounts: [{ destination: '/sys', type: 'sysfs', options: ['ro', 'nosuid', 'relatime'] }] };

describe('the sources of binds', () => {
  const names = (found: Spec, changes: Changes) =>
    createOps(found, ['open-tree', 'try-open-tree', 'open-host-tree'], changes)
      .filter(({ source }) => source === '/srv')
      .map(({ op }) => op);

  test.each([
    ['by the runtime, of root', spec(['mount'], BIND), {}, ['open-tree']],
    ['by the runtime, of root with a user namespace', spec(['mount', 'user'], BIND), {}, ['open-tree']],
    ['by init, without root', spec(['mount', 'user'], BIND), USER, ['open-host-tree']],
    [
      'by whoever may, of a root of a user namespace',
      spec(['mount'], BIND),
      INSIDE,
      ['try-open-tree', 'open-host-tree'],
    ],
    [
      'by whoever may, also with another user namespace',
      spec(['mount', 'user'], BIND),
      INSIDE,
      ['try-open-tree', 'open-host-tree'],
    ],
  ])('are taken %s', (_, found, changes, expected) => {
    expect(names(found, changes)).toEqual(expected);
  });

  test('are taken by the runtime where the mount namespace is joined', () => {
    const joined = specWith({ linux: { namespaces: [{ type: 'mount', path: '/ns/mnt' }] }, ...BIND });
    expect(names(joined, INSIDE)).toEqual(['open-tree']);
  });
});

describe('a sysfs', () => {
  test('of root of the host is mounted, or it is an error', () => {
    const names = createOps(spec(['mount'], SYSFS), ['new-mount', 'new-mount-or-spare']).map(({ op }) => op);
    expect(names).toEqual(['new-mount']);
  });

  test.each([
    ['with a user namespace', spec(['mount', 'user'], SYSFS), USER],
    ['in a user namespace', spec(['mount'], SYSFS), INSIDE],
  ])('%s has that of the host to take its place, all of it read-only', (_, found, changes) => {
    const ops = createOps(found, ['set-attributes', 'new-mount', 'new-mount-or-spare'], changes);
    const spare = 2;
    expect(ops).toEqual([
      {
        op: 'set-attributes',
        slot: spare,
        set: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR_NOSUID'],
        clear: [],
        scope: ['AT_RECURSIVE'],
      },
      expect.objectContaining({ op: 'new-mount-or-spare', slot: 1, fstype: 'sysfs', spare }),
    ]);
  });
});

describe('devices and their rules', () => {
  test('in a user namespace of the runtime are bound from the host', () => {
    expect(createOps(spec(['mount']), ['make-device'])).not.toEqual([]);
    expect(createOps(spec(['mount']), ['make-device'], INSIDE)).toEqual([]);
  });

  test('there need no program, and those that allow something are warned of', () => {
    const withRules = (...devices: NonNullable<NonNullable<Linux['resources']>['devices']>) =>
      specWith({ linux: { namespaces: [{ type: 'mount' }], resources: { devices } } });
    const deny = { allow: false, access: 'rwm' };
    expect(createOps(withRules(deny), ['load-device-program'], INSIDE)).toEqual([]);
    expect(compile(withRules(deny), INSIDE).warnings).toEqual([]);
    expect(compile(withRules(deny, { allow: true, type: 'c' }), INSIDE).warnings).toEqual([
      'linux.resources.devices: the rules have no effect: only root of the host can limit devices',
    ]);
  });
});

describe('the cgroup', () => {
  test('is none where it can neither be made nor is asked for', () => {
    const { cgroup, plan } = compile(spec(['mount']), { facts: { ...INSIDE.facts, ownsCgroups: false } });
    expect(cgroup).toBeNull();
    expect(plan.sections.create.concat(plan.sections.teardown).filter(({ op }) => op.includes('cgroup'))).toEqual([]);
    expect(compile(spec(['mount']), { facts: { ...INSIDE.facts, ownsCgroups: true } }).cgroup).not.toBeNull();
  });

  test('that is mounted is that of the runtime then, read-only whatever is listed', () => {
    const mounts = [{ destination: '/sys/fs/cgroup', type: 'cgroup', options: ['rw', 'nosuid'] }];
    const changes: Changes = { facts: { ...USER.facts, ownsCgroups: false, ownCgroup: '/user.slice/x' } };
    const found = spec(['mount', 'user'], { mounts });
    expect(createOps(found, ['open-host-tree'], changes)[0]?.source).toBe('/sys/fs/cgroup/user.slice/x');
    expect(createOps(found, ['set-attributes'], changes)).toEqual([
      { op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR_NOSUID'], clear: [], scope: [] },
    ]);
  });
});

describe('an init that waits for start', () => {
  const names = (found: Spec, changes: Changes) =>
    createOps(found, ['replace-procfs', 'set-user', 'set-dumpable'], changes).map(({ op }) => op);

  test('without root lets its user in, and holds nothing of the host then', () => {
    expect(names(spec(['mount', 'user']), USER)).toEqual(['replace-procfs', 'set-user', 'set-dumpable']);
  });

  test('of root, or one that does not wait, lets nobody in', () => {
    expect(names(spec(['mount', 'user']), {})).toEqual(['set-user']);
    expect(names(spec(['mount', 'user']), { ...USER, request: { barrier: 'none' } })).toEqual(['set-user']);
  });
});
