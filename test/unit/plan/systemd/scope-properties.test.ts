import { describe, expect, test } from 'vitest';
import type { CgroupSetting } from '../../../../src/plan/resources/settings.js';
import type { Property } from '../../../../src/plan/systemd/property.js';
import { resourceProperties } from '../../../../src/plan/systemd/resource-properties.js';
import { scopeProperties } from '../../../../src/plan/systemd/scope-properties.js';

const setting = (file: string, value: string): CgroupSetting => ({
  path: `linux.resources.unified["${file}"]`,
  controller: file.split('.')[0] ?? '',
  choices: [{ file, value }],
  isDefault: false,
});
const show = ({ name, signature, values }: Property) => [name, signature, ...values].join(' ');
const update = (settings: readonly CgroupSetting[]) => resourceProperties(settings).properties.map(show);

const NO_LIMIT = '18446744073709551615';
const scope = (settings: readonly CgroupSetting[], annotated: readonly Property[]) =>
  scopeProperties({ id: 'web', slice: 'a-b.slice', settings, annotated });

const BASE = [
  'Description s tsrun container web',
  'Slice s a-b.slice',
  'Delegate b true',
  'DefaultDependencies b false',
  'CollectMode s inactive-or-failed',
  'CPUAccounting b true',
  'MemoryAccounting b true',
  'IOAccounting b true',
  'TasksAccounting b true',
];

describe('scopeProperties()', () => {
  test('has what tsrun needs, and nothing for devices', () => {
    expect(scope([], []).properties.map(show)).toEqual(BASE);
  });

  test('adds limits, and lets an annotation replace what is no limit', () => {
    const annotated = [
      { name: 'TimeoutStopUSec', signature: 't', values: ['5'] },
      { name: 'Description', signature: 's', values: ['mine'] },
    ];
    expect(scope([setting('pids.max', '5')], annotated).properties.map(show)).toEqual([
      'Description s mine',
      ...BASE.slice(1),
      'TimeoutStopUSec t 5',
      'TasksMax t 5',
    ]);
  });

  test('refuses an annotation for what linux.resources limits', () => {
    const annotated = [{ name: 'TasksMax', signature: 't', values: ['7'] }];
    expect(scope([setting('pids.max', '5')], annotated).problems).toEqual([
      {
        path: 'annotations["org.systemd.property.TasksMax"]',
        message: 'linux.resources sets the same limit, must be set once',
      },
    ]);
  });
});

describe('resourceProperties()', () => {
  test.each([
    ['cpu.max', '50000 100000', ['CPUQuotaPerSecUSec t 500000', 'CPUQuotaPeriodUSec t 100000']],
    ['cpu.max', '50000', ['CPUQuotaPerSecUSec t 500000', 'CPUQuotaPeriodUSec t 100000']],
    ['cpu.max', 'max 50000', [`CPUQuotaPerSecUSec t ${NO_LIMIT}`, 'CPUQuotaPeriodUSec t 50000']],
    ['cpu.max', 'max', [`CPUQuotaPerSecUSec t ${NO_LIMIT}`, 'CPUQuotaPeriodUSec t 100000']],
    ['cpu.max', '250000 33333\n', ['CPUQuotaPerSecUSec t 7510000', 'CPUQuotaPeriodUSec t 33333']],
    ['cpu.max', '10000 999999', ['CPUQuotaPerSecUSec t 20000', 'CPUQuotaPeriodUSec t 999999']],
    ['cpu.max', '1000 1000000', ['CPUQuotaPerSecUSec t 10000', 'CPUQuotaPeriodUSec t 1000000']],
    ['cpu.max', '1 100000000', ['CPUQuotaPerSecUSec t 10000', 'CPUQuotaPeriodUSec t 100000000']],
    ['cpu.max', '9007199254740993 1000000', ['CPUQuotaPerSecUSec t 9007199254750000', 'CPUQuotaPeriodUSec t 1000000']],
    ['cpu.weight', '100', ['CPUWeight t 100']],
    ['cpu.weight', '10000', ['CPUWeight t 10000']],
    ['cpu.idle', '1', ['CPUWeight t 0']],
    ['cpu.idle', '0', [`CPUWeight t ${NO_LIMIT}`]],
    ['cpuset.cpus', '0', ['AllowedCPUs ay 1 1']],
    ['cpuset.cpus', '0-3,7', ['AllowedCPUs ay 1 143']],
    ['cpuset.cpus', ' 1 , 8-9,17 ', ['AllowedCPUs ay 3 2 3 2']],
    ['cpuset.cpus', '', ['AllowedCPUs ay 0']],
    ['cpuset.mems', '1', ['AllowedMemoryNodes ay 1 2']],
    ['io.weight', '200', ['IOWeight t 200']],
    ['io.weight', 'default 200', ['IOWeight t 200']],
    ['io.weight', '8:0 50\ndefault 1', ['IOWeight t 1']],
    ['io.weight', '8:0 50', []],
    ['memory.max', '1', ['MemoryMax t 1']],
    ['memory.max', 'max', [`MemoryMax t ${NO_LIMIT}`]],
    ['memory.max', '1G', ['MemoryMax t 1073741824']],
    ['memory.max', '9223372036854775807', ['MemoryMax t 9223372036854775807']],
    ['memory.high', '2m', ['MemoryHigh t 2097152']],
    ['memory.low', '0', ['MemoryLow t 0']],
    ['memory.min', '4096', ['MemoryMin t 4096']],
    ['memory.swap.max', '0', ['MemorySwapMax t 0']],
    ['memory.oom.group', '1', ['OOMPolicy s kill']],
    ['memory.oom.group', '0', ['OOMPolicy s continue']],
    ['pids.max', '1', ['TasksMax t 1']],
    ['pids.max', 'max', [`TasksMax t ${NO_LIMIT}`]],
    ['io.max', '8:0 rbps=5', []],
    ['cpu.max.burst', '5', []],
    ['constructor', '5', []],
  ])('of %s %j is %j', (file, value, properties) => {
    expect(resourceProperties([setting(file, value)]).problems).toEqual([]);
    expect(update([setting(file, value)])).toEqual(properties);
  });

  test.each([
    ['cpu.max', 'fast', 'a quota or "max", and a period, such as "50000 100000"'],
    ['cpu.max', '0 100000', 'a quota or "max", and a period, such as "50000 100000"'],
    ['cpu.max', '9223372036854775807 1000', 'a quota or "max", and a period, such as "50000 100000"'],
    ['cpu.max', '5 0', 'a quota or "max", and a period, such as "50000 100000"'],
    ['cpu.weight', '0', 'a weight from 1 to 10000'],
    ['cpu.weight', '10001', 'a weight from 1 to 10000'],
    ['cpu.idle', '2', '"0" or "1"'],
    ['cpuset.cpus', '0-31:2/4', 'a list such as "0-3,7" of numbers up to 8191'],
    ['cpuset.cpus', '3-1', 'a list such as "0-3,7" of numbers up to 8191'],
    ['cpuset.cpus', '8192', 'a list such as "0-3,7" of numbers up to 8191'],
    ['cpuset.mems', 'all', 'a list such as "0-3,7" of numbers up to 8191'],
    ['io.weight', 'default', 'a weight from 1 to 10000'],
    ['memory.max', '0', 'a number of bytes from 1 or "max"'],
    ['memory.max', '-1', 'a number of bytes from 1 or "max"'],
    ['memory.high', '0', 'a number of bytes from 1 or "max"'],
    ['memory.low', '0x1000', 'a number of bytes or "max"'],
    ['memory.low', '16E', 'a number of bytes or "max"'],
    ['memory.oom.group', 'yes', '"0" or "1"'],
    ['pids.max', '0', 'a number from 1 or "max"'],
    ['pids.max', '18446744073709551616', 'a number from 1 or "max"'],
  ])('refuses %s %j', (file, value, expected) => {
    expect(resourceProperties([setting(file, value)])).toEqual({
      properties: [],
      problems: [
        {
          path: `linux.resources.unified["${file}"]`,
          message: `found ${JSON.stringify(value)}, must be ${expected} with --systemd-cgroup`,
        },
      ],
    });
  });

  test('takes the later of two settings of one file', () => {
    expect(update([setting('memory.max', '1'), setting('memory.max', '2')])).toEqual(['MemoryMax t 2']);
  });

  test.each([
    ['after the weight', [setting('cpu.weight', '5'), setting('cpu.idle', '1')], 'CPUWeight t 0'],
    ['before the weight', [setting('cpu.idle', '1'), setting('cpu.weight', '5')], 'CPUWeight t 0'],
    ['taken back', [setting('cpu.idle', '1'), setting('cpu.idle', '0')], `CPUWeight t ${NO_LIMIT}`],
    ['taken back', [setting('cpu.idle', '1'), setting('cpu.idle', '0'), setting('cpu.weight', '5')], 'CPUWeight t 5'],
    ['not asked for', [setting('cpu.weight', '5'), setting('cpu.idle', '0')], 'CPUWeight t 5'],
  ])('lets idleness win over a weight, %s', (_, settings, property) => {
    expect(update(settings)).toEqual([property]);
  });

  test('takes a quota without a period for one of the period before it', () => {
    expect(update([setting('cpu.max', 'max 50000'), setting('cpu.max', '25000')])).toEqual([
      'CPUQuotaPerSecUSec t 500000',
      'CPUQuotaPeriodUSec t 50000',
    ]);
  });

  test('finds the file with a property among choices', () => {
    const choices = [
      { file: 'io.bfq.weight', value: '500' },
      { file: 'io.weight', value: '4950' },
    ];
    expect(update([{ ...setting('', ''), choices }])).toEqual(['IOWeight t 4950']);
  });
});
