import { describe, expect, it } from 'vitest';
import type { FlagValues } from '../../../src/cli/flags.js';
import { readUpdateFlags } from '../../../src/cli/update-flags.js';
import { TsrunError } from '../../../src/index.js';

/** The limits, or the message of the error with its hint. */
function read(values: FlagValues): unknown {
  try {
    const request = readUpdateFlags(values);
    return request.document === undefined ? request.resources : { document: request.document };
  } catch (error) {
    if (!(error instanceof TsrunError)) throw error;
    return `${error.code}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`;
  }
}

describe('readUpdateFlags()', () => {
  it.each<[string, number | bigint]>([
    ['0', 0],
    ['-1', -1],
    ['512', 512],
    ['1b', 1],
    ['2k', 2048],
    ['2K', 2048],
    ['2kb', 2048],
    ['2KiB', 2048],
    ['2 m', 2097152],
    ['512m', 536870912],
    ['1g', 1073741824],
    ['1.5g', 1610612736],
    ['0.5k', 512],
    ['1.0009k', 1024],
    ['3T', 3298534883328],
    ['1p', 1125899906842624],
    ['8p', 9007199254740992n],
    ['8191p', 9222246136947933184n],
    ['9223372036854775807', 9223372036854775807n],
  ])('takes %j for so many bytes', (text, bytes) => {
    expect(read({ memory: text })).toEqual({ memory: { limit: bytes } });
  });

  it.each([
    '-2',
    '-1m',
    '+1',
    '1e3',
    '0x10',
    '1,5g',
    '1.g',
    '.5g',
    '1 000',
    'm',
    '1x',
    '1mm',
    ' 1',
    '1\n',
    'max',
    '１',
  ])('refuses %j as bytes', (text) => {
    expect(read({ 'memory-swap': text })).toBe(
      `USAGE: invalid value of --memory-swap ${JSON.stringify(text)}: must be bytes, such as 512m, or -1`,
    );
  });

  it.each<[string, number | bigint]>([
    ['0', 0],
    ['-1', -1],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
  ])('takes %j for an integer', (text, number) => {
    expect(read({ 'cpu-quota': text })).toEqual({ cpu: { quota: number } });
  });

  it.each(['1.5', '1m', 'x', '+1', '--1', ' 1', '1e3', '123456789012345678901'])('refuses %j as an integer', (text) => {
    expect(read({ 'cpu-period': text })).toBe(
      `USAGE: invalid value of --cpu-period ${JSON.stringify(text)}: must be an integer`,
    );
  });

  it.each<[string, string, unknown]>([
    ['memory', '1', { memory: { limit: 1 } }],
    ['memory-reservation', '1', { memory: { reservation: 1 } }],
    ['memory-swap', '1', { memory: { swap: 1 } }],
    ['kernel-memory', '1', { memory: { kernel: 1 } }],
    ['kernel-memory-tcp', '1', { memory: { kernelTCP: 1 } }],
    ['cpu-period', '1', { cpu: { period: 1 } }],
    ['cpu-quota', '1', { cpu: { quota: 1 } }],
    ['cpu-burst', '1', { cpu: { burst: 1 } }],
    ['cpu-share', '1', { cpu: { shares: 1 } }],
    ['cpu-idle', '1', { cpu: { idle: 1 } }],
    ['cpu-rt-period', '1', { cpu: { realtimePeriod: 1 } }],
    ['cpu-rt-runtime', '1', { cpu: { realtimeRuntime: 1 } }],
    ['cpuset-cpus', '0-3,7', { cpu: { cpus: '0-3,7' } }],
    ['cpuset-mems', '0', { cpu: { mems: '0' } }],
    ['pids-limit', '1', { pids: { limit: 1 } }],
    ['blkio-weight', '1', { blockIO: { weight: 1 } }],
    ['resources', 'x.json', { document: 'x.json' }],
    ['resources', '-', { document: '-' }],
  ])('takes --%s %s', (flag, text, limits) => {
    expect(read({ [flag]: text })).toEqual(limits);
  });

  it.each<[FlagValues, string[]]>([
    [{ 'l3-cache-schema': 'L3:0=7f0;1=1f' }, ['L3:0=7f0;1=1f']],
    [
      { 'mem-bw-schema': 'MB:0=20', 'l3-cache-schema': 'L3CODE:0=f\nL3DATA:0=f\n' },
      ['L3CODE:0=f', 'L3DATA:0=f', 'MB:0=20'],
    ],
    [{ 'mem-bw-schema': 'MB:0=20', resources: '-' }, ['MB:0=20']],
    [{ 'mem-bw-schema': '', memory: '1' }, []],
  ])('takes the schemata of %o', (values, schemata) => {
    expect(readUpdateFlags(values).schemata).toEqual(schemata);
  });

  it.each<[string, string, string]>([
    ['l3-cache-schema', 'MB:0=20', 'L3:0=7f0;1=1f'],
    ['l3-cache-schema', 'L3:', 'L3:0=7f0;1=1f'],
    ['mem-bw-schema', 'MB:0=20 x', 'MB:0=20;1=70'],
  ])('refuses --%s %j', (flag, text, example) => {
    expect(read({ [flag]: text })).toBe(`USAGE: invalid value of --${flag} "${text}": must be such as "${example}"`);
  });

  it('puts flags of one topic together', () => {
    expect(read({ memory: '1k', 'memory-swap': '-1', 'pids-limit': '3' })).toEqual({
      memory: { limit: 1024, swap: -1 },
      pids: { limit: 3 },
    });
  });

  const NOTHING = 'USAGE: nothing to update: no limit is given; "tsrun update --help" shows what there is';

  it.each<[FlagValues, string]>([
    [{}, NOTHING],
    [{ 'dry-run': true }, NOTHING],
    [{ memory: '', resources: '' }, NOTHING],
    [{ resources: 'x', memory: '1' }, 'USAGE: cannot use both --resources and --memory'],
  ])('refuses %o', (values, message) => {
    expect(read(values)).toBe(message);
  });

  it('takes an empty value for none', () => {
    expect(read({ resources: 'x', memory: '' })).toEqual({ document: 'x' });
  });
});
