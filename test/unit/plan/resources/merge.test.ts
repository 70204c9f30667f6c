import { describe, expect, it, test } from 'vitest';
import { mergeResources } from '../../../../src/plan/resources/merge.js';
import type { Resources } from '../../../../src/spec/types.js';
import { MAX_INT64 } from './samples.js';

const disk = (minor: number, rate: number) => ({ major: 8, minor, rate });

describe('mergeResources()', () => {
  it.each<[Resources | undefined, Resources, Resources]>([
    [undefined, {}, {}],
    [undefined, { memory: { limit: 5 } }, { memory: { limit: 5 } }],
    [
      { memory: { limit: 5 }, pids: { limit: 1 } },
      { memory: { reservation: 3 } },
      { memory: { limit: 5, reservation: 3 }, pids: { limit: 1 } },
    ],

    // memory
    [{ memory: { limit: 5, swap: 9 } }, { memory: { limit: -1 } }, { memory: { limit: -1, swap: -1 } }],
    [{ memory: { limit: 5, swap: 9 } }, { memory: { limit: -1, swap: 0 } }, { memory: { limit: -1, swap: -1 } }],
    [{ memory: { limit: 5, swap: 9 } }, { memory: { limit: -1, swap: 20 } }, { memory: { limit: -1, swap: 20 } }],
    [
      { memory: { limit: 5, swap: 9 } },
      { memory: { limit: 0, swap: 0, reservation: 0 } },
      { memory: { limit: 5, swap: 9 } },
    ],
    [{ memory: { limit: 5 } }, { memory: { limit: MAX_INT64 } }, { memory: { limit: MAX_INT64 } }],
    [
      { memory: { limit: 5, checkBeforeUpdate: true } },
      { memory: { limit: 6, checkBeforeUpdate: false } },
      { memory: { limit: 6, checkBeforeUpdate: false } },
    ],

    // cpu
    [{ cpu: { quota: 5000, period: 9000 } }, { cpu: { quota: 6000 } }, { cpu: { quota: 6000, period: 9000 } }],
    [{ cpu: { quota: 5000, period: 9000 } }, { cpu: { period: 8000 } }, { cpu: { quota: 5000, period: 8000 } }],
    [{ cpu: { quota: 5000, period: 9000 } }, { cpu: { quota: -1 } }, { cpu: { quota: -1, period: 9000 } }],
    [{ cpu: { quota: 5000, period: 9000 } }, { cpu: { period: 0 } }, { cpu: { quota: 5000, period: 0 } }],
    [{ cpu: { burst: 5 } }, { cpu: { burst: 0 } }, { cpu: { burst: 0 } }],
    [{ cpu: { shares: 5 } }, { cpu: { idle: 1 } }, { cpu: { idle: 1 } }],
    [{ cpu: { shares: 5 } }, { cpu: { idle: 0, shares: 0 } }, { cpu: { idle: 0 } }],
    [{ cpu: { idle: 1 } }, { cpu: { idle: 0, shares: 7 } }, { cpu: { idle: 0, shares: 7 } }],
    [
      { cpu: { shares: 5, cpus: '0', mems: '0' } },
      { cpu: { shares: 0, cpus: '', mems: '' } },
      { cpu: { shares: 5, cpus: '0', mems: '0' } },
    ],
    [{ cpu: { cpus: '0' } }, { cpu: { cpus: '1' } }, { cpu: { cpus: '1' } }],

    // pids: 0 is a limit
    [{ pids: { limit: 5 } }, { pids: { limit: 0 } }, { pids: { limit: 0 } }],
    [{ pids: { limit: 5 } }, { pids: {} }, { pids: { limit: 5 } }],

    // blockIO
    [
      {
        blockIO: { weight: 10, throttleReadBpsDevice: [disk(0, 1), disk(1, 1)], throttleWriteBpsDevice: [disk(0, 1)] },
      },
      { blockIO: { weight: 0, throttleReadBpsDevice: [disk(2, 2), disk(0, 0)] } },
      {
        blockIO: {
          weight: 10,
          throttleReadBpsDevice: [disk(0, 0), disk(1, 1), disk(2, 2)],
          throttleWriteBpsDevice: [disk(0, 1)],
        },
      },
    ],
    [
      { blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 10, leafWeight: 10 }] } },
      { blockIO: { weight: 20, weightDevice: [{ major: 8n, minor: 0, weight: 30 }] } },
      { blockIO: { weight: 20, weightDevice: [{ major: 8n, minor: 0, weight: 30, leafWeight: 10 }] } },
    ],

    // by name
    [
      {
        hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
        rdma: { a: { hcaHandles: 1, hcaObjects: 1 }, b: { hcaHandles: 1 } },
      },
      {
        hugepageLimits: [
          { pageSize: '1GB', limit: 0 },
          { pageSize: '2MB', limit: 2 },
        ],
        rdma: { a: { hcaObjects: 2 } },
      },
      {
        hugepageLimits: [
          { pageSize: '2MB', limit: 2 },
          { pageSize: '1GB', limit: 0 },
        ],
        rdma: { a: { hcaHandles: 1, hcaObjects: 2 }, b: { hcaHandles: 1 } },
      },
    ],
    [
      { unified: { 'memory.high': '1', 'cpu.weight': '1' } },
      { unified: { 'memory.high': '2', 'memory.low': '3' } },
      { unified: { 'memory.high': '2', 'cpu.weight': '1', 'memory.low': '3' } },
    ],

    // replaced as a whole
    [
      { devices: [{ allow: true }], network: { classID: 1 } },
      { devices: [{ allow: false }] },
      { devices: [{ allow: false }], network: { classID: 1 } },
    ],
  ])('of %o and %o is %o', (current, change, merged) => {
    expect(mergeResources(current, change)).toEqual(merged);
  });

  test('forgets a unified file that the change sets by a field, which would undo it', () => {
    const current = { unified: { 'memory.max': '1', 'memory.high': '1', 'io.weight': '1' } };
    const change = { memory: { limit: 5 }, blockIO: { weight: 10 } };
    expect(mergeResources(current, change)).toEqual({ ...change, unified: { 'memory.high': '1' } });
    expect(mergeResources({ unified: { 'memory.max': '1' } }, change)).toEqual(change);
  });

  test('changes neither of its arguments', () => {
    const current: Resources = {
      cpu: { shares: 5 },
      blockIO: { throttleReadBpsDevice: [disk(0, 1)] },
      unified: { 'cpu.idle': '0' },
    };
    const change: Resources = { cpu: { idle: 1 }, blockIO: { throttleReadBpsDevice: [disk(0, 2)] } };
    const copies = structuredClone([current, change]);
    mergeResources(current, change);
    expect([current, change]).toEqual(copies);
  });
});
