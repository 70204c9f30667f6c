import { describe, expect, it, test } from 'vitest';
import { checkMemoryInUse, compileMemory, swapLimit } from '../../../../src/plan/resources/memory.js';
import type { Memory } from '../../../../src/spec/types.js';
import { filesOf, linesOf, MAX_INT64 } from './samples.js';

describe('swapLimit()', () => {
  it.each<[Memory, string | null]>([
    [{}, null],
    [{ swap: 0 }, null],
    [{ limit: 100 }, null],
    [{ limit: 100, swap: 0 }, null],
    [{ limit: 100, swap: 100 }, '0'],
    [{ limit: 100, swap: 300 }, '200'],
    [{ limit: 100, swap: -1 }, 'max'],
    [{ swap: -1 }, 'max'],
    [{ limit: -1 }, 'max'],
    [{ limit: -1, swap: 0 }, 'max'],
    [{ limit: -1, swap: -1 }, 'max'],
    [{ limit: -1, swap: 300 }, '300'],
    [{ limit: 1, swap: MAX_INT64 }, '9223372036854775806'],
    [{ limit: MAX_INT64, swap: MAX_INT64 }, '0'],
    [{ limit: 9007199254740991, swap: 9007199254740993n }, '2'],
  ])('of %o is %s', (memory, swap) => {
    expect(swapLimit(memory)).toBe(swap);
  });
});

describe('compileMemory()', () => {
  it.each<[Memory, string[]]>([
    [{}, []],
    [{ limit: 0, swap: 0, reservation: 0, kernel: 5, kernelTCP: 5, swappiness: 5, checkBeforeUpdate: true }, []],
    [{ limit: 104857600 }, ['memory.max=104857600']],
    [{ limit: -1 }, ['memory.swap.max=max default', 'memory.max=max default']],
    [{ limit: 100, swap: 300 }, ['memory.swap.max=200', 'memory.max=100']],
    [{ limit: 100, swap: 100 }, ['memory.swap.max=0 optional', 'memory.max=100']],
    [{ reservation: 50 }, ['memory.low=50']],
    [{ reservation: -1 }, ['memory.low=max']],
    [{ limit: MAX_INT64, reservation: MAX_INT64 }, [`memory.max=${MAX_INT64}`, `memory.low=${MAX_INT64}`]],
  ])('of %o writes %j', (memory, lines) => {
    expect(linesOf(compileMemory(memory))).toEqual(lines);
  });

  test('names the field that asks for a limit on swap', () => {
    expect(compileMemory({ limit: -1 })[0]?.path).toBe('linux.resources.memory.limit');
    expect(compileMemory({ limit: 1, swap: 2 })[0]?.path).toBe('linux.resources.memory.swap');
  });
});

describe('checkMemoryInUse()', () => {
  const FOUND = (key: string, bytes: number | bigint, inUse: number | bigint) => ({
    path: `linux.resources.memory.${key}`,
    message: `found ${bytes}, must be more than is in use now, ${inUse}`,
  });
  it.each<[Memory, string | undefined, object[]]>([
    [{ limit: 100 }, '100\n', []],
    [{ limit: 100, checkBeforeUpdate: false }, '100\n', []],
    [{ limit: 101, checkBeforeUpdate: true }, '100\n', []],
    [{ limit: 100, checkBeforeUpdate: true }, '100\n', [FOUND('limit', 100, 100)]],
    [{ limit: 90, swap: 95, checkBeforeUpdate: true }, '100\n', [FOUND('limit', 90, 100), FOUND('swap', 95, 100)]],
    [{ limit: 0, swap: -1, checkBeforeUpdate: true }, '100\n', []],
    [{ limit: -1, checkBeforeUpdate: true }, '100\n', []],
    [{ limit: 1, checkBeforeUpdate: true }, undefined, []],
    [{ limit: MAX_INT64, checkBeforeUpdate: true }, `${MAX_INT64}`, [FOUND('limit', MAX_INT64, MAX_INT64)]],
    [{ limit: MAX_INT64, checkBeforeUpdate: true }, `${MAX_INT64 - 1n}`, []],
  ])('of %o with %j in use finds %j', (memory, current, problems) => {
    const files = current === undefined ? undefined : filesOf({ 'memory.current': current });
    expect(checkMemoryInUse(memory, files)).toEqual(problems);
  });
});
