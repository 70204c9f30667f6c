// update with --systemd-cgroup: systemd is told, or its next reload would undo it.
import { describe, expect, test } from 'vitest';
import { createContainer, readCgroup } from '../../support/container.js';
import { showUnit, systemctl, unitOf } from '../../support/systemd.js';

const MIB = 1024 * 1024;
const globals = ['--systemd-cgroup'];
const START = { memory: { limit: 64 * MIB, swap: 64 * MIB }, pids: { limit: 20 }, cpu: { quota: 50_000 } };

type Text = Readonly<Record<string, string>>;
const CHANGES: readonly (readonly [readonly string[], Text, Text])[] = [
  [
    ['--memory', '32M', '--memory-swap', '48M'],
    { MemoryMax: `${32 * MIB}`, MemorySwapMax: `${16 * MIB}` },
    { 'memory.max': `${32 * MIB}`, 'memory.swap.max': `${16 * MIB}` },
  ],
  [['--pids-limit', '30'], { TasksMax: '30' }, { 'pids.max': '30' }],
  [['--cpu-quota', '30000'], { CPUQuotaPerSecUSec: '300ms' }, { 'cpu.max': '30000 100000' }],
  [['--cpu-share', '512'], { CPUWeight: '59' }, { 'cpu.weight': '59' }],
  [['--cpuset-cpus', '0'], { AllowedCPUs: '0' }, { 'cpuset.cpus': '0' }],
];

describe('update', () => {
  for (const [flags, properties, files] of CHANGES) {
    test(`${flags.join(' ')} is in systemd and in the cgroup, also after a reload`, () => {
      const container = createContainer({ globals, resources: START });
      container.tsrun.must([...globals, 'update', ...flags, container.id]);
      for (const reload of [false, true]) {
        if (reload) systemctl('daemon-reload');
        expect(showUnit(unitOf(container), Object.keys(properties))).toEqual(properties);
        expect(Object.fromEntries(Object.keys(files).map((file) => [file, readCgroup(container, file)]))).toEqual(
          files,
        );
      }
    });
  }

  test('that is refused changes neither', () => {
    const container = createContainer({ globals, resources: START });
    const input = JSON.stringify({ pids: { limit: 10 }, unified: { 'memory.high': 'much' } });
    expect(container.tsrun.call(['update', '-r', '-', container.id], { input }).status).toBe(1);
    expect(showUnit(unitOf(container), ['TasksMax'])).toEqual({ TasksMax: '20' });
    expect(readCgroup(container, 'pids.max')).toBe('20');
  });
});
