// No field of linux.resources may be forgotten: each has to become a setting or a warning, or be known to be something else.

import { readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';
import { compileResources } from '../../../../src/plan/resources/index.js';
import { mergeResources } from '../../../../src/plan/resources/merge.js';
import type { Resources } from '../../../../src/spec/types.js';
import { FACTS } from './samples.js';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}

const { $defs } = JSON.parse(
  readFileSync(new URL('../../../../schemas/config.schema.json', import.meta.url), 'utf8'),
) as {
  $defs: Readonly<Record<string, Schema>>;
};

/** The paths of all fields below `schema`, entries of lists and maps as `*`. */
function fieldsOf(schema: Schema, path: string): string[] {
  if (schema.$ref !== undefined) {
    return fieldsOf($defs[schema.$ref.replace('#/$defs/', '')] ?? {}, path);
  }
  const inner = schema.items ?? schema.additionalProperties;
  if (inner !== undefined) {
    return fieldsOf(inner, `${path}.*`);
  }
  const fields = Object.entries(schema.properties ?? {});
  return fields.length === 0
    ? [path]
    : fields.flatMap(([key, field]) => fieldsOf(field, path === '' ? key : `${path}.${key}`));
}

const device = { major: 8, minor: 0 };

/** For each field the smallest linux.resources in which it says something. */
const ASKS: Readonly<Record<string, Resources>> = {
  'memory.limit': { memory: { limit: 5 } },
  'memory.reservation': { memory: { reservation: 5 } },
  'memory.swap': { memory: { swap: -1 } },
  'memory.kernel': { memory: { kernel: 5 } },
  'memory.kernelTCP': { memory: { kernelTCP: 5 } },
  'memory.swappiness': { memory: { swappiness: 5 } },
  'memory.disableOOMKiller': { memory: { disableOOMKiller: true } },
  'memory.useHierarchy': { memory: { useHierarchy: true } },
  'cpu.shares': { cpu: { shares: 5 } },
  'cpu.quota': { cpu: { quota: 5000 } },
  'cpu.burst': { cpu: { burst: 5 } },
  'cpu.period': { cpu: { period: 5000 } },
  'cpu.realtimeRuntime': { cpu: { realtimeRuntime: 5 } },
  'cpu.realtimePeriod': { cpu: { realtimePeriod: 5 } },
  'cpu.cpus': { cpu: { cpus: '0' } },
  'cpu.mems': { cpu: { mems: '0' } },
  'cpu.idle': { cpu: { idle: 1 } },
  'pids.limit': { pids: { limit: 5 } },
  'blockIO.weight': { blockIO: { weight: 10 } },
  'blockIO.leafWeight': { blockIO: { leafWeight: 10 } },
  'blockIO.weightDevice.*.weight': { blockIO: { weightDevice: [{ ...device, weight: 10 }] } },
  'blockIO.weightDevice.*.leafWeight': { blockIO: { weightDevice: [{ ...device, leafWeight: 10 }] } },
  'blockIO.throttleReadBpsDevice.*.rate': { blockIO: { throttleReadBpsDevice: [{ ...device, rate: 5 }] } },
  'blockIO.throttleWriteBpsDevice.*.rate': { blockIO: { throttleWriteBpsDevice: [{ ...device, rate: 5 }] } },
  'blockIO.throttleReadIOPSDevice.*.rate': { blockIO: { throttleReadIOPSDevice: [{ ...device, rate: 5 }] } },
  'blockIO.throttleWriteIOPSDevice.*.rate': { blockIO: { throttleWriteIOPSDevice: [{ ...device, rate: 5 }] } },
  'hugepageLimits.*.limit': { hugepageLimits: [{ pageSize: '2MB', limit: 5 }] },
  'network.classID': { network: { classID: 5 } },
  'network.priorities.*.priority': { network: { priorities: [{ name: 'lo', priority: 5 }] } },
  'rdma.*.hcaHandles': { rdma: { mlx5_0: { hcaHandles: 5 } } },
  'rdma.*.hcaObjects': { rdma: { mlx5_0: { hcaObjects: 5 } } },
  'unified.*': { unified: { 'memory.high': '5' } },
};

/** Fields that say which device, page size or interface another field is about; and the one that asks for a check. */
const NO_SETTING = /^memory\.checkBeforeUpdate$|\.\*\.(?:major|minor|pageSize|name)$/;

test('every field of linux.resources but devices is known here', () => {
  const fields = fieldsOf({ $ref: '#/$defs/Resources' }, '').filter((path) => !path.startsWith('devices.'));
  expect(fields).toContain('memory.checkBeforeUpdate');
  expect(fields.filter((path) => !NO_SETTING.test(path)).sort()).toEqual(Object.keys(ASKS).sort());
});

it.each(Object.entries(ASKS))('compileResources() makes a setting or a warning of %s', (_path, resources) => {
  const { settings, warnings, problems } = compileResources(resources, FACTS);
  expect(settings.length + warnings.length).toBeGreaterThan(0);
  expect(problems).toEqual([]);
});

it.each(Object.entries(ASKS))('mergeResources() takes over %s', (_path, resources) => {
  expect(mergeResources({}, resources)).toEqual(resources);
  expect(mergeResources(resources, {})).toEqual(resources);
});
