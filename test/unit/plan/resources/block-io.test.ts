import { describe, expect, it, test } from 'vitest';
import { compileBlockIO, ioWeight } from '../../../../src/plan/resources/block-io.js';
import type { BlockIO } from '../../../../src/spec/types.js';
import { linesOf, MAX_UINT64 } from './samples.js';

describe('ioWeight()', () => {
  it.each([
    [0, 0],
    [10, 1],
    [11, 11],
    [100, 910],
    [500, 4950],
    [999, 9989],
    [1000, 10000],
  ])('of %i is %i', (weight, converted) => {
    expect(ioWeight(weight)).toBe(converted);
  });
});

const disk = (rate: number | bigint, minor = 0) => ({ major: 8, minor, rate });

describe('compileBlockIO()', () => {
  it.each<[BlockIO, string[]]>([
    [{}, []],
    [{ weight: 0, leafWeight: 5, weightDevice: [], throttleReadBpsDevice: [] }, []],
    [{ weight: 100 }, ['io.bfq.weight=100|io.weight=910']],
    [
      {
        weightDevice: [
          { major: 8, minor: 16, weight: 500 },
          { major: 8, minor: 0, weight: 0 },
          { major: 8, minor: 1, leafWeight: 5 },
        ],
      },
      ['io.bfq.weight=8:16 500|io.weight=8:16 4950'],
    ],
    [{ throttleReadBpsDevice: [disk(1)] }, ['io.max=8:0 rbps=1']],
    [{ throttleWriteBpsDevice: [disk(1)] }, ['io.max=8:0 wbps=1']],
    [{ throttleReadIOPSDevice: [disk(1)] }, ['io.max=8:0 riops=1']],
    [{ throttleWriteIOPSDevice: [disk(1)] }, ['io.max=8:0 wiops=1']],
    [
      {
        throttleReadBpsDevice: [disk(1), disk(5, 16)],
        throttleWriteBpsDevice: [disk(2)],
        throttleReadIOPSDevice: [disk(3, 32)],
        throttleWriteIOPSDevice: [disk(4), disk(MAX_UINT64)],
      },
      [`io.max=8:0 rbps=1 wbps=2 wiops=${MAX_UINT64}`, 'io.max=8:16 rbps=5', 'io.max=8:32 riops=3'],
    ],
    [{ throttleReadBpsDevice: [disk(0)] }, ['io.max=8:0 rbps=max default']],
    [{ throttleReadBpsDevice: [disk(0)], throttleWriteBpsDevice: [disk(5)] }, ['io.max=8:0 rbps=max wbps=5']],
  ])('of %o writes %j', (blockIO, lines) => {
    expect(linesOf(compileBlockIO(blockIO))).toEqual(lines);
  });

  test('names the fields that ask', () => {
    const settings = compileBlockIO({
      weight: 10,
      weightDevice: [{ major: 8, minor: 0, weight: 10 }],
      throttleWriteBpsDevice: [disk(1, 1), disk(1)],
      throttleReadIOPSDevice: [disk(1)],
    });
    expect(settings.map(({ path, controller }) => [path, controller])).toEqual([
      ['linux.resources.blockIO.weight', 'io'],
      ['linux.resources.blockIO.weightDevice[0].weight', 'io'],
      ['linux.resources.blockIO.throttleWriteBpsDevice[0]', 'io'],
      ['linux.resources.blockIO.throttleWriteBpsDevice[1]', 'io'],
    ]);
  });
});
