// What crun's annotations make of the plan.
import { describe, expect, test } from 'vitest';
import type { OpName } from '../../../src/plan/ops.js';
import type { Linux, Spec } from '../../../src/spec/types.js';
import { compile, createOps, specWith } from './samples.js';

const annotated = (annotations: Record<string, string>, rest: Partial<Spec> = {}): Spec =>
  specWith({ annotations, ...rest });

const USER: Linux = {
  namespaces: [{ type: 'mount' }, { type: 'user' }, { type: 'cgroup' }],
  uidMappings: [{ containerID: 0, hostID: 300000, size: 10 }],
  gidMappings: [{ containerID: 0, hostID: 300000, size: 10 }],
};

const names = (spec: Spec, section: 'create' | 'start' | 'teardown', wanted: readonly OpName[]) =>
  compile(spec)
    .plan.sections[section].map(({ op }) => op)
    .filter((op) => wanted.includes(op));

describe('compilePlan() of run.oci.keep_original_groups', () => {
  const process = { args: ['sh'], cwd: '/', user: { uid: 1, gid: 2, additionalGids: [3, 4] } };
  const USER_OPS = ['become-root', 'set-user'] as const;

  test('leaves the groups alone wherever they would be dropped', () => {
    expect(createOps(annotated({ 'run.oci.keep_original_groups': '1' }, { process, linux: USER }), USER_OPS)).toEqual([
      { op: 'become-root', groups: 'keep' },
      { op: 'set-user', uid: 1, gid: 2, groups: ['kept'] },
    ]);
  });

  test('is off with "0"', () => {
    expect(createOps(annotated({ 'run.oci.keep_original_groups': '0' }, { process, linux: USER }), USER_OPS)).toEqual([
      { op: 'become-root', groups: 'drop' },
      { op: 'set-user', uid: 1, gid: 2, groups: ['3', '4'] },
    ]);
  });
});

describe('compilePlan() of run.oci.hooks.stdout and stderr', () => {
  const OUTPUTS = ['open-hook-output', 'run-hook', 'close-hook-outputs', 'run-container-hook', 'spawn-init'] as const;
  const both = { 'run.oci.hooks.stdout': '/out', 'run.oci.hooks.stderr': '/err' };
  const hook = [{ path: '/hook' }];

  test('opens the files once a section, before init and before any hook', () => {
    const spec = annotated(both, {
      hooks: { prestart: hook, startContainer: hook, poststart: hook, poststop: hook },
    });
    expect(names(spec, 'create', OUTPUTS)).toEqual(['open-hook-output', 'open-hook-output', 'spawn-init', 'run-hook']);
    expect(names(spec, 'start', OUTPUTS)).toEqual([
      'open-hook-output',
      'open-hook-output',
      'run-container-hook',
      'run-hook',
    ]);
    expect(names(spec, 'teardown', OUTPUTS)).toEqual(['open-hook-output', 'open-hook-output', 'run-hook']);
    expect(createOps(spec, ['open-hook-output'])).toEqual([
      { op: 'open-hook-output', stream: 'stdout', path: '/out' },
      { op: 'open-hook-output', stream: 'stderr', path: '/err' },
    ]);
  });

  test('opens nothing where no hook runs', () => {
    const spec = annotated(both, { hooks: { poststop: hook } });
    expect(names(spec, 'create', OUTPUTS)).toEqual(['spawn-init']);
    expect(names(spec, 'start', OUTPUTS)).toEqual([]);
  });

  test('leaves a created container nothing open that it does not need', () => {
    const spec = annotated(both, { hooks: { createRuntime: hook, createContainer: hook } });
    expect(names(spec, 'create', OUTPUTS).slice(-3)).toEqual(['run-hook', 'run-container-hook', 'close-hook-outputs']);
  });
});

describe('compilePlan() of run.oci.pidfd_receiver', () => {
  test("sends crun's message, beside that of --pidfd-socket", () => {
    const spec = annotated({ 'run.oci.pidfd_receiver': '/receiver' });
    expect(createOps(spec, ['send-pidfd'], { request: { pidfdSocket: '/socket' } })).toEqual([
      { op: 'send-pidfd', path: '/socket', kind: 'standard' },
      { op: 'send-pidfd', path: '/receiver', kind: ' ' },
    ]);
  });
});

describe('compilePlan() of run.oci.seccomp_bpf_data', () => {
  const SECCOMP = ['begin-filter', 'take-filter', 'connect-listener', 'load-seccomp', 'tell-listener'] as const;
  const data = (value: string, rest: Record<string, string> = {}) => ({ 'run.oci.seccomp_bpf_data': value, ...rest });

  test('takes the filter instead of that of linux.seccomp, with the flags of that', () => {
    const linux: Linux = {
      namespaces: [{ type: 'mount' }],
      seccomp: { defaultAction: 'SCMP_ACT_ERRNO', flags: ['SECCOMP_FILTER_FLAG_LOG'] },
    };
    expect(createOps(annotated(data('BgAAAAAA/38='), { linux }), SECCOMP)).toEqual([
      { op: 'take-filter', program: '060000000000ff7f' },
      { op: 'load-seccomp', flags: ['SECCOMP_FILTER_FLAG_LOG'] },
    ]);
  });

  test('is loaded as late as any with noNewPrivileges', () => {
    const process = { args: ['sh'], cwd: '/', noNewPrivileges: true };
    const spec = annotated(data('BgAAAAAA/38='), { process });
    expect(names(spec, 'create', SECCOMP)).toEqual(['take-filter']);
    expect(names(spec, 'start', SECCOMP)).toEqual(['load-seccomp']);
  });

  test('has an agent where an answer of it asks one', () => {
    const spec = annotated(data('BgAAAAAAwH8=', { 'run.oci.seccomp.receiver': '/agent' }));
    expect(names(spec, 'create', SECCOMP)).toEqual([
      'take-filter',
      'connect-listener',
      'load-seccomp',
      'tell-listener',
    ]);
    expect(createOps(spec, ['connect-listener'])).toMatchObject([{ path: '/agent' }]);
  });
});

describe('compilePlan() of run.oci.delegate-cgroup', () => {
  const CGROUP = ['unshare', 'enter-sub-cgroup', 'delegate-sub-cgroup', 'raise-loopback'] as const;
  const delegated = { 'run.oci.delegate-cgroup': '/payload' };

  test('has init enter it when its cgroup namespace is made, and gives it to the root of the container', () => {
    const ops = createOps(annotated(delegated, { linux: { ...USER, cgroupsPath: '/web' } }), CGROUP);
    expect(ops.map(({ op }) => op)).toEqual(['unshare', 'enter-sub-cgroup', 'delegate-sub-cgroup']);
    expect(ops.slice(1)).toMatchObject([
      { root: '/sys/fs/cgroup', path: '/web/payload', controllers: expect.arrayContaining(['memory', 'pids']) },
      { uid: 300000 },
    ]);
  });

  test('gives it to nobody where root is root', () => {
    const linux: Linux = { namespaces: [{ type: 'mount' }], cgroupsPath: '/web' };
    expect(names(annotated(delegated, { linux }), 'create', CGROUP)).toEqual(['enter-sub-cgroup']);
  });

  test('is warned of without a cgroup', () => {
    const { plan, warnings } = compile(annotated(delegated), { request: { cgroupManager: 'disabled' } });
    expect(plan.sections.create.filter(({ op }) => op === 'enter-sub-cgroup')).toEqual([]);
    expect(warnings).toEqual(['annotations["run.oci.delegate-cgroup"]: is ignored: the container has no cgroup']);
  });
});
