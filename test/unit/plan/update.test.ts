import { describe, expect, it, test } from 'vitest';
import { SpecError } from '../../../src/base/errors.js';
import { deviceProgramText } from '../../../src/plan/device-program.js';
import type { Op } from '../../../src/plan/ops.js';
import { compileUpdate, listUpdateFiles, type UpdateRequest } from '../../../src/plan/update.js';
import type { Resources } from '../../../src/spec/types.js';
import { filesOf, FACTS as RESOURCE_FACTS } from './resources/samples.js';
import { FACTS } from './samples.js';

const facts = { ...FACTS, resources: RESOURCE_FACTS };
const cgroup = { root: '/sys/fs/cgroup', path: '/web' };
const FIND: Op = { op: 'find-cgroup', ...cgroup };
const systemd = { busctl: '/usr/bin/busctl', user: false, environment: ['A=b'], controlGroup: '' };
const scoped = { ...cgroup, scope: { unit: 'tsrun-web.scope', slice: 'system.slice', systemd } };

/** What a new cgroup has. */
const NEW = {
  'memory.max': 'max\n',
  'memory.low': '0\n',
  'memory.swap.max': 'max\n',
  'memory.current': '8192\n',
  'memory.swap.current': '0\n',
  'cpu.max': 'max 100000\n',
  'cpu.max.burst': '0\n',
  'cpu.weight': '100\n',
  'cpu.idle': '0\n',
  'cpuset.cpus': '\n',
  'pids.max': 'max\n',
  'pids.current': '3\n',
  'io.max': '',
  'io.weight': 'default 100\n',
  'hugetlb.2MB.max': 'max\n',
  'hugetlb.2MB.rsvd.max': 'max\n',
  'hugetlb.2MB.current': '4194304\n',
  'cgroup.max.depth': 'max\n',
};

function update(next: Resources, before: Readonly<Record<string, string>> = {}, request: Partial<UpdateRequest> = {}) {
  return compileUpdate({ cgroup, current: {}, next, before: filesOf({ ...NEW, ...before }), ...request }, facts);
}

/** `file=value` of every write, and the names of other operations. */
function linesOf(ops: readonly Op[]): string[] {
  return ops.map((op) => (op.op === 'write-cgroup' ? `${op.file}=${op.value}` : op.op));
}

const changesOf = (next: Resources, before: Readonly<Record<string, string>> = {}) =>
  update(next, before).changes.map(({ file, from, to }) => `${file}: ${from} -> ${to}`);

function problemsOf(next: Resources, before: Readonly<Record<string, string>> = {}): string[] {
  try {
    update(next, before);
  } catch (error) {
    if (error instanceof SpecError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const rate = (value: number) => [{ major: 8, minor: 0, rate: value }];

describe('compileUpdate()', () => {
  it.each<[string, Resources, Readonly<Record<string, string>>, string[]]>([
    ['nothing where all is as it shall be', { pids: { limit: 5 } }, { 'pids.max': '5\n' }, []],
    ['nothing without limits', {}, {}, []],
    [
      'what differs, and only that',
      { pids: { limit: 5 }, memory: { limit: 8192 } },
      { 'memory.max': '8192\n' },
      ['pids.max: max -> 5'],
    ],
    ['no limit where there is none', { pids: { limit: -1 }, memory: { limit: -1 } }, {}, []],
    ['the end of a limit', { pids: { limit: -1 } }, { 'pids.max': '5\n' }, ['pids.max: 5 -> max']],

    // The kernel keeps pages, rounded down.
    ['nothing where the kernel has rounded', { memory: { limit: 1000000 } }, { 'memory.max': '999424\n' }, []],
    [
      'what is another page',
      { memory: { limit: 1000000 } },
      { 'memory.max': '1003520\n' },
      ['memory.max: 1003520 -> 1000000'],
    ],
    ['pids to the number', { pids: { limit: 8193 } }, { 'pids.max': '8192\n' }, ['pids.max: 8192 -> 8193']],
    [
      'nothing of 64-bit limits that are rounded',
      { memory: { limit: 9007199254744064n } },
      { 'memory.max': '9007199254740992\n' },
      [],
    ],
    [
      '64-bit limits by the page',
      { memory: { limit: 9007199254745088n } },
      { 'memory.max': '9007199254740992\n' },
      ['memory.max: 9007199254740992 -> 9007199254745088'],
    ],

    // Lines of devices.
    [
      'the line of a device',
      { blockIO: { throttleReadBpsDevice: rate(5) } },
      {},
      ['io.max: 8:0 rbps=max wbps=max riops=max wiops=max -> 8:0 rbps=5'],
    ],
    [
      'nothing of a line that says so',
      { blockIO: { throttleReadBpsDevice: rate(5) } },
      { 'io.max': '8:0 rbps=5 wbps=max riops=max wiops=max\n' },
      [],
    ],
    [
      'one word of a line',
      { blockIO: { throttleReadBpsDevice: rate(5) } },
      { 'io.max': '8:16 rbps=5 wbps=max riops=max wiops=max\n8:0 rbps=7 wbps=9 riops=max wiops=max\n' },
      ['io.max: 8:0 rbps=7 wbps=9 riops=max wiops=max -> 8:0 rbps=5'],
    ],
    [
      'a rate of 0, no limit, of a device that has one',
      { blockIO: { throttleReadBpsDevice: rate(0) } },
      { 'io.max': '8:0 rbps=7 wbps=max riops=max wiops=max\n' },
      ['io.max: 8:0 rbps=7 wbps=max riops=max wiops=max -> 8:0 rbps=max'],
    ],
    [
      'not the line of a device whose number only begins so',
      { blockIO: { throttleReadBpsDevice: rate(5) } },
      { 'io.max': '8:01 rbps=5\n' },
      ['io.max: 8:0 rbps=max wbps=max riops=max wiops=max -> 8:0 rbps=5'],
    ],
    ['the default weight', { blockIO: { weight: 20 } }, {}, ['io.weight: default 100 -> 102']],
    [
      'nothing of a weight that is the default',
      { blockIO: { weight: 20 } },
      { 'io.weight': 'default 102\n8:0 7\n' },
      [],
    ],
    [
      'nothing of a weight that a device does not have',
      { blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 20 }] } },
      { 'io.weight': 'default 100\n8:0 102\n' },
      [],
    ],
    [
      'the weight of a device',
      { blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 20 }] } },
      {},
      ['io.weight: 8:0 default -> 8:0 102'],
    ],
    [
      'the file that is there',
      { blockIO: { weight: 20 } },
      { 'io.bfq.weight': 'default 100\n' },
      ['io.bfq.weight: default 100 -> 20'],
    ],

    // More than one value for one file.
    [
      'the last value of a file',
      { memory: { limit: 8192 }, unified: { 'memory.max': '16384' } },
      {},
      ['memory.max: max -> 16384'],
    ],
    [
      'nothing where the last value is there',
      { memory: { limit: 8192 }, unified: { 'memory.max': '16384' } },
      { 'memory.max': '16384\n' },
      [],
    ],
    [
      'a line again that an earlier one of the same device has changed',
      { blockIO: { throttleReadBpsDevice: rate(5) }, unified: { 'io.max': '8:0 rbps=9\n8:16 rbps=9' } },
      { 'io.max': '8:0 rbps=9 wbps=max riops=max wiops=max\n8:16 rbps=9 wbps=max riops=max wiops=max\n' },
      [
        'io.max: 8:0 rbps=9 wbps=max riops=max wiops=max -> 8:0 rbps=5',
        'io.max: 8:0 rbps=9 wbps=max riops=max wiops=max -> 8:0 rbps=9',
      ],
    ],
    [
      'both pages in use and reserved',
      { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] },
      {},
      ['hugetlb.2MB.max: max -> 0', 'hugetlb.2MB.rsvd.max: max -> 0'],
    ],
  ])('changes %s', (_, next, before, changes) => {
    expect(changesOf(next, before)).toEqual(changes);
  });

  test('writes in the order of the limits, and the way back in reverse, leaving alone what is gone', () => {
    const next = { pids: { limit: 5 }, memory: { limit: 8192, swap: 8192 }, unified: { 'cgroup.max.depth': '3' } };
    const { create, start, teardown } = update(next).plan.sections;
    expect(linesOf(create)).toEqual([
      'find-cgroup',
      'pids.max=5',
      'memory.swap.max=0',
      'memory.max=8192',
      'cgroup.max.depth=3',
    ]);
    expect(start).toEqual([]);
    expect(linesOf(teardown)).toEqual([
      'find-cgroup',
      'cgroup.max.depth=max',
      'memory.max=max',
      'memory.swap.max=max',
      'pids.max=max',
    ]);
    expect([create[0], teardown[0]]).toEqual([FIND, FIND]);
    expect(create[1]).toEqual({
      op: 'write-cgroup',
      file: 'pids.max',
      value: '5',
      for: 'linux.resources.pids.limit',
      denial: 'error',
    });
    expect(teardown[4]).toEqual({
      op: 'write-cgroup',
      file: 'pids.max',
      value: 'max',
      for: 'linux.resources.pids.limit',
      denial: 'ignore',
    });
  });

  test('goes back to an empty list by an empty line', () => {
    const { create, teardown } = update({ cpu: { cpus: '0-1' } }).plan.sections;
    expect(linesOf(create)).toEqual(['find-cgroup', 'cpuset.cpus=0-1']);
    expect(linesOf(teardown)).toEqual(['find-cgroup', 'cpuset.cpus=\n']);
  });

  test('goes back to what a device had, and of a device that had nothing to no limit', () => {
    const next = { unified: { 'io.max': '8:0 rbps=1\n8:16 wbps=2' } };
    const before = { 'io.max': '8:16 rbps=max wbps=7 riops=max wiops=max\n' };
    expect(linesOf(update(next, before).plan.sections.teardown)).toEqual([
      'find-cgroup',
      'io.max=8:16 rbps=max wbps=7 riops=max wiops=max',
      'io.max=8:0 rbps=max wbps=max riops=max wiops=max',
    ]);
  });

  test('keeps of cpu.max what is not given', () => {
    expect(changesOf({ cpu: { quota: 5000 } }, { 'cpu.max': 'max 50000\n' })).toEqual([
      'cpu.max: max 50000 -> 5000 50000',
    ]);
  });

  describe('device rules', () => {
    const rules = [{ allow: true, type: 'c', major: 1, minor: 3, access: 'r' }] as const;
    const load = (list: Resources['devices']): Op => ({
      op: 'load-device-program',
      ...cgroup,
      program: deviceProgramText(list ?? []),
    });

    test('are loaded where they differ, and the old ones on the way back', () => {
      const { create, teardown } = update({ devices: [...rules] }).plan.sections;
      expect(create).toEqual([FIND, load([...rules])]);
      expect(teardown).toEqual([FIND, load([])]);
    });

    it.each([
      ['the same', [...rules]],
      ['the same with the default words', [{ ...rules[0], allow: true }]],
    ])('are left alone where they are %s', (_, next) => {
      const { create, teardown } = update({ devices: next }, {}, { current: { devices: [...rules] } }).plan.sections;
      expect([create, teardown]).toEqual([[FIND], [FIND]]);
    });

    test('count in their order', () => {
      const other = { allow: false, access: 'w' };
      const current = { devices: [...rules, other] };
      const { create } = update({ devices: [other, ...rules] }, {}, { current }).plan.sections;
      expect(create).toEqual([FIND, load([other, ...rules])]);
    });
  });

  describe('of a scope', () => {
    const setScope = (...properties: string[]): Op => ({
      op: 'set-scope',
      unit: 'tsrun-web.scope',
      env: ['A=b'],
      call: expect.arrayContaining(['SetUnitProperties', 'tsrun-web.scope', ...properties]) as unknown as string[],
    });

    test('tells systemd the new limits before they are written, and after the way back the old ones', () => {
      const current = { pids: { limit: 7 } };
      const before = { 'pids.max': '7\n' };
      const { create, teardown } = update({ pids: { limit: 5 } }, before, { cgroup: scoped, current }).plan.sections;
      expect(create).toEqual([FIND, setScope('TasksMax', 't', '5'), expect.objectContaining({ file: 'pids.max' })]);
      expect(teardown).toEqual([FIND, expect.objectContaining({ file: 'pids.max' }), setScope('TasksMax', 't', '7')]);
    });

    test('takes a limit back from systemd that there was none of', () => {
      const { teardown } = update({ pids: { limit: 5 } }, {}, { cgroup: scoped }).plan.sections;
      expect(teardown.slice(2)).toEqual([setScope('TasksMax', 't', '18446744073709551615')]);
    });

    test('does not call systemd for what it has no property for', () => {
      const { create } = update({ unified: { 'cgroup.max.depth': '3' } }, {}, { cgroup: scoped }).plan.sections;
      expect(linesOf(create)).toEqual(['find-cgroup', 'cgroup.max.depth=3']);
    });
  });

  it.each<[Resources, Readonly<Record<string, string>>, string[]]>([
    [
      { memory: { limit: 4096 } },
      {},
      ['memory.max: the new limit 4096 is below what is used already, 8192 (memory.current)'],
    ],
    [{ memory: { limit: 8192 } }, {}, []],
    [{ memory: { limit: -1 } }, { 'memory.max': '4096\n' }, []],
    [{ pids: { limit: 2 } }, {}, ['pids.max: the new limit 2 is below what is used already, 3 (pids.current)']],
    [{ pids: { limit: 2 } }, { 'pids.max': '2\n' }, []],
    [
      { hugepageLimits: [{ pageSize: '2MB', limit: 2097152 }] },
      {},
      ['hugetlb.2MB.max: the new limit 2097152 is below what is used already, 4194304 (hugetlb.2MB.current)'],
    ],
    [
      { memory: { kernel: 5 } },
      {},
      ['linux.resources.memory.kernel: ignored: cgroup v2 counts memory of the kernel in the limit on memory'],
    ],
  ])('of %o warns %j', (next, before, warnings) => {
    expect(update(next, before).warnings).toEqual(expect.arrayContaining(warnings));
    expect(update(next, before).warnings.length).toBe(warnings.length);
  });

  it.each<[Resources, Readonly<Record<string, string>>, string[]]>([
    [
      { memory: { limit: 8192, checkBeforeUpdate: true } },
      {},
      ['linux.resources.memory.limit: found 8192, must be more than is in use now, 8192'],
    ],
    [{ memory: { limit: 8193, checkBeforeUpdate: true } }, {}, []],
    [
      { cpu: { cpus: '9' }, hugepageLimits: [{ pageSize: '4MB', limit: 1 }] },
      {},
      [
        'linux.resources.cpu.cpus: found "9", but this host has no CPU 9, only 0-3,7',
        'linux.resources.hugepageLimits[0].pageSize: found "4MB", but the huge pages of this host are "2MB", "1GB"',
      ],
    ],
    [
      { unified: { 'misc.max': 'a 5', 'cgroup.max.depth': '1' } },
      {},
      [
        'linux.resources.unified["misc.max"]: the cgroup of the container has no file "misc.max": its controller was not enabled when the container was created, or the kernel has no such file',
      ],
    ],
    [{ memory: { limit: 9000, swap: 9000 } }, {}, []],
  ])('of %o finds the problems %j', (next, before, problems) => {
    expect(problemsOf(next, before)).toEqual(problems);
  });

  test('lets go of swap where the kernel has no limit on it', () => {
    const { 'memory.swap.max': _, ...rest } = NEW;
    const { changes } = compileUpdate(
      { cgroup, current: {}, next: { memory: { limit: 8192, swap: 8192 } }, before: filesOf(rest) },
      facts,
    );
    expect(changes).toEqual([{ file: 'memory.max', from: 'max', to: '8192' }]);
  });
});

describe('listUpdateFiles()', () => {
  test('has the files that are written, all choices of each, and what decides about them', () => {
    const files = listUpdateFiles({ blockIO: { weight: 20 }, unified: { 'cgroup.max.depth': '1' } }, facts);
    expect(files).toEqual([
      'memory.current',
      'memory.swap.current',
      'pids.current',
      'memory.max',
      'memory.swap.max',
      'cpu.max',
      'cpu.max.burst',
      'io.bfq.weight',
      'io.weight',
      'cgroup.max.depth',
    ]);
  });
});
