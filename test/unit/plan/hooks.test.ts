import { expect, test } from 'vitest';
import type { Op } from '../../../src/plan/ops.js';
import type { Spec } from '../../../src/spec/types.js';
import { compile, specWith } from './samples.js';

type Hooks = NonNullable<Spec['hooks']>;

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

const HOOKS: Hooks = Object.fromEntries(KINDS.map((kind) => [kind, [{ path: `/hook/${kind}` }]]));

function hooksOf(ops: readonly Op[]): Op[] {
  return ops.filter((op) => op.op === 'run-hook' || op.op === 'run-container-hook');
}

test('compilePlan() runs each kind of hook at its place and on its side', () => {
  const { sections } = compile(specWith({ hooks: HOOKS })).plan;
  const names = (ops: readonly Op[]) => ops.map((op) => ('kind' in op && 'args' in op ? `${op.op} ${op.kind}` : op.op));
  const create = names(sections.create);
  expect(create.slice(create.lastIndexOf('make-symlink') + 1, create.indexOf('pivot-root'))).toEqual([
    'run-hook prestart',
    'run-hook createRuntime',
    'run-container-hook createContainer',
  ]);
  expect(names(sections.start)).toEqual([
    'release-init',
    'await-start',
    'run-container-hook startContainer',
    'prepare-exec',
    'exec',
    'await-exec',
    'run-hook poststart',
  ]);
  expect(names(sections.teardown)).toEqual(['kill-cgroup', 'remove-cgroup', 'remove-state', 'run-hook poststop']);
});

test('compilePlan() gives each hook a state that is JSON around the pid', () => {
  const annotations = { 'a"b': 'c' };
  const { sections } = compile(specWith({ hooks: HOOKS, annotations })).plan;
  const hooks = hooksOf([...sections.create, ...sections.start, ...sections.teardown]);
  const states = hooks.map((op) => JSON.parse(`${(op as { state: string }).state}42${(op as { tail: string }).tail}`));
  expect(states).toEqual(
    ['creating', 'creating', 'creating', 'created', 'running', 'stopped'].map((status) => ({
      ociVersion: '1.3.0',
      id: 'web',
      status,
      pid: 42,
      bundle: '/bundles/web',
      annotations,
    })),
  );
});

test('compilePlan() fills in what a hook does not say', () => {
  const hooks: Hooks = {
    prestart: [{ path: '/a' }, { path: '/b', args: ['b', '-x'], env: ['K=V'], timeout: 3 }],
    startContainer: [{ path: '/c' }, { path: '/d', env: [] }],
  };
  const process = { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['A=1', 'A=2'] };
  const { sections } = compile(specWith({ hooks, process })).plan;
  const told = hooksOf([...sections.create, ...sections.start]).map((op) => {
    const { path, args, env, timeout } = op as Extract<Op, { op: 'run-hook' }>;
    return { path, args, env, timeout };
  });
  expect(told).toEqual([
    { path: '/a', args: ['/a'], env: [], timeout: 0 },
    { path: '/b', args: ['b', '-x'], env: ['K=V'], timeout: 3000 },
    { path: '/c', args: ['/c'], env: ['A=2'], timeout: 0 },
    { path: '/d', args: ['/d'], env: [], timeout: 0 },
  ]);
});

test('compilePlan() runs hooks in the bundle, and those of startContainer where the program will run', () => {
  const { sections } = compile(specWith({ hooks: HOOKS })).plan;
  const hooks = hooksOf([...sections.create, ...sections.start, ...sections.teardown]);
  const directories = hooks.map((op) => (op as Extract<Op, { op: 'run-hook' }>).directory);
  const bundle = '/bundles/web';
  expect(directories).toEqual([bundle, bundle, bundle, '', bundle, bundle]);
});
