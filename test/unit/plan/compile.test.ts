import { describe, expect, test } from 'vitest';
import { compileTeardown } from '../../../src/plan/compile.js';
import { decodePlan } from '../../../src/plan/decode.js';
import { encodePlan } from '../../../src/plan/encode.js';
import { OPS } from '../../../src/plan/ops.js';
import { compile, problemsOf, specWith } from './samples.js';

describe('compilePlan()', () => {
  test('changes sides as rarely as the order allows', () => {
    const spec = specWith({
      mounts: [{ destination: '/a', type: 'bind', source: '/s' }],
      hooks: { createRuntime: [{ path: '/h' }] },
    });
    const sides = compile(spec).plan.sections.create.map((op) => OPS[op.op][0]);
    expect(sides.filter((side, index) => side !== sides[index - 1])).toEqual(['HOST', 'INIT', 'HOST', 'INIT', 'HOST']);
  });

  test('ends create with the fifo, the pid file and the publication', () => {
    const { create } = compile(specWith(), { request: { pidFile: '/run/web.pid' } }).plan.sections;
    expect(create.slice(-3)).toEqual([
      { op: 'make-start-fifo' },
      { op: 'write-pid-file', path: '/run/web.pid' },
      { op: 'publish-init' },
    ]);
  });

  test('sends the pidfd before the pid file is written and the container published', () => {
    const { create } = compile(specWith(), { request: { pidFile: '/p', pidfdSocket: '/s' } }).plan.sections;
    expect(create.slice(-4)).toEqual([
      { op: 'make-start-fifo' },
      { op: 'send-pidfd', path: '/s', kind: 'standard' },
      { op: 'write-pid-file', path: '/p' },
      { op: 'publish-init' },
    ]);
  });

  test('has neither fifo nor release without a barrier', () => {
    const { sections } = compile(specWith(), { request: { barrier: 'none' } }).plan;
    expect(sections.create.slice(-2).map(({ op }) => op)).toEqual(['keep-descriptors', 'publish-init']);
    expect(sections.start).toEqual([
      { op: 'await-start' },
      { op: 'prepare-exec' },
      { op: 'exec', args: ['sh'] },
      { op: 'await-exec' },
    ]);
  });

  test('opens and removes the cgroup of the container', () => {
    const { sections } = compile(specWith()).plan;
    const cgroup = { root: '/sys/fs/cgroup', path: '/web' };
    expect(sections.create[0]).toEqual({ op: 'open-cgroup', ...cgroup });
    expect(sections.teardown).toEqual([
      { op: 'kill-cgroup', ...cgroup },
      { op: 'remove-cgroup', ...cgroup },
      { op: 'remove-state' },
    ]);
  });

  test('makes plans that survive their text', () => {
    const { plan } = compile(
      specWith({ hostname: 'a', annotations: { k: 'line\nbreak\t\\' }, hooks: { poststop: [{ path: '/h' }] } }),
    );
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });

  test('reports a problem of the cgroup path together with the others', () => {
    const spec = specWith({
      linux: { namespaces: [], cgroupsPath: '/' },
      mounts: [{ destination: '/a', type: 'tmpfs' }],
    });
    expect(problemsOf(spec).map((problem) => problem.split(':')[0])).toEqual(['linux.cgroupsPath', 'mounts']);
  });
});

describe('compileTeardown()', () => {
  test('is the teardown of the whole plan', () => {
    const spec = specWith({ hooks: { poststop: [{ path: '/h' }] } });
    const cgroup = { root: '/sys/fs/cgroup', path: '/web' };
    const { teardown } = compile(spec).plan.sections;
    expect(compileTeardown(spec, { id: 'web', bundle: '/bundles/web', cgroup })).toEqual({
      version: 1,
      sections: { create: [], start: [], teardown },
    });
  });

  test('removes the state directory of a container that nothing is known of', () => {
    expect(compileTeardown(null, null).sections.teardown).toEqual([{ op: 'remove-state' }]);
  });
});
