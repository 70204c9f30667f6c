import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExit } from '../../../src/state/exit.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tsrun-unit-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('readExit()', () => {
  it.each([
    ['0 0 1700000000 0\n', { code: 0, signal: 0, time: 1700000000, oomKills: 0 }],
    ['-1 9 1700000000 2\n', { code: -1, signal: 9, time: 1700000000, oomKills: 2 }],
    ['255 0 0 0\n', { code: 255, signal: 0, time: 0, oomKills: 0 }],
    ['', null],
    ['0 0 1700000000', null],
    ['0 0 1700000000 0', null],
    ['0 0 1700000000\n', null],
    ['0 0 x 0\n', null],
    ['0 0 1 0\n0 0 1 0\n', null],
  ])('of %j is %o', (text, record) => {
    writeFileSync(join(directory, 'exit'), text);
    expect(readExit(directory)).toEqual(record);
  });

  it('is null when nobody saw the end', () => {
    expect(readExit(directory)).toBeNull();
  });
});
