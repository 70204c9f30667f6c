import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../src/spec/capabilities.js';
import { parseSpec } from '../../../src/spec/validate.js';
import { encode, goodConfig, type Json, warningsOf } from './parsing.js';
import { mount } from './table.js';

describe('parseSpec() warns', () => {
  it.each<[Json, string[]]>([
    [{ ociVersion: '1.3.9' }, []],
    [{ ociVersion: '1.4.0' }, ['ociVersion: "1.4.0" is newer than 1.3, properties it adds are ignored']],
    [mount('a/../data', 'tmpfs', 'x'), ['mounts[0].destination: "a/../data" is not absolute, "/data" is used']],
    [
      { linux: { personality: { domain: 'LINUX', flags: ['X'] } } },
      ['linux.personality.flags: "X" ignored: no flag is defined'],
    ],
    [
      {
        process: {
          capabilities: {
            bounding: ['CAP_KILL', 'CAP_X'],
            effective: ['CAP_X'],
            ambient: ['CAP_KILL'],
            inheritable: ['CAP_KILL'],
          },
        },
      },
      [
        'process.capabilities.bounding: unknown capability "CAP_X" is ignored',
        'process.capabilities.ambient: "CAP_KILL" is ignored: it is not in permitted',
      ],
    ],
  ])('of %j', (change, warnings) => {
    expect(warningsOf(change)).toEqual(warnings);
  });
});

describe('parseSpec()', () => {
  it('needs a process', () => {
    const { process: _process, ...config } = goodConfig();
    expect(() => parseSpec(encode(config))).toThrow('invalid config.json: process: found nothing, must be set');
  });
});

describe('CAPABILITIES', () => {
  it('has each at the index that is its number', () => {
    expect(CAPABILITIES.length).toBe(41);
    expect([CAPABILITIES[0], CAPABILITIES[21], CAPABILITIES[40]]).toEqual([
      'CAP_CHOWN',
      'CAP_SYS_ADMIN',
      'CAP_CHECKPOINT_RESTORE',
    ]);
  });
});
