import { describe, expect, it } from 'vitest';
import { parseSignal } from '../../../src/lifecycle/kill.js';

describe('parseSignal()', () => {
  it.each([
    ['TERM', 15],
    ['SIGTERM', 15],
    ['sigkill', 9],
    ['15', 15],
    ['0', 0],
    ['64', 64],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['SIGRTMAX-1', 63],
    ['WINCH', 28],
  ])('reads %s', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(['', '65', '-1', 'FROB', '1e1', '9 ', 'SIGRTMIN+31', '٣'])('refuses %j', (text) => {
    expect(() => parseSignal(text)).toThrow(/^unknown signal /);
  });
});
