// The plan of an exec, and the process that it is made of.
import { describe, expect, test } from 'vitest';
import type { SpecError } from '../../../src/base/errors.js';
import type { CgroupLocation } from '../../../src/plan/cgroup-location.js';
import { encodePlan } from '../../../src/plan/encode.js';
import { compileExec, type ExecRequest } from '../../../src/plan/exec.js';
import { changeProcess, completeProcess, type ProcessChanges } from '../../../src/plan/exec-process.js';
import type { Op } from '../../../src/plan/ops.js';
import type { Process, Spec } from '../../../src/spec/types.js';
import { compile, specWith } from './samples.js';

const REQUEST: ExecRequest = {
  id: 'web',
  bundle: '/bundles/web',
  noNewKeyring: false,
  preserveFds: 0,
  listenFds: 0,
  reapsOrphans: false,
};
const CGROUP: CgroupLocation = { root: '/sys/fs/cgroup', path: '/web' };
const INIT = { pid: 77, startTime: '123456789' };
const PROCESS: Process = { args: ['sh', '-c', 'true'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };
const ALL = (['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const).map((type) => ({ type }));

function compileWith(
  process: Partial<Process> = {},
  request: Partial<ExecRequest> = {},
  spec: Partial<Spec> = {},
  cgroup: CgroupLocation | null = CGROUP,
) {
  return compileExec(
    { ...PROCESS, ...process },
    { spec: specWith(spec), cgroup, init: INIT },
    { ...REQUEST, ...request },
  ).sections;
}

const names = (ops: readonly Op[]) => ops.map(({ op }) => op);

describe('compileExec()', () => {
  test('finds the container, enters it, and becomes the program', () => {
    const { create, start, teardown } = compileWith({}, { pidFile: '/pid' });
    expect(create).toEqual([
      { op: 'find-init', pid: 77, start: 123456789n },
      { op: 'find-exec-cgroup', root: '/sys/fs/cgroup', path: '/web', denial: 'ignore' },
      { op: 'spawn-process', namespaces: ['CLONE_NEWNS'] },
      { op: 'new-session' },
      { op: 'join-keyring', name: '_ses.web' },
      { op: 'open-current-root' },
      { op: 'reset-affinity' },
      { op: 'set-umask', mask: 0o22 },
      { op: 'set-environment', env: ['PATH=/bin'] },
      { op: 'own-streams', uid: 0 },
      { op: 'change-directory', path: '/', denial: 'ignore' },
      { op: 'set-user', uid: 0, gid: 0, groups: [] },
      { op: 'change-directory', path: '/', denial: 'error' },
      { op: 'set-home', uid: 0 },
      { op: 'find-executable', name: 'sh', search: '/bin' },
      { op: 'keep-descriptors', count: 0 },
    ]);
    expect(start).toEqual([
      { op: 'await-start' },
      { op: 'prepare-exec' },
      { op: 'exec', args: ['sh', '-c', 'true'] },
      { op: 'await-exec' },
      { op: 'write-pid-file', path: '/pid' },
    ]);
    expect(teardown).toEqual([]);
  });

  test('enters every namespace of the container, new or joined, and none that it shares', () => {
    const entered = (namespaces: { type: (typeof ALL)[number]['type']; path?: string }[]) =>
      compileWith({}, {}, { linux: { namespaces } }).create.find(({ op }) => op === 'spawn-process');
    expect(entered(ALL)).toEqual({
      op: 'spawn-process',
      namespaces: [
        'CLONE_NEWPID',
        'CLONE_NEWNET',
        'CLONE_NEWNS',
        'CLONE_NEWIPC',
        'CLONE_NEWUTS',
        'CLONE_NEWUSER',
        'CLONE_NEWCGROUP',
        'CLONE_NEWTIME',
      ],
    });
    expect(entered([{ type: 'network', path: '/run/netns/x' }])).toEqual({
      op: 'spawn-process',
      namespaces: ['CLONE_NEWNET'],
    });
    expect(entered([])).toEqual({ op: 'spawn-process', namespaces: [] });
  });

  test('takes the root of init where there is no mount namespace to have one', () => {
    const found = names(compileWith({}, {}, { linux: { namespaces: [{ type: 'pid' }] } }).create);
    expect(found.indexOf('open-init-root')).toBeGreaterThan(-1);
    expect(found.indexOf('open-init-root')).toBeLessThan(found.indexOf('spawn-process'));
    expect(found.indexOf('change-root')).toBeGreaterThan(found.indexOf('spawn-process'));
    expect(found).not.toContain('open-current-root');
  });

  test('becomes the root of a user namespace before it joins the keyring', () => {
    const found = names(compileWith({}, {}, { linux: { namespaces: ALL } }).create);
    expect(found.indexOf('become-root')).toBe(found.indexOf('join-keyring') - 1);
    expect(names(compileWith({}, { noNewKeyring: true }).create)).not.toContain('join-keyring');
  });

  test('names no directory, host name, sysctl or hook of the container', () => {
    const spec: Partial<Spec> = {
      hostname: 'web',
      hooks: { startContainer: [{ path: '/hook' }] },
      linux: { namespaces: ALL, sysctl: { 'kernel.msgmax': '1' } },
    };
    const { create, start } = compileWith({ cwd: '/made' }, {}, spec);
    const unwanted = ['make-directory', 'set-hostname', 'write-sysctl', 'run-container-hook', 'run-hook'];
    expect(names([...create, ...start]).filter((name) => unwanted.includes(name))).toEqual([]);
  });

  test('becomes the program in the same order as init', () => {
    const process: Process = {
      ...PROCESS,
      noNewPrivileges: true,
      capabilities: { bounding: ['CAP_KILL'] },
      user: { uid: 5, gid: 6, umask: 0o77, additionalGids: [7] },
    };
    const fromUmask = (ops: readonly Op[]) => {
      const inner = ops.filter(({ op }) => op !== 'publish-init' && op !== 'make-start-fifo');
      return inner.slice(inner.findIndex(({ op }) => op === 'set-umask'));
    };
    expect(fromUmask(compileWith(process).create)).toEqual(
      fromUmask(compile(specWith({ process }), { request: { barrier: 'none' } }).plan.sections.create),
    );
  });

  test('uses the cgroup of the container, that of a caller, or none', () => {
    const cgroupOf = (request: Partial<ExecRequest>, cgroup: CgroupLocation | null = CGROUP) =>
      compileWith({}, request, {}, cgroup).create.find(({ op }) => op === 'find-exec-cgroup');
    const op = 'find-exec-cgroup';
    const root = '/sys/fs/cgroup';
    expect(cgroupOf({})).toEqual({ op, root, path: '/web', denial: 'ignore' });
    expect(cgroupOf({ subCgroup: '' })).toEqual({ op, root, path: '/web', denial: 'error' });
    expect(cgroupOf({ subCgroup: 'a/b' })).toEqual({ op, root, path: '/web/a/b', denial: 'error' });
    expect(cgroupOf({}, null)).toBeUndefined();
  });

  test("is moved into a scope of a user's own systemd after its birth", () => {
    const systemd = { busctl: '/usr/bin/busctl', user: true, environment: [], controlGroup: '/user' };
    const scope = { unit: 'web.scope', slice: 'user.slice', systemd };
    const found = compileWith({}, {}, {}, { ...CGROUP, scope }).create;
    const at = names(found).indexOf('spawn-process');
    expect(names(found).slice(at - 1, at + 2)).toEqual(['leave-cgroup', 'spawn-process', 'attach-to-scope']);
    const root = { ...scope, systemd: { ...systemd, user: false } };
    expect(names(compileWith({}, {}, {}, { ...CGROUP, scope: root }).create)).not.toContain('attach-to-scope');
  });

  test('binds the process to CPUs, to begin with and for good', () => {
    const affinity = (execCPUAffinity: Process['execCPUAffinity']) =>
      compileWith(execCPUAffinity === undefined ? {} : { execCPUAffinity }).create.filter(({ op }) =>
        op.endsWith('-affinity'),
      );
    const initial = { op: 'set-initial-affinity', cpus: ['0', '2', '3'] };
    const final = { op: 'set-affinity', cpus: ['7'] };
    expect(affinity(undefined)).toEqual([{ op: 'reset-affinity' }]);
    expect(affinity({ initial: '', final: '' })).toEqual([{ op: 'reset-affinity' }]);
    expect(affinity({ initial: '0,2-3,2' })).toEqual([initial]);
    expect(affinity({ final: ' 7 ' })).toEqual([final]);
    expect(affinity({ initial: '0,2-3', final: '7' })).toEqual([initial, final]);
    expect(affinity({ final: '8190-99999999' })).toEqual([{ op: 'set-affinity', cpus: ['8190', '8191', '8192'] }]);
  });

  test('looks a user up by name, and then says what was found', () => {
    const { create } = compileWith(
      { user: { uid: 1, gid: 2, additionalGids: [9] } },
      { account: { user: 'alice', group: '' } },
    );
    const wanted = ['find-user', 'set-user', 'set-home', 'own-streams'];
    expect(create.filter(({ op }) => wanted.includes(op))).toEqual([
      { op: 'find-user', user: 'alice', group: '' },
      { op: 'own-streams', uid: 'found' },
      { op: 'set-user', uid: 'found', gid: 'found', groups: ['found', '9'] },
      { op: 'set-home', uid: 'found' },
    ]);
  });

  test('refuses a process without a program, with paths that begin in it', () => {
    let problems: SpecError['problems'] = [];
    try {
      compileWith({ args: [], env: ['x'] });
    } catch (error) {
      problems = (error as SpecError).problems;
    }
    expect(problems.map(({ path }) => path)).toEqual(['env[0]', 'args']);
  });

  test('is text of the common grammar', () => {
    const plan = compileExec(PROCESS, { spec: specWith(), cgroup: CGROUP, init: INIT }, REQUEST);
    expect(encodePlan(plan)).toMatch(/^tsrun-plan\t1\nsection\tcreate\n[\s\S]*\nsection\tteardown\nend\t\d+\n$/);
  });
});

describe('changeProcess()', () => {
  const change = (changes: ProcessChanges, base: Partial<Process> = {}) =>
    changeProcess({ ...PROCESS, ...base }, changes);

  test('leaves what is not changed', () => {
    expect(change({})).toEqual(PROCESS);
  });

  test('replaces what there is one of, and adds to what there are many of', () => {
    const changed = change({
      args: ['ls'],
      cwd: '/tmp',
      terminal: true,
      env: ['A=1'],
      noNewPrivileges: true,
      apparmorProfile: 'p',
      selinuxLabel: 'l',
    });
    expect(changed).toEqual({
      ...PROCESS,
      args: ['ls'],
      cwd: '/tmp',
      terminal: true,
      env: ['PATH=/bin', 'A=1'],
      noNewPrivileges: true,
      apparmorProfile: 'p',
      selinuxLabel: 'l',
    });
  });

  test('keeps the other values of a user who is changed by number', () => {
    const user = { uid: 1, gid: 2, umask: 0o77, additionalGids: [3] };
    expect(change({ uid: 9 }, { user }).user).toEqual({ ...user, uid: 9 });
    expect(change({ uid: 9, gid: 8, additionalGids: [4] }, { user }).user).toEqual({
      uid: 9,
      gid: 8,
      umask: 0o77,
      additionalGids: [3, 4],
    });
  });

  test('drops the groups of a user who is changed by name', () => {
    const user = { uid: 1, gid: 2, umask: 0o77, additionalGids: [3] };
    const account = { user: 'alice', group: '' };
    expect(change({ account }, { user }).user).toEqual({ uid: 1, gid: 2, umask: 0o77 });
    expect(change({ account, additionalGids: [4] }, { user }).user).toMatchObject({ additionalGids: [4] });
  });

  test('adds capabilities as runc does: ambient ones only beside inheritable ones', () => {
    const capabilities = { bounding: ['CAP_KILL'], effective: [], permitted: ['CAP_KILL'] };
    expect(change({ capabilities: ['CAP_CHOWN'] }, { capabilities }).capabilities).toEqual({
      bounding: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_CHOWN'],
      permitted: ['CAP_KILL', 'CAP_CHOWN'],
    });
    const inheritable = ['CAP_KILL'];
    expect(change({ capabilities: ['CAP_CHOWN'] }, { capabilities: { ...capabilities, inheritable } })).toMatchObject({
      capabilities: { inheritable, ambient: ['CAP_CHOWN'] },
    });
    expect(change({ capabilities: ['CAP_CHOWN'] }).capabilities).toBeUndefined();
  });
});

describe('completeProcess()', () => {
  const own: Process = {
    ...PROCESS,
    capabilities: { bounding: [] },
    rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    oomScoreAdj: 5,
    apparmorProfile: 'own',
    selinuxLabel: 'own',
    noNewPrivileges: true,
  };

  test("takes from the container's process what would otherwise give more than that has", () => {
    expect(completeProcess({ args: ['ls'], cwd: '/tmp', apparmorProfile: '' }, own)).toEqual({
      args: ['ls'],
      cwd: '/tmp',
      capabilities: { bounding: [] },
      rlimits: own.rlimits,
      oomScoreAdj: 5,
      apparmorProfile: 'own',
      selinuxLabel: 'own',
    });
  });

  test('takes nothing that the document has', () => {
    const document: Process = {
      args: ['ls'],
      cwd: '/',
      capabilities: { bounding: ['CAP_KILL'] },
      rlimits: [],
      oomScoreAdj: 0,
      apparmorProfile: 'other',
      selinuxLabel: 'other',
    };
    expect(completeProcess(document, own)).toEqual(document);
  });
});
