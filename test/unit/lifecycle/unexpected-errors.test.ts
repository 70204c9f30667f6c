// What is made of errors that nobody expected.
import { describe, expect, test } from 'vitest';
import { asTsrunError } from '../../../src/index.js';

function systemError(code: string, path?: string): Error {
  const words = { EMFILE: 'too many open files', ENOENT: 'no such file or directory' }[code];
  const place = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${words}, open${place}`), { code, syscall: 'open', path });
}

describe('asTsrunError()', () => {
  test('takes what the host has refused for no defect of tsrun', () => {
    const { code, message, hint } = asTsrunError(systemError('EMFILE', '/proc/7/stat'));
    expect({ code, message, hint }).toEqual({
      code: 'IO',
      message: 'cannot go on: open "/proc/7/stat": too many open files (EMFILE)',
      hint: undefined,
    });
  });

  test('names no file where the system names none', () => {
    expect(asTsrunError(systemError('EMFILE')).message).toBe('cannot go on: open: too many open files (EMFILE)');
  });

  test('asks for a report of everything else', () => {
    for (const error of [systemError('ENOENT', '/x'), new TypeError('undefined is not an object'), 'text']) {
      expect(asTsrunError(error)).toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('report it') });
    }
  });
});
