import { describe, expect, test } from 'vitest';
import { SpecError } from '../../../../src/base/errors.js';
import { expandSlice, parseScope, scopePath } from '../../../../src/plan/systemd/scope-name.js';

function problemOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SpecError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    }
    throw error;
  }
  return 'none';
}

describe('parseScope()', () => {
  test.each([
    ['', 'web', false, 'system.slice', 'tsrun-web.scope'],
    ['', 'web', true, 'user.slice', 'tsrun-web.scope'],
    ['', 'a+b_c.d-1', false, 'system.slice', 'tsrun-a\\x2bb_c.d-1.scope'],
    ['machine.slice:libpod:0123', 'web', false, 'machine.slice', 'libpod-0123.scope'],
    [':docker:0123', 'web', false, 'system.slice', 'docker-0123.scope'],
    [':docker:0123', 'web', true, 'user.slice', 'docker-0123.scope'],
    ['-:docker:0123', 'web', false, '-.slice', 'docker-0123.scope'],
    ['-.slice:docker:0123', 'web', false, '-.slice', 'docker-0123.scope'],
    ['a.slice::name', 'web', false, 'a.slice', 'name.scope'],
    ['a.slice:cri-containerd:x.scope', 'web', false, 'a.slice', 'cri-containerd-x.scope.scope'],
    ['kubepods-burstable-pod1_2.slice:crio:3', 'web', false, 'kubepods-burstable-pod1_2.slice', 'crio-3.scope'],
    ['a\\x2db.slice:p\\x40:n', 'web', false, 'a\\x2db.slice', 'p\\x40-n.scope'],
  ])('%j of %j (rootless: %j) is in %s the unit %s', (cgroupsPath, id, rootless, slice, unit) => {
    expect(parseScope(cgroupsPath, id, rootless)).toEqual({ slice, unit });
  });

  test.each([
    ['/a/b', 'found "/a/b", must be "SLICE:PREFIX:NAME" with --systemd-cgroup'],
    ['a:b', 'found "a:b", must be "SLICE:PREFIX:NAME" with --systemd-cgroup'],
    ['a.slice:b:c:d', 'found "a.slice:b:c:d", must be "SLICE:PREFIX:NAME" with --systemd-cgroup'],
    ['a.slice:b:', 'found "a.slice:b:", must name a scope after the second colon'],
    ['a.slice:b:c.slice', 'found "c.slice", must name a scope: no process can be in a slice itself'],
    [':a/b:c', 'found unit "a/b-c.scope", must be of letters, digits and "-_.\\"'],
    [':a:../c', 'found unit "a-../c.scope", must be of letters, digits and "-_.\\"'],
    [':a@:c', 'found unit "a@-c.scope", must be of letters, digits and "-_.\\"'],
    [':a:b+c', 'found unit "a-b+c.scope", must be of letters, digits and "-_.\\"'],
    [':a:b c\n', 'found unit "a-b c\\n.scope", must be of letters, digits and "-_.\\"'],
    [':ä:b', 'found unit "ä-b.scope", must be of letters, digits and "-_.\\"'],
    ['a.slice/b.slice:p:n', 'found slice "a.slice/b.slice", must be the name of one slice'],
    ['a:p:n', 'found slice "a", must be a slice such as "a-b.slice", or "-" for the root slice'],
    ['.slice:p:n', 'found slice ".slice", must be a slice such as'],
    ['a b.slice:p:n', 'found slice "a b.slice", must be a slice such as'],
    ['a--b.slice:p:n', 'found slice "a--b.slice", must have a name on both sides of every dash'],
    ['-a.slice:p:n', 'found slice "-a.slice", must have a name on both sides of every dash'],
    ['a-.slice:p:n', 'found slice "a-.slice", must have a name on both sides of every dash'],
  ])('refuses %j', (cgroupsPath, problem) => {
    expect(problemOf(() => parseScope(cgroupsPath, 'web', false))).toContain(`linux.cgroupsPath: ${problem}`);
  });

  test.each([
    [243, 'none'],
    [244, "linux.cgroupsPath: the unit's name has 256 characters, must have at most 255"],
  ])('of an id of %i characters has problems: %s', (length, problem) => {
    expect(problemOf(() => parseScope('', 'i'.repeat(length), false))).toContain(problem);
  });
});

describe('expandSlice()', () => {
  test.each([
    ['-.slice', ''],
    ['a.slice', '/a.slice'],
    ['a-b-c.slice', '/a.slice/a-b.slice/a-b-c.slice'],
    ['a\\x2db-c.slice', '/a\\x2db.slice/a\\x2db-c.slice'],
    ['memory-x.slice', '/_memory.slice/memory-x.slice'],
  ])('places %s at %j', (slice, path) => {
    expect(expandSlice(slice)).toBe(path);
  });
});

// The second column is what systemd 252 was seen to make of the names.
describe('scopePath()', () => {
  test.each([
    [{ slice: 'system.slice', unit: 'tsrun-web.scope' }, '', '/system.slice/tsrun-web.scope'],
    [{ slice: '-.slice', unit: 'root.scope' }, '', '/root.scope'],
    [{ slice: '-.slice', unit: 'root.scope' }, '/', '/root.scope'],
    [{ slice: 'user.slice', unit: 'a.scope' }, '/user.slice/x.service', '/user.slice/x.service/user.slice/a.scope'],
    [{ slice: '-.slice', unit: 'cpu.scope' }, '', '/_cpu.scope'],
    [{ slice: '-.slice', unit: '_x.scope' }, '', '/__x.scope'],
    [{ slice: '-.slice', unit: '.x.scope' }, '', '/_.x.scope'],
    [{ slice: '-.slice', unit: 'cgroup.x.scope' }, '', '/_cgroup.x.scope'],
    [{ slice: '-.slice', unit: 'memory.x.scope' }, '', '/memory.x.scope'],
    [{ slice: '-.slice', unit: 'tasks.scope' }, '', '/tasks.scope'],
    [{ slice: '-.slice', unit: 'hugetlb.scope' }, '', '/hugetlb.scope'],
  ])('of %j below %j is %s', (scope, managerCgroup, path) => {
    expect(scopePath(scope, managerCgroup)).toBe(path);
  });
});
