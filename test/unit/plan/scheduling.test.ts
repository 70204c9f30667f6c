// process.scheduler and process.ioPriority as operations.
import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { compile, createOps, specWith } from './samples.js';

const specOf = (parts: Partial<NonNullable<Spec['process']>>) =>
  specWith({ process: { args: ['sh'], cwd: '/', user: { uid: 5, gid: 0 }, ...parts } });

describe('compilePlan() of scheduling', () => {
  test('gives every value, and 0 for what is not said', () => {
    const spec = specOf({
      scheduler: { policy: 'SCHED_DEADLINE', flags: ['SCHED_FLAG_RECLAIM'], runtime: 5, deadline: 6n, period: 7 },
      ioPriority: { class: 'IOPRIO_CLASS_BE' },
    });
    expect(createOps(spec, ['set-scheduler', 'set-io-priority'])).toEqual([
      {
        op: 'set-scheduler',
        policy: 'SCHED_DEADLINE',
        flags: ['SCHED_FLAG_RECLAIM'],
        nice: 0,
        priority: 0,
        runtime: 5,
        deadline: 6n,
        period: 7,
      },
      { op: 'set-io-priority', class: 'IOPRIO_CLASS_BE', level: 0 },
    ]);
  });

  test('comes before init is another user', () => {
    const spec = specOf({ scheduler: { policy: 'SCHED_IDLE' } });
    const names = compile(spec).plan.sections.create.map(({ op }) => op);
    expect(names.indexOf('set-scheduler')).toBeGreaterThan(names.indexOf('spawn-init'));
    expect(names.indexOf('set-scheduler')).toBeLessThan(names.indexOf('set-user'));
  });
});
