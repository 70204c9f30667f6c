// linux.memoryPolicy as an operation, and what a host is told that lacks its nodes.
import { describe, expect, test } from 'vitest';
import { compileExec } from '../../../src/plan/exec.js';
import type { Linux } from '../../../src/spec/types.js';
import { compile, createOps, problemsOf, REQUEST, specWith } from './samples.js';

type MemoryPolicy = NonNullable<Linux['memoryPolicy']>;

const specOf = (memoryPolicy?: MemoryPolicy) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], ...(memoryPolicy === undefined ? {} : { memoryPolicy }) } });

const opsOf = (memoryPolicy?: MemoryPolicy) => createOps(specOf(memoryPolicy), ['set-memory-policy']);

describe('compilePlan() of linux.memoryPolicy', () => {
  test.each<[string, MemoryPolicy | undefined, unknown[]]>([
    ['none', undefined, []],
    ['an empty one', { mode: 'MPOL_DEFAULT' }, [{ mode: 'MPOL_DEFAULT', flags: [], nodes: [] }]],
    [
      'one with everything',
      { mode: 'MPOL_BIND', nodes: '0-2,7,2', flags: ['MPOL_F_STATIC_NODES', 'MPOL_F_STATIC_NODES'] },
      [{ mode: 'MPOL_BIND', flags: ['MPOL_F_STATIC_NODES'], nodes: ['0', '1', '2', '7'] }],
    ],
  ])('%s', (_, policy, fields) => {
    expect(opsOf(policy)).toEqual(fields.map((entry) => ({ op: 'set-memory-policy', ...(entry as object) })));
  });

  test('comes before init gives up its privileges and any filter', () => {
    const spec = specOf({ mode: 'MPOL_LOCAL' });
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW' } as const;
    const filtered = { ...spec, linux: { ...spec.linux, seccomp } };
    const order = createOps(filtered, ['spawn-init', 'set-memory-policy', 'load-seccomp', 'set-user']);
    expect(order.map(({ op }) => op)).toEqual(['spawn-init', 'set-memory-policy', 'load-seccomp', 'set-user']);
  });

  test('is that of a process of exec as well', () => {
    const spec = specOf({ mode: 'MPOL_PREFERRED', nodes: '1' });
    const subject = { spec, cgroup: null, init: { pid: 5, startTime: '7' } };
    const { sections } = compileExec({ args: ['sh'], cwd: '/' }, subject, REQUEST);
    expect(sections.create.filter(({ op }) => op === 'set-memory-policy')).toEqual([
      { op: 'set-memory-policy', mode: 'MPOL_PREFERRED', flags: [], nodes: ['1'] },
    ]);
  });
});

describe('nodes that the host does not have', () => {
  const facts = { facts: { memoryNodes: '0-1' } };

  test('are an error where it has none of them', () => {
    expect(problemsOf(specOf({ mode: 'MPOL_BIND', nodes: '2,4-5' }), facts)).toEqual([
      'linux.memoryPolicy.nodes: found "2,4-5", but this host has no memory node 2,4-5, only 0-1',
    ]);
  });

  test('are a warning where it has others, which the kernel then uses', () => {
    expect(compile(specOf({ mode: 'MPOL_INTERLEAVE', nodes: '0-3' }), facts).warnings).toEqual([
      'linux.memoryPolicy.nodes: found "0-3", but this host has no memory node 2-3, only 0-1: the policy is without what is missing',
    ]);
  });

  test('are none where it has all of them', () => {
    const { warnings } = compile(specOf({ mode: 'MPOL_INTERLEAVE', nodes: '0-1' }), facts);
    expect(warnings).toEqual([]);
  });
});
