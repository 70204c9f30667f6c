// A filter as instructions: what the kernel takes is taken, and what it refuses is refused with the place.
import { describe, expect, test } from 'vitest';
import { parseFilterProgram } from '../../../src/spec/filter-program.js';

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** struct sock_filter each, little-endian. */
function encode(instructions: readonly Instruction[]): string {
  const bytes = instructions.flatMap(([code, ifTrue, ifFalse, value]) => [
    code & 255,
    code >> 8,
    ifTrue,
    ifFalse,
    ...[0, 8, 16, 24].map((shift) => (value >>> shift) & 255),
  ]);
  return Buffer.from(bytes).toString('base64');
}

const ALLOW: Instruction = [0x06, 0, 0, 0x7fff0000];
const NOTIFY: Instruction = [0x06, 0, 0, 0x7fc00000];

describe('parseFilterProgram()', () => {
  test('answers the bytes as they are', () => {
    const load: Instruction = [0x20, 0, 0, 4];
    const branch: Instruction = [0x15, 0, 1, 0xc000003e];
    expect(parseFilterProgram(encode([load, branch, ALLOW, ALLOW]))).toEqual({
      digits: `2000000004000000${'150000013e0000c0'}${'060000000000ff7f'}${'060000000000ff7f'}`,
      notifies: false,
    });
  });

  test('sees that an agent decides, whatever data the answer has', () => {
    expect(parseFilterProgram(encode([NOTIFY]))).toMatchObject({ notifies: true });
    expect(parseFilterProgram(encode([[0x06, 0, 0, 0x7fc01234]]))).toMatchObject({ notifies: true });
    expect(parseFilterProgram(encode([[0x06, 0, 0, 0x7ff00000]]))).toMatchObject({ notifies: false });
  });

  test.each([
    ['', 'must be base64, with its padding and without line breaks'],
    ['AAAA\n', 'must be base64, with its padding and without line breaks'],
    ['BgAAAAAA/38', 'must be base64, with its padding and without line breaks'],
    ['BgAAAAAA_38=', 'must be base64, with its padding and without line breaks'],
    ['AAAA', 'has 3 bytes, must be whole instructions of 8'],
    [encode(Array(4097).fill(ALLOW)), 'has 4097 instructions, must have at most 4096'],
    [encode([[0x20, 0, 0, 0]]), 'must end in a return (BPF_RET)'],
    [encode([ALLOW, [0x05, 0, 0, 0]]), 'instruction 1: jumps past the end'],
    [encode([[0x20, 0, 0, 2], ALLOW]), 'instruction 0: loads at 2, must be a multiple of 4 below 64'],
    [encode([[0x20, 0, 0, 64], ALLOW]), 'instruction 0: loads at 64, must be a multiple of 4 below 64'],
    [encode([[0x60, 0, 0, 16], ALLOW]), 'instruction 0: uses word 16 of the memory, must be below 16'],
    [encode([[0x05, 0, 0, 1], ALLOW]), 'instruction 0: jumps past the end'],
    [encode([[0x15, 0, 1, 0], ALLOW]), 'instruction 0: jumps past the end'],
    [encode([[0x15, 1, 0, 0], ALLOW]), 'instruction 0: jumps past the end'],
    [encode([[0x34, 0, 0, 0], ALLOW]), 'instruction 0: divides by 0'],
    [encode([[0x64, 0, 0, 32], ALLOW]), 'instruction 0: shifts by 32, must be below 32'],
    // BPF_LD | BPF_B | BPF_ABS: of a packet, not of a system call.
    [encode([[0x30, 0, 0, 0], ALLOW]), 'instruction 0: has the code 0x30, which a filter of system calls cannot have'],
    [encode([[0x94, 0, 0, 1], ALLOW]), 'instruction 0: has the code 0x94, which a filter of system calls cannot have'],
  ])('of %j says %j', (text, message) => {
    expect(parseFilterProgram(text)).toBe(message);
  });

  test('takes as many instructions as the kernel', () => {
    expect(parseFilterProgram(encode(Array(4096).fill(ALLOW)))).toMatchObject({ notifies: false });
  });
});
