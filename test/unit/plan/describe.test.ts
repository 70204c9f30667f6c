import { expect, test } from 'vitest';
import { describePlan, planToJson } from '../../../src/plan/describe.js';
import type { Plan } from '../../../src/plan/ops.js';
import { OP_NAMES, sampleOp } from './samples.js';

const PLAN: Plan = {
  version: 1,
  sections: {
    create: [
      { op: 'open-tree', slot: 1, source: '/srv/data', flags: ['AT_RECURSIVE'] },
      { op: 'new-mount', slot: 2, fstype: 'tmpfs', source: '', options: ['mode=755'], attributes: [] },
      { op: 'set-rlimit', resource: 'RLIMIT_AS', soft: 1, hard: 18446744073709551615n },
      { op: 'set-umask', mask: 0o022 },
    ],
    start: [{ op: 'exec', args: ['sh', '-c', 'echo "hi"\u001b[2J\u009b'] }],
    teardown: [],
  },
};

test('describePlan() heads each section and aligns side, name and fields', () => {
  expect(describePlan(PLAN)).toBe(
    [
      'create',
      '  host  open-tree   slot=1 source=/srv/data flags=AT_RECURSIVE',
      '  init  new-mount   slot=2 fstype=tmpfs source="" options=["mode=755"] attributes=0',
      '  host  set-rlimit  resource=RLIMIT_AS soft=1 hard=18446744073709551615',
      '  init  set-umask   mask=022',
      '',
      'start',
      '  init  exec  args=["sh","-c","echo \\"hi\\"\\u001b[2J\\u009b"]',
      '',
      'teardown',
      '',
    ].join('\n'),
  );
});

test('describePlan() never prints a control character', () => {
  const create = OP_NAMES.flatMap((name) => Array.from({ length: 17 }, (_, seed) => sampleOp(name, seed)));
  const text = describePlan({ version: 1, sections: { create, start: [], teardown: [] } });
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
  expect(text.split('\n')).toHaveLength(create.length + 6);
});

test('planToJson() writes JSON and keeps 64-bit numbers exact', () => {
  const text = planToJson(PLAN);
  expect(text).toContain('"hard":18446744073709551615}');
  expect(JSON.parse(text)).toMatchObject({
    version: 1,
    sections: { create: { length: 4, 0: { op: 'open-tree', side: 'host', flags: ['AT_RECURSIVE'] } }, teardown: [] },
  });
});
