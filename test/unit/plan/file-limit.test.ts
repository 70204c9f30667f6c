// A limit of descriptors that would be in the way of what init opens.
import { expect, test } from 'vitest';
import type { Op } from '../../../src/plan/ops.js';
import { compile, specWith } from './samples.js';

function limitOps(soft: number, hard: number, preserveFds = 0): Op[] {
  const rlimits = [{ type: 'RLIMIT_NOFILE', soft, hard }];
  const spec = specWith({ process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, rlimits } });
  const { create, start } = compile(spec, { request: { preserveFds } }).plan.sections;
  return [...create, ...start].filter(({ op }) => op === 'set-rlimit' || op === 'lower-rlimit');
}

const resource = 'RLIMIT_NOFILE';

test.each<[string, Op[], Op[]]>([
  [
    'is set from outside where it leaves enough',
    limitOps(64, 70),
    [{ op: 'set-rlimit', resource, soft: 64, hard: 70 }],
  ],
  ["is init's to lower where it does not", limitOps(3, 4), [{ op: 'lower-rlimit', resource, soft: 3, hard: 4 }]],
  [
    'is raised from outside first where only the soft one is low',
    limitOps(3, 4096),
    [
      { op: 'set-rlimit', resource, soft: 4096, hard: 4096 },
      { op: 'lower-rlimit', resource, soft: 3, hard: 4096 },
    ],
  ],
  ['leaves room for what is kept', limitOps(100, 100, 50), [{ op: 'lower-rlimit', resource, soft: 100, hard: 100 }]],
])('compilePlan() of a limit of descriptors: it %s', (_, found, expected) => {
  expect(found).toEqual(expected);
});
