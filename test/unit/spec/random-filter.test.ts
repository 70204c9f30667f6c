// Filters of system calls at random: taken to the letter, or refused with a sentence.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFilterProgram } from '../../../src/spec/filter-program.js';
import { runs } from '../../property/runs.js';

/** Instructions that the kernel knows, with operands that it may refuse. */
const instruction = fc
  .tuple(
    fc.constantFrom(
      0x00,
      0x01,
      0x02,
      0x04,
      0x05,
      0x06,
      0x07,
      0x0c,
      0x15,
      0x16,
      0x1d,
      0x20,
      0x25,
      0x34,
      0x45,
      0x54,
      0x60,
      0x64,
      0x80,
      0x87,
      0xff,
    ),
    fc.nat({ max: 4 }),
    fc.nat({ max: 4 }),
    fc.constantFrom(0, 1, 4, 15, 16, 31, 32, 60, 64, 0x7fc00000, 0x7fff0000, 0xffffffff),
  )
  .map(([code, ifTrue, ifFalse, value]) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt16LE(code, 0);
    bytes[2] = ifTrue;
    bytes[3] = ifFalse;
    bytes.writeUInt32LE(value, 4);
    return bytes;
  });
const RETURN = Buffer.from('060000000000ff7f', 'hex');

test('a filter is taken to the letter or refused in words', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(instruction, { maxLength: 6 }), fc.boolean(), (instructions, ends) => {
      const bytes = Buffer.concat(ends ? [...instructions, RETURN] : instructions);
      const program = parseFilterProgram(bytes.toString('base64'));
      if (typeof program === 'string') {
        expect(program).toMatch(/^(?:instruction \d+: |must |has ).+$/);
        return;
      }
      taken += 1;
      expect(program.digits).toBe(bytes.toString('hex'));
      // All that an agent would be asked by is a return of 0x7fc0....
      expect(program.notifies).toBe(hasNotification(bytes));
    }),
    runs(500),
  );
  expect(taken).toBeGreaterThan(100);
});

test('any text is a filter or a sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.base64String({ maxLength: 64 }), fc.string({ maxLength: 40 })), (text) => {
      const program = parseFilterProgram(text);
      if (typeof program !== 'string') expect(Buffer.from(text, 'base64').toString('hex')).toBe(program.digits);
    }),
    runs(2000),
  );
});

function hasNotification(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 8) {
    const code = bytes.readUInt16LE(at);
    const action = (bytes.readUInt32LE(at + 4) & 0xffff0000) >>> 0;
    if (code === 0x06 && action === 0x7fc00000) return true;
  }
  return false;
}
