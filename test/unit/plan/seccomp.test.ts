// linux.seccomp as operations: what the filter is made of, and where it is loaded.
import { describe, expect, test } from 'vitest';
import type { Seccomp, Spec } from '../../../src/spec/types.js';
import { compile, createOps, specWith } from './samples.js';

const FILTER = ['begin-filter', 'filter-rule', 'finish-filter', 'load-seccomp'] as const;

const specOf = (seccomp: Seccomp, process: Partial<NonNullable<Spec['process']>> = {}, rest: Partial<Spec> = {}) =>
  specWith({
    process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, ...process },
    linux: { namespaces: [{ type: 'mount' }], seccomp },
    ...rest,
  });

const RULE = { op: 'filter-rule', action: 'SCMP_ACT_ERRNO', errno: 1, calls: ['chmod'], conditions: [] };

describe('compilePlan() of linux.seccomp', () => {
  test('has no filter without one', () => {
    expect(createOps(specWith(), FILTER)).toEqual([]);
  });

  test('makes it before anything else is done', () => {
    const { create } = compile(specOf({ defaultAction: 'SCMP_ACT_ALLOW' })).plan.sections;
    expect(create.slice(0, 2).map(({ op }) => op)).toEqual(['begin-filter', 'finish-filter']);
  });

  test('says all that libseccomp has to know', () => {
    const seccomp: Seccomp = {
      defaultAction: 'SCMP_ACT_KILL',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_MIPSEL64N32'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      syscalls: [
        { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
        {
          names: ['clone'],
          action: 'SCMP_ACT_TRACE',
          errnoRet: 7,
          args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 18446744073709551615n, valueTwo: 5 }],
        },
      ],
    };
    expect(createOps(specOf(seccomp), FILTER)).toEqual([
      {
        op: 'begin-filter',
        default: 'SCMP_ACT_KILL_THREAD',
        errno: 0,
        architectures: ['x86_64', 'mipsel64n32'],
        newer: 'ENOSYS',
        unknown: 'skip',
      },
      { op: 'filter-rule', action: 'SCMP_ACT_ALLOW', errno: 0, calls: ['read', 'write'], conditions: [] },
      {
        op: 'filter-rule',
        action: 'SCMP_ACT_TRACE',
        errno: 7,
        calls: ['clone'],
        conditions: ['0 SCMP_CMP_MASKED_EQ 18446744073709551615 5'],
      },
      { op: 'finish-filter', shape: 'list' },
      { op: 'load-seccomp', flags: ['SECCOMP_FILTER_FLAG_LOG'] },
    ]);
  });

  test('makes one rule of conditions on different arguments, and one of each where two are on the same', () => {
    const conditions = (...indexes: number[]) => {
      const args = indexes.map((index) => ({ index, op: 'SCMP_CMP_EQ', value: index + 5 }) as const);
      const syscalls: Seccomp['syscalls'] = [{ names: ['chmod'], action: 'SCMP_ACT_ERRNO', args }];
      return createOps(specOf({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }), ['filter-rule']);
    };
    expect(conditions(0, 1)).toEqual([{ ...RULE, conditions: ['0 SCMP_CMP_EQ 5 0', '1 SCMP_CMP_EQ 6 0'] }]);
    expect(conditions(1, 1)).toEqual([
      { ...RULE, conditions: ['1 SCMP_CMP_EQ 6 0'] },
      { ...RULE, conditions: ['1 SCMP_CMP_EQ 6 0'] },
    ]);
  });

  test.each([
    ['SCMP_ACT_ALLOW', undefined, 'default'],
    ['SCMP_ACT_LOG', undefined, 'default'],
    ['SCMP_ACT_TRACE', undefined, 'default'],
    ['SCMP_ACT_ERRNO', 38, 'default'],
    ['SCMP_ACT_ERRNO', undefined, 'ENOSYS'],
    ['SCMP_ACT_TRAP', undefined, 'ENOSYS'],
  ] as const)('with the default %s %s answers newer calls: %s', (defaultAction, defaultErrnoRet, newer) => {
    const seccomp = { defaultAction, ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }) };
    expect(createOps(specOf(seccomp), ['begin-filter'])).toMatchObject([{ newer }]);
  });

  test('has a tree made of many calls, not counting those that say what the default says', () => {
    const names = Array.from({ length: 33 }, (_, index) => `call${index}`);
    const shapeOf = (seccomp: Seccomp) => createOps(specOf(seccomp), ['finish-filter']);
    const syscalls: Seccomp['syscalls'] = [{ names, action: 'SCMP_ACT_ALLOW' }];
    expect(shapeOf({ defaultAction: 'SCMP_ACT_ERRNO', syscalls })).toMatchObject([{ shape: 'tree' }]);
    expect(shapeOf({ defaultAction: 'SCMP_ACT_ALLOW', syscalls })).toMatchObject([{ shape: 'list' }]);
  });

  test.each([
    [undefined, ['SECCOMP_FILTER_FLAG_SPEC_ALLOW']],
    [[], []],
    [['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'], []],
  ] as const)('loads it with the flags %j as %j', (flags, expected) => {
    const seccomp: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', ...(flags === undefined ? {} : { flags: [...flags] }) };
    expect(createOps(specOf(seccomp), ['load-seccomp'])).toEqual([{ op: 'load-seccomp', flags: expected }]);
  });

  test('warns of unknown calls only where they are let pass', () => {
    const unknownOf = (defaultAction: Seccomp['defaultAction']) =>
      createOps(specOf({ defaultAction }), ['begin-filter']);
    expect(unknownOf('SCMP_ACT_LOG')).toMatchObject([{ unknown: 'warn' }]);
    expect(unknownOf('SCMP_ACT_ERRNO')).toMatchObject([{ unknown: 'skip' }]);
  });

  test('fails for unknown calls with the annotation of crun', () => {
    const annotations = { 'run.oci.seccomp_fail_unknown_syscall': '1' };
    const spec = specOf({ defaultAction: 'SCMP_ACT_ALLOW' }, {}, { annotations });
    expect(createOps(spec, ['begin-filter'])).toMatchObject([{ unknown: 'error' }]);
  });
});

describe('an agent', () => {
  const seccomp: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    listenerPath: '/run/agent.sock',
    listenerMetadata: 'm',
    flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
    syscalls: [{ names: ['chmod'], action: 'SCMP_ACT_NOTIFY' }],
  };

  test('is connected to before anything is done, and gets the state around two pids', () => {
    const [connect] = createOps(specOf(seccomp), ['connect-listener']);
    expect(connect?.path).toBe('/run/agent.sock');
    expect(JSON.parse(`${connect?.head}5${connect?.middle}6${connect?.tail}`)).toEqual({
      ociVersion: '1.3.0',
      fds: ['seccompFd'],
      pid: 5,
      metadata: 'm',
      state: { ociVersion: '1.3.0', id: 'web', status: 'creating', pid: 6, bundle: '/bundles/web' },
    });
  });

  test.each([true, false])('gets the listener in create, with noNewPrivileges %s', (noNewPrivileges) => {
    const { create, start } = compile(specOf(seccomp, { noNewPrivileges })).plan.sections;
    const at = create.findIndex(({ op }) => op === 'load-seccomp');
    expect(create.slice(at, at + 2)).toEqual([
      {
        op: 'load-seccomp',
        flags: [
          'SECCOMP_FILTER_FLAG_TSYNC',
          'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
          'SECCOMP_FILTER_FLAG_NEW_LISTENER',
          'SECCOMP_FILTER_FLAG_TSYNC_ESRCH',
        ],
      },
      { op: 'tell-listener' },
    ]);
    expect(start.map(({ op }) => op)).not.toContain('load-seccomp');
  });

  test('is not looked for where no rule notifies', () => {
    const quiet = { ...seccomp, syscalls: [] };
    expect(createOps(specOf(quiet), ['connect-listener', 'tell-listener'])).toEqual([]);
  });
});

describe('the filter is loaded', () => {
  const namesOf = (process: Partial<NonNullable<Spec['process']>>, hooks: Spec['hooks'] = {}) => {
    const spec = specOf({ defaultAction: 'SCMP_ACT_ALLOW' }, process, { hooks });
    const { create, start } = compile(spec).plan.sections;
    return [create, start].map((ops) => ops.map(({ op }) => op));
  };

  test('before capabilities are given up without noNewPrivileges', () => {
    const [create = [], start = []] = namesOf({ capabilities: {} });
    expect(create.indexOf('load-seccomp')).toBe(create.indexOf('set-bounding-capabilities') - 1);
    expect(start).not.toContain('load-seccomp');
  });

  test('as the last thing before the program with noNewPrivileges', () => {
    const [create, start] = namesOf({ noNewPrivileges: true });
    expect(create).not.toContain('load-seccomp');
    expect(start).toEqual(['release-init', 'await-start', 'prepare-exec', 'load-seccomp', 'exec', 'await-exec']);
  });

  test('before hooks in the container, which can be programs of the image', () => {
    const [, start] = namesOf({ noNewPrivileges: true }, { startContainer: [{ path: '/hook' }] });
    expect(start).toEqual([
      'release-init',
      'await-start',
      'load-seccomp',
      'run-container-hook',
      'prepare-exec',
      'exec',
      'await-exec',
    ]);
  });
});
