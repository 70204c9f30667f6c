import { describe, expect, it } from 'vitest';
import {
  NO_LIMIT,
  parseFlatKeyed,
  parseIoStat,
  parseNumberRanges,
  parsePids,
  parsePressure,
  parseSingleValue,
} from '../../../src/cgroup/formats.js';

describe('parseSingleValue()', () => {
  it.each([
    ['0\n', 0n],
    ['31457280\n', 31457280n],
    ['max\n', 18446744073709551615n],
    ['9223372036854771712\n', 9223372036854771712n],
    ['18446744073709551615\n', 18446744073709551615n],
    ['', 0n],
    ['-1\n', 0n],
  ])('reads %j', (text, value) => {
    expect(parseSingleValue(text)).toBe(value);
  });
});

describe('parseFlatKeyed()', () => {
  it.each([
    ['low 0\nhigh 0\nmax 42\noom 1\noom_kill 1\n', { low: 0n, high: 0n, max: 42n, oom: 1n, oom_kill: 1n }],
    ['populated 1\nfrozen 0\n', { populated: 1n, frozen: 0n }],
    ['usage_usec 9007199254740993\n', { usage_usec: 9007199254740993n }],
    ['limit max\n', { limit: NO_LIMIT }],
    ['', {}],
    // A nested file has more than one value a line.
    ['8:0 rbytes=1 wbytes=2\nanon 3\nshare 0.5\n', { anon: 3n }],
  ])('reads %j', (text, values) => {
    expect(Object.fromEntries(parseFlatKeyed(text))).toEqual(values);
  });
});

describe('parsePressure()', () => {
  const line = (avg10: number, avg60: number, avg300: number, total: bigint) => ({ avg10, avg60, avg300, total });

  it('reads both lines', () => {
    const text =
      'some avg10=2.04 avg60=0.75 avg300=0.40 total=157656722\nfull avg10=100.00 avg60=0.00 avg300=0.13 total=59845\n';
    expect(parsePressure(text)).toEqual({
      some: line(2.04, 0.75, 0.4, 157656722n),
      full: line(100, 0, 0.13, 59845n),
    });
  });

  it.each([
    ['some avg10=0.12 avg60=0.00 avg300=0.00 total=7\n', line(0.12, 0, 0, 7n)],
    ['', line(0, 0, 0, 0n)],
  ])('has zeros for what is not in %j', (text, some) => {
    expect(parsePressure(text)).toEqual({ some, full: line(0, 0, 0, 0n) });
  });
});

describe('parseIoStat()', () => {
  it('reads bytes and operations of every device', () => {
    const text = [
      '259:1 rbytes=90112 wbytes=18446744073709551615 rios=7 wios=11 dbytes=4096 dios=1',
      '7:0 ',
      '8:16 rbytes=0 wbytes=512 rios=0 wios=1 dbytes=0 dios=0 cost.usage=3',
      '',
    ].join('\n');
    const entry = (major: number, minor: number, op: string, value: bigint) => ({ major, minor, op, value });
    expect(parseIoStat(text)).toEqual({
      bytes: [
        entry(259, 1, 'Read', 90112n),
        entry(259, 1, 'Write', 18446744073709551615n),
        entry(8, 16, 'Read', 0n),
        entry(8, 16, 'Write', 512n),
      ],
      operations: [
        entry(259, 1, 'Read', 7n),
        entry(259, 1, 'Write', 11n),
        entry(8, 16, 'Read', 0n),
        entry(8, 16, 'Write', 1n),
      ],
    });
  });

  it.each([['', '\n', '8:0\n', 'unknown rbytes=1\n', '8:0 toString=1\n']])('finds nothing in %j', (text) => {
    expect(parseIoStat(text)).toEqual({ bytes: [], operations: [] });
  });
});

describe('parseNumberRanges()', () => {
  it.each([
    ['0-3\n', [0, 1, 2, 3]],
    ['0\n', [0]],
    ['0-1,4,6-7\n', [0, 1, 4, 6, 7]],
    ['\n', []],
  ])('reads %j', (text, numbers) => {
    expect(parseNumberRanges(text)).toEqual(numbers);
  });
});

describe('parsePids()', () => {
  it.each([
    ['1\n4194304\n', [1, 4194304]],
    ['0\n17\n0\n', [17]],
    ['', []],
  ])('reads %j', (text, pids) => {
    expect(parsePids(text)).toEqual(pids);
  });
});
