import { describe, expect, it } from 'vitest';
import { parseInterval } from '../../../src/cli/events.js';
import { TsrunError } from '../../../src/index.js';

describe('parseInterval()', () => {
  it.each([
    ['5s', 5000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['2.s', 2000],
    ['+1s', 1000],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['1h0m1s', 3_601_000],
    ['1s1s', 2000],
    ['1000000ns', 1],
  ])('reads %s', (text, milliseconds) => {
    expect(parseInterval(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(['', '5', 's', '5 s', '5S', '1d', '5s ', '1m-30s', '1e3s', 's5', '--1s', '.s', 'Infinitys', '1,5s'])(
    'refuses %j as no duration',
    (text) => {
      expect(() => parseInterval(text)).toThrow(`unknown interval ${JSON.stringify(text)}: must be a duration`);
      expect(() => parseInterval(text)).toThrow(TsrunError);
    },
  );

  it.each(['0', '0s', '-5s', '-0', '0h0m'])('refuses %j as not above 0', (text) => {
    expect(() => parseInterval(text)).toThrow(`unusable interval ${JSON.stringify(text)}: must be greater than 0`);
  });
});
