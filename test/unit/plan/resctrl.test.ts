// linux.intelRdt as operations, and which schemata count as those that a class has.
import { describe, expect, test } from 'vitest';
import type { ResctrlFacts } from '../../../src/base/host-facts.js';
import { compileTeardown } from '../../../src/plan/compile.js';
import { compileExec } from '../../../src/plan/exec.js';
import type { Op } from '../../../src/plan/ops.js';
import { listSchemata } from '../../../src/plan/resctrl-groups.js';
import { describeMismatch, pickSchemata } from '../../../src/plan/resctrl-schemata.js';
import { addSchemata } from '../../../src/plan/resctrl-update.js';
import type { Linux } from '../../../src/spec/types.js';
import { compile, createOps, problemsOf, REQUEST, specWith } from './samples.js';

type IntelRdt = NonNullable<Linux['intelRdt']>;

const ROOT = '/sys/fs/resctrl';
/** As the kernel writes it: padded, and with leading zeros. */
const PRESENT = '    L3:0=007f0;1=0001f\n    MB:0= 20;1=100\n';

const specOf = (intelRdt?: IntelRdt) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], ...(intelRdt === undefined ? {} : { intelRdt }) } });

const factsOf = (schemata: string | null = null, root: string | null = ROOT): { facts: { resctrl: ResctrlFacts } } => ({
  facts: { resctrl: { root, schemata } },
});

const NAMES = [
  'make-resctrl-group',
  'write-resctrl',
  'keep-resctrl-group',
  'spawn-init',
  'join-resctrl-group',
  'new-session',
] as const;

/** Operations of create, such as `make-resctrl-group web class`, around the birth of init. */
function planOf(intelRdt: IntelRdt, schemata: string | null = null): string[] {
  return (createOps(specOf(intelRdt), NAMES, factsOf(schemata)) as Op[]).map((op) => {
    if (op.op === 'make-resctrl-group') return `make ${op.group} ${op.kind}`;
    if (op.op === 'write-resctrl') return `write ${op.group} ${op.lines.join(' ')}`;
    if (op.op === 'keep-resctrl-group') return 'keep';
    return op.op === 'join-resctrl-group' ? `join ${op.group}` : op.op;
  });
}

describe('compilePlan() of linux.intelRdt', () => {
  test('has nothing without it', () => {
    const { plan, resctrl } = compile(specOf());
    const ops = [...plan.sections.create, ...plan.sections.teardown].map(({ op }) => op);
    expect([resctrl, ops.filter((op) => op.includes('resctrl'))]).toEqual([null, []]);
  });

  test.each<[string, IntelRdt, string | null, string[]]>([
    ['an empty one is a class of the container', {}, null, ['make web class', 'spawn-init', 'join web', 'new-session']],
    [
      'schemata of a class of its own',
      { l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=20', schemata: ['L2:0=3', 'L3:0=ff'] },
      null,
      [
        'make web class',
        'write web L3:0=f MB:0=20',
        'write web L2:0=3 L3:0=ff',
        'spawn-init',
        'join web',
        'new-session',
      ],
    ],
    [
      'a named class that is missing is made, and kept',
      { closID: 'gold', schemata: ['L3:0=f'] },
      null,
      ['make gold class', 'write gold L3:0=f', 'keep', 'spawn-init', 'join gold', 'new-session'],
    ],
    [
      'a named class that is there is joined and not written',
      { closID: 'gold', memBwSchema: 'MB:0=20' },
      PRESENT,
      ['spawn-init', 'join gold', 'new-session'],
    ],
    [
      'a named class without schemata is joined',
      { closID: 'gold' },
      PRESENT,
      ['spawn-init', 'join gold', 'new-session'],
    ],
    [
      'monitoring in a class',
      { closID: 'gold', enableMonitoring: true },
      PRESENT,
      ['make gold/mon_groups/web monitoring', 'spawn-init', 'join gold', 'join gold/mon_groups/web', 'new-session'],
    ],
    [
      'monitoring in the default class',
      { closID: '/', enableMonitoring: true },
      PRESENT,
      ['make mon_groups/web monitoring', 'spawn-init', 'join ', 'join mon_groups/web', 'new-session'],
    ],
  ])('%s', (_, intelRdt, schemata, ops) => {
    expect(planOf(intelRdt, schemata)).toEqual(ops);
  });

  test.each<[string, IntelRdt, { facts: { resctrl: ResctrlFacts } }, string]>([
    [
      'no resctrl',
      {},
      factsOf(null, null),
      'linux.intelRdt: this host has no resctrl filesystem mounted: "mount -t resctrl resctrl /sys/fs/resctrl"',
    ],
    [
      'no such class, and nothing to make it with',
      { closID: 'gold', enableMonitoring: true },
      factsOf(),
      'linux.intelRdt.closID: found "gold", but "/sys/fs/resctrl" has no such class, and no schemata are given to make it with',
    ],
    [
      'a class with other schemata',
      { closID: 'gold', l3CacheSchema: 'L3:0=7f0;1=ff' },
      factsOf(PRESENT),
      'linux.intelRdt: the class "gold" exists with other schemata: "L3:0=7f0;1=ff" is asked for, and it has "L3:0=7f0;1=1f"',
    ],
  ])('refuses %s', (_, intelRdt, facts, problem) => {
    expect(problemsOf(specOf(intelRdt), facts)).toEqual([problem]);
  });

  test('removes what the container has made after its processes, the monitoring group first', () => {
    const { plan, resctrl } = compile(specOf({ enableMonitoring: true }), factsOf());
    expect(plan.sections.teardown.map(({ op }) => op)).toEqual([
      'kill-cgroup',
      'remove-cgroup',
      'remove-resctrl-group',
      'remove-resctrl-group',
      'remove-state',
    ]);
    expect(plan.sections.teardown.slice(2, 4)).toEqual([
      { op: 'remove-resctrl-group', root: ROOT, group: 'web/mon_groups/web', kind: 'monitoring' },
      { op: 'remove-resctrl-group', root: ROOT, group: 'web', kind: 'class' },
    ]);
    const subject = { id: 'web', bundle: '/b', cgroup: null, resctrl };
    expect(compileTeardown(specOf({}), subject).sections.teardown).toEqual(plan.sections.teardown.slice(2));
  });

  test('never removes the default class', () => {
    const { plan } = compile(specOf({ closID: '/' }), factsOf(PRESENT));
    expect(plan.sections.teardown.map(({ op }) => op)).not.toContain('remove-resctrl-group');
  });

  test('has a process of exec join the same groups', () => {
    const { resctrl } = compile(specOf({ enableMonitoring: true }), factsOf());
    const subject = { spec: specOf(), cgroup: null, resctrl, init: { pid: 5, startTime: '7' } };
    const { sections } = compileExec({ args: ['sh'], cwd: '/' }, subject, REQUEST);
    const joins = sections.create.filter(({ op }) => op === 'join-resctrl-group');
    expect(joins).toEqual([
      { op: 'join-resctrl-group', root: ROOT, group: 'web' },
      { op: 'join-resctrl-group', root: ROOT, group: 'web/mon_groups/web' },
    ]);
  });
});

describe('listSchemata()', () => {
  test.each<[IntelRdt, string[][]]>([
    [{}, []],
    [{ l3CacheSchema: '', memBwSchema: '', schemata: ['', ''] }, []],
    [{ l3CacheSchema: 'L3:0=f' }, [['L3:0=f']]],
    [{ memBwSchema: 'MB:0=20' }, [['MB:0=20']]],
    [{ l3CacheSchema: 'L3CODE:0=f\nL3DATA:0=f\n' }, [['L3CODE:0=f', 'L3DATA:0=f']]],
    [{ l3CacheSchema: 'L3:0=f\nMB:0=50', memBwSchema: 'MB:0=20' }, [['L3:0=f', 'MB:0=20']]],
    [{ l3CacheSchema: 'L3:0=f\nMB:0=50' }, [['L3:0=f', 'MB:0=50']]],
    [{ memBwSchema: 'MB:0=20', schemata: ['L2:0=f', 'MB:0=30'] }, [['MB:0=20'], ['L2:0=f', 'MB:0=30']]],
  ])('%j', (intelRdt, writes) => {
    expect(listSchemata(specOf(intelRdt))).toEqual(writes);
  });
});

describe('describeMismatch()', () => {
  test.each<[string[]]>([[[]], [['L3:0=7f0;1=1f', 'MB:0=20;1=100']], [['L3: 1=0x1F']], [['MB:1=100;0=20;']]])(
    'finds none for %j',
    (wanted) => {
      expect(describeMismatch(wanted, PRESENT)).toBeNull();
    },
  );

  test.each<[string[], string]>([
    [['L3:0=7f'], '"L3:0=7f" is asked for, and it has "L3:0=7f0;1=1f"'],
    [['L3:2=7f0'], '"L3:2=7f0" is asked for, and it has "L3:0=7f0;1=1f"'],
    [['MB:0=20', 'MB:1=0x64'], '"MB:1=0x64" is asked for, and it has "MB:0=20;1=100"'],
    [['L2:0=f'], '"L2:0=f" is asked for, and it has none for L2'],
  ])('finds that of %j', (wanted, words) => {
    expect(describeMismatch(wanted, PRESENT)).toBe(words);
  });
});

describe('addSchemata()', () => {
  const empty = {
    plan: { version: 1, sections: { create: [], start: [], teardown: [] } },
    changes: [],
    warnings: [],
  } as const;
  const location = { root: ROOT, group: 'web', monitoring: null };

  test('writes the lines, and has the former ones for the way back', () => {
    const { plan, changes } = addSchemata(empty, location, ['MB:0=50'], PRESENT);
    expect(plan.sections).toEqual({
      create: [{ op: 'write-resctrl', root: ROOT, group: 'web', lines: ['MB:0=50'] }],
      start: [],
      teardown: [{ op: 'write-resctrl', root: ROOT, group: 'web', lines: ['MB:0=20;1=100'] }],
    });
    expect(changes).toEqual([{ file: 'schemata', from: 'MB:0=20;1=100', to: 'MB:0=50' }]);
  });

  test('changes nothing where they hold already', () => {
    expect(addSchemata(empty, location, ['MB:0=20'], PRESENT)).toBe(empty);
  });

  test('picks the former lines of the same resources only', () => {
    expect(pickSchemata(['L3:1=1'], PRESENT)).toEqual(['L3:0=7f0;1=1f']);
    expect(pickSchemata(['L2:1=1'], PRESENT)).toEqual([]);
  });
});
