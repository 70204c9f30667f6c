import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { createOps, problemsOf, specWith } from './samples.js';

const ENTERING = [
  'set-host-propagation',
  'bind-rootfs',
  'open-rootfs',
  'pivot-root',
  'move-root',
  'change-root',
  'set-propagation',
] as const;

const specOf = (rootfsPropagation: string) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], rootfsPropagation } as NonNullable<Spec['linux']> });

const path = '/bundles/web/rootfs';

describe('compilePlan() of the root filesystem', () => {
  test('binds it and pivots, the host being slave', () => {
    expect(createOps(specWith(), ENTERING)).toEqual([
      { op: 'set-host-propagation', flags: ['MS_SLAVE', 'MS_REC'] },
      { op: 'bind-rootfs', slot: 0, path },
      { op: 'pivot-root' },
    ]);
  });

  test('moves it with --no-pivot', () => {
    expect(createOps(specWith(), ['pivot-root', 'move-root'], { request: { noPivot: true } })).toEqual([
      { op: 'move-root' },
    ]);
  });

  test('touches no mount of the host without a mount namespace', () => {
    expect(createOps(specWith({ linux: { namespaces: [] } }), ENTERING)).toEqual([
      { op: 'open-rootfs', path },
      { op: 'change-root' },
    ]);
  });

  test.each([
    ['shared', ['MS_SHARED', 'MS_REC'], ['MS_SHARED']],
    ['slave', ['MS_SLAVE', 'MS_REC'], ['MS_SLAVE']],
    ['private', ['MS_PRIVATE', 'MS_REC'], ['MS_PRIVATE']],
    ['rprivate', ['MS_PRIVATE', 'MS_REC'], ['MS_PRIVATE']],
    ['unbindable', ['MS_PRIVATE', 'MS_REC'], ['MS_UNBINDABLE']],
  ])('makes the root %s at the end', (word, host, root) => {
    expect(createOps(specOf(word), ['set-host-propagation', 'pivot-root', 'set-propagation'])).toEqual([
      { op: 'set-host-propagation', flags: host },
      { op: 'pivot-root' },
      { op: 'set-propagation', slot: 0, flags: root },
    ]);
  });

  test('refuses private without pivot_root, and words it does not know', () => {
    expect(problemsOf(specOf('private'), { request: { noPivot: true } })).toEqual([
      'linux.rootfsPropagation: "private" is not safe without pivot_root (--no-pivot)',
    ]);
    expect(problemsOf(specOf('public'))).toEqual(['linux.rootfsPropagation: unknown propagation "public"']);
  });

  test('refuses everything that would mount without a mount namespace', () => {
    const spec = specWith({
      mounts: [{ destination: '/a', type: 'tmpfs' }],
      root: { path: 'rootfs', readonly: true },
      linux: { namespaces: [], maskedPaths: ['/m'], readonlyPaths: ['/r'], rootfsPropagation: 'slave' },
    });
    expect(problemsOf(spec).map((problem) => problem.split(':')[0])).toEqual([
      'mounts',
      'linux.readonlyPaths',
      'linux.maskedPaths',
      'root.readonly',
      'linux.rootfsPropagation',
    ]);
  });
});

describe('compilePlan() of masks', () => {
  test('protects first, masks after', () => {
    const linux = { namespaces: [{ type: 'mount' as const }], maskedPaths: ['/m', '/n'], readonlyPaths: ['/r'] };
    expect(createOps(specWith({ linux }), ['mask', 'protect'])).toEqual([
      { op: 'protect', path: '/r' },
      { op: 'mask', path: '/m' },
      { op: 'mask', path: '/n' },
    ]);
  });

  test.each(['/', '', '/a/..'])('refuses to mask %j', (masked) => {
    const linux = { namespaces: [{ type: 'mount' as const }], maskedPaths: ['/m', masked] };
    expect(problemsOf(specWith({ linux }))).toEqual(['linux.maskedPaths[1]: must not be the root of the container']);
  });
});
