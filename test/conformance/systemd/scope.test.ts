// --systemd-cgroup: which scope a container is, and that systemd and the cgroup files say the same of its limits.
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../../src/spec/types.js';
import { createContainer, readCgroup, tryCreate } from '../../support/container.js';
import { listUnits, showUnit, unitOf } from '../../support/systemd.js';

const MIB = 1024 * 1024;
const globals = ['--systemd-cgroup'];
const ROOT = '/sys/fs/cgroup';

describe('linux.cgroupsPath', () => {
  test('"slice:prefix:name" is the scope prefix-name in that slice', () => {
    const container = createContainer({ globals, cgroupsPath: 'system.slice:pre:web' });
    expect(container.cgroup).toBe(`${ROOT}/system.slice/pre-web.scope`);
    expect(showUnit('pre-web.scope', ['ActiveState', 'Slice', 'Delegate', 'DefaultDependencies'])).toEqual({
      ActiveState: 'active',
      Slice: 'system.slice',
      Delegate: 'yes',
      DefaultDependencies: 'no',
    });
  });

  test('may name a slice below others, which are made', () => {
    const { tsrun, id, cgroup } = createContainer({ globals, cgroupsPath: 'outer-inner.slice:pre:web' });
    expect(cgroup).toBe(`${ROOT}/outer.slice/outer-inner.slice/pre-web.scope`);
    tsrun.must(['delete', '--force', id]);
    expect(listUnits('pre-*')).toEqual([]);
  });

  test('absent is a scope of the container in system.slice', () => {
    const { id, cgroup } = createContainer({ globals });
    expect(cgroup).toBe(`${ROOT}/system.slice/tsrun-${id}.scope`);
  });

  for (const cgroupsPath of [
    '/a/b',
    'system.slice:web',
    'system:pre:web',
    '../x.slice:pre:web',
    'a--b.slice:pre:web',
  ]) {
    test(`"${cgroupsPath}" is refused`, () => {
      const { status, stderr, tsrun } = tryCreate({ globals, cgroupsPath });
      expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
      expect(stderr).toContain('linux.cgroupsPath');
    });
  }
});

describe('systemd and the cgroup agree on', () => {
  type Text = Readonly<Record<string, string>>;
  const AGREED: readonly (readonly [string, Resources, Text, Text])[] = [
    [
      'memory',
      { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 16 * MIB } },
      { MemoryMax: `${64 * MIB}`, MemorySwapMax: `${32 * MIB}`, MemoryLow: `${16 * MIB}` },
      { 'memory.max': `${64 * MIB}`, 'memory.swap.max': `${32 * MIB}`, 'memory.low': `${16 * MIB}` },
    ],
    ['pids', { pids: { limit: 42 } }, { TasksMax: '42' }, { 'pids.max': '42' }],
    ['pids, none', { pids: { limit: -1 } }, { TasksMax: 'infinity' }, { 'pids.max': 'max' }],
    ['cpu.shares', { cpu: { shares: 512 } }, { CPUWeight: '59' }, { 'cpu.weight': '59' }],
    [
      'cpu.quota',
      { cpu: { quota: 20_000, period: 100_000 } },
      { CPUQuotaPerSecUSec: '200ms' },
      { 'cpu.max': '20000 100000' },
    ],
    ['cpu.cpus', { cpu: { cpus: '1' } }, { AllowedCPUs: '1' }, { 'cpuset.cpus': '1' }],
    ['cpu.mems', { cpu: { mems: '0' } }, { AllowedMemoryNodes: '0' }, { 'cpuset.mems': '0' }],
    [
      'unified',
      { unified: { 'memory.high': `${48 * MIB}` } },
      { MemoryHigh: `${48 * MIB}` },
      { 'memory.high': `${48 * MIB}` },
    ],
  ];
  for (const [title, resources, properties, files] of AGREED) {
    test(`linux.resources.${title}`, () => {
      const container = createContainer({ globals, resources });
      expect(showUnit(unitOf(container), Object.keys(properties))).toEqual(properties);
      expect(Object.fromEntries(Object.keys(files).map((file) => [file, readCgroup(container, file)]))).toEqual(files);
    });
  }
});

describe('annotations', () => {
  const annotate = (annotations: Readonly<Record<string, string>>) =>
    createContainer({
      globals,
      mutate: (spec) => {
        spec.annotations = annotations;
      },
    });

  test('org.systemd.property.* are properties of the scope', () => {
    const unit = unitOf(annotate({ 'org.systemd.property.TimeoutStopUSec': 'uint64 7000000' }));
    expect(showUnit(unit, ['TimeoutStopUSec'])).toEqual({ TimeoutStopUSec: '7s' });
  });

  test('those in seconds are taken as systemd has them, in microseconds', () => {
    const unit = unitOf(annotate({ 'org.systemd.property.TimeoutStopSec': 'int32 5' }));
    expect(showUnit(unit, ['TimeoutStopUSec'])).toEqual({ TimeoutStopUSec: '5s' });
  });

  test('that are no value are refused', () => {
    const { status, stderr } = tryCreate({
      globals,
      mutate: (spec) => {
        spec.annotations = { 'org.systemd.property.TimeoutStopUSec': 'soon' };
      },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('org.systemd.property.TimeoutStopUSec');
  });
});
