import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { createOps, specWith } from './samples.js';

type Linux = NonNullable<Spec['linux']>;

const ENTERING = [
  'open-namespace',
  'spawn-init',
  'deny-setgroups',
  'set-id-map',
  'join-namespace',
  'become-root',
  'unshare',
  'unshare-time',
  'raise-loopback',
] as const;

const TYPES = ['time', 'cgroup', 'user', 'uts', 'ipc', 'mount', 'network', 'pid'] as const;

describe('compilePlan() of linux.namespaces', () => {
  test('makes all eight new: six with init, cgroup and time by init itself', () => {
    const linux: Linux = {
      namespaces: TYPES.map((type) => ({ type })),
      uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      gidMappings: [
        { containerID: 0, hostID: 200000, size: 1 },
        { containerID: 1, hostID: 300000, size: 10 },
      ],
      timeOffsets: { boottime: { secs: 7, nanosecs: 5 }, monotonic: { secs: -3 } },
    };
    expect(createOps(specWith({ linux }), ENTERING)).toEqual([
      {
        op: 'spawn-init',
        namespaces: ['CLONE_NEWPID', 'CLONE_NEWNET', 'CLONE_NEWNS', 'CLONE_NEWIPC', 'CLONE_NEWUTS', 'CLONE_NEWUSER'],
      },
      { op: 'set-id-map', file: 'uid_map', map: '0 100000 65536\n' },
      { op: 'set-id-map', file: 'gid_map', map: '0 200000 1\n1 300000 10\n' },
      { op: 'become-root', groups: 'drop' },
      { op: 'unshare', namespaces: ['CLONE_NEWCGROUP'] },
      { op: 'unshare-time', offsets: 'monotonic -3 0\nboottime 7 5\n' },
      { op: 'raise-loopback' },
    ]);
  });

  test('opens all eight as listed, and joins user first, mount last and pid with spawn-init', () => {
    const linux: Linux = { namespaces: TYPES.map((type) => ({ type, path: `/ns/${type}` })) };
    expect(createOps(specWith({ linux }), ENTERING)).toEqual([
      ...TYPES.map((type) => ({ op: 'open-namespace', type, path: `/ns/${type}` })),
      { op: 'spawn-init', namespaces: [] },
      ...['user', 'ipc', 'uts', 'network', 'cgroup', 'time', 'mount'].map((type) => ({ op: 'join-namespace', type })),
      { op: 'become-root', groups: 'drop' },
    ]);
  });

  test('does nothing for namespaces shared with the host', () => {
    expect(createOps(specWith({ linux: { namespaces: [] } }), ENTERING)).toEqual([
      { op: 'spawn-init', namespaces: [] },
    ]);
  });

  test('denies setgroups before the gid map when the runtime is not root', () => {
    const mapping = [{ containerID: 0, hostID: 1000, size: 1 }];
    const linux: Linux = {
      namespaces: [{ type: 'user' }, { type: 'mount' }],
      uidMappings: mapping,
      gidMappings: mapping,
    };
    expect(createOps(specWith({ linux }), ['deny-setgroups', 'set-id-map'], { facts: { uid: 1000 } })).toEqual([
      { op: 'deny-setgroups' },
      { op: 'set-id-map', file: 'uid_map', map: '0 1000 1\n' },
      { op: 'set-id-map', file: 'gid_map', map: '0 1000 1\n' },
    ]);
  });

  test('does not map ids of a user namespace that is joined', () => {
    const mapping = [{ containerID: 0, hostID: 1000, size: 1 }];
    const namespaces: Linux['namespaces'] = [{ type: 'user', path: '/ns/user' }, { type: 'mount' }];
    const linux: Linux = { namespaces, uidMappings: mapping, gidMappings: mapping };
    expect(createOps(specWith({ linux }), ['deny-setgroups', 'set-id-map'], { facts: { uid: 1000 } })).toEqual([]);
  });
});
