import { describe, expect, test } from 'vitest';
import { locateCgroup } from '../../../src/plan/cgroup-location.js';
import { compile, FACTS, problemsOf, REQUEST, specWith } from './samples.js';

const specAt = (cgroupsPath?: string) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], ...(cgroupsPath === undefined ? {} : { cgroupsPath }) } });

describe('locateCgroup()', () => {
  test.each([
    ['/a/b', '/', '/a/b'],
    ['/a/b', '/user.slice/x', '/a/b'],
    ['//a/./b//', '/', '/a/b'],
    ['/a/../b', '/', '/b'],
    ['a/b', '/', '/a/b'],
    ['a/b', '/user.slice/x', '/user.slice/a/b'],
    ['../a', '/user.slice/x/y', '/user.slice/a'],
    [undefined, '/', '/web'],
    ['', '/', '/web'],
    [undefined, '/user.slice', '/web'],
    [undefined, '/user.slice/x', '/user.slice/web'],
  ])('places %j of a runtime in %s at %s', (cgroupsPath, ownCgroup, path) => {
    expect(locateCgroup(specAt(cgroupsPath), { ...FACTS, ownCgroup }, REQUEST)).toEqual({
      root: '/sys/fs/cgroup',
      path,
    });
  });

  test.each([
    ['/../a', 'leaves the cgroup tree'],
    ['/a/../../b', 'leaves the cgroup tree'],
    ['../a', 'leaves the cgroup tree'],
    ['/', 'must name a cgroup below the root'],
    ['/a/..', 'must name a cgroup below the root'],
    ['a/..', 'must name a cgroup below the root'],
    ['.', 'must name a cgroup below the root'],
  ])('refuses %j', (cgroupsPath, message) => {
    expect(problemsOf(specAt(cgroupsPath))).toEqual([expect.stringContaining(`linux.cgroupsPath: ${message}`)]);
  });

  test('is null, and the plan has no cgroup, on a host without cgroup2', () => {
    expect(locateCgroup(specAt('/a'), { ...FACTS, cgroupRoot: null }, REQUEST)).toBeNull();
    const { plan, warnings } = compile(specAt('/a'), { facts: { cgroupRoot: null } });
    expect(warnings).toEqual([expect.stringMatching(/^this host has no cgroup2 mounted: .*devices/)]);
    expect(plan.sections.create[0]).toEqual({ op: 'spawn-init', namespaces: ['CLONE_NEWNS'] });
    expect(plan.sections.teardown).toEqual([{ op: 'remove-state' }]);
  });
});
