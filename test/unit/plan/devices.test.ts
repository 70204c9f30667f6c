import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { createOps, problemsOf, specWith } from './samples.js';

type Linux = NonNullable<Spec['linux']>;

const MAKING = ['open-tree', 'attach', 'make-device', 'make-symlink'] as const;

const withLinux = (linux: Linux) => specWith({ linux: { namespaces: [{ type: 'mount' }], ...linux } });

const node = (path: string, major: number, minor: number) => ({
  op: 'make-device',
  path,
  kind: 'c',
  major,
  minor,
  mode: 0o666,
  uid: 0,
  gid: 0,
});

const LINKS = [
  { op: 'make-symlink', path: '/dev/fd', target: '/proc/self/fd' },
  { op: 'make-symlink', path: '/dev/stdin', target: '/proc/self/fd/0' },
  { op: 'make-symlink', path: '/dev/stdout', target: '/proc/self/fd/1' },
  { op: 'make-symlink', path: '/dev/stderr', target: '/proc/self/fd/2' },
  { op: 'make-symlink', path: '/dev/core', target: '/proc/kcore' },
  { op: 'make-symlink', path: '/dev/ptmx', target: 'pts/ptmx' },
];

describe('compilePlan() of devices', () => {
  test('makes the default nodes and links', () => {
    expect(createOps(specWith(), MAKING)).toEqual([
      node('/dev/null', 1, 3),
      node('/dev/zero', 1, 5),
      node('/dev/full', 1, 7),
      node('/dev/random', 1, 8),
      node('/dev/urandom', 1, 9),
      node('/dev/tty', 5, 0),
      ...LINKS,
    ]);
  });

  test('leaves /dev/core out on a host without /proc/kcore', () => {
    expect(createOps(specWith(), ['make-symlink'], { facts: { hasKcore: false } })).toEqual(
      LINKS.filter(({ path }) => path !== '/dev/core'),
    );
  });

  test('adds those of config.json, which replace a default of the same path', () => {
    const devices: Linux['devices'] = [
      { path: '/dev/fuse', type: 'u', major: 10, minor: 229, fileMode: 0o20600, uid: 5, gid: 6 },
      { path: '/dev//null', type: 'c', major: 1, minor: 3, fileMode: 0o600 },
      { path: '/dev/fifo', type: 'p' },
      { path: '/dev/ptmx', type: 'c', major: 5, minor: 2 },
    ];
    expect(createOps(withLinux({ devices }), ['make-device']).slice(5)).toEqual([
      { op: 'make-device', path: '/dev/fuse', kind: 'c', major: 10, minor: 229, mode: 0o600, uid: 5, gid: 6 },
      { ...node('/dev//null', 1, 3), mode: 0o600 },
      { ...node('/dev/fifo', 0, 0), kind: 'p' },
    ]);
  });

  test('binds the nodes of the host in a user namespace, and makes FIFOs', () => {
    const devices: Linux['devices'] = [
      { path: '/dev/fuse', type: 'c', major: 10, minor: 229 },
      { path: '/dev/fifo', type: 'p' },
    ];
    const ops = createOps(withLinux({ namespaces: [{ type: 'mount' }, { type: 'user' }], devices }), MAKING);
    const paths = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fuse'].map((name) => `/dev/${name}`);
    expect(ops).toEqual([
      ...paths.map((source, index) => ({ op: 'open-tree', slot: index + 1, source, flags: [] })),
      ...paths.map((target, index) => ({ op: 'attach', slot: index + 1, target, how: 'follow' })),
      { ...node('/dev/fifo', 0, 0), kind: 'p' },
      ...LINKS,
    ]);
  });

  test('refuses a user namespace without a mount namespace', () => {
    expect(problemsOf(withLinux({ namespaces: [{ type: 'user' }] }))).toEqual([
      'linux.namespaces: a user namespace needs a mount namespace too: devices are bound from the host',
    ]);
  });

  test('makes nothing in a /dev that is bound', () => {
    const mounts = [{ destination: '/dev/', source: '/dev', type: 'none', options: ['rbind'] }];
    expect(createOps(specWith({ mounts }), ['make-device', 'make-symlink'])).toEqual([]);
  });
});
