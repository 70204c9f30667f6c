// linux.resources.devices in a pure cgroup v2: the program is on the container's own cgroup, and on those below it.
import { describe, expect, test } from 'vitest';
import type { DeviceRule } from '../../../src/spec/types.js';
import { diskNumbers } from '../../support/container.js';
import { runBundle } from '../../support/probe.js';

const disk = diskNumbers('vdb');

/** Runs the probe where /dev/disk is there; answers '' or the errno that it complains of. */
function runWith(args: readonly string[], devices: DeviceRule[]): string {
  const { status, stderr } = runBundle({
    args: ['/probe', ...args],
    mutate: (spec) => {
      spec.linux.devices = [{ path: '/dev/disk', type: 'b', ...disk }];
      spec.linux.resources = { devices };
      for (const set of ['bounding', 'effective', 'permitted'] as const) {
        spec.process.capabilities = { ...spec.process.capabilities, [set]: ['CAP_MKNOD'] };
      }
    },
  });
  return status === 0 ? '' : (/\((E[A-Z0-9]+)\)/.exec(stderr)?.[1] ?? stderr);
}

const DENY_ALL: DeviceRule = { allow: false, access: 'rwm' };
const ALLOW_DISK: DeviceRule = { allow: true, type: 'b', ...disk, access: 'r' };
const make = ['mknod', '/dev/made', 'b', String(disk.major), String(disk.minor)];

describe('linux.resources.devices', () => {
  test('a disk that they allow can be read', () => {
    expect(runWith(['read-direct', '/dev/disk', '1'], [DENY_ALL, ALLOW_DISK])).toBe('');
  });

  test('a disk that they do not allow cannot', () => {
    expect(runWith(['read-direct', '/dev/disk', '1'], [DENY_ALL])).toBe('EPERM');
    expect(runWith(['read-direct', '/dev/disk', '1'], [ALLOW_DISK, DENY_ALL])).toBe('EPERM');
  });

  test('nor can what they allow to be read be written', () => {
    expect(runWith(['append', '/dev/disk', 'x'], [DENY_ALL, ALLOW_DISK])).toBe('EPERM');
  });

  test('making a node is allowed whatever they say, as by every runtime: it opens nothing', () => {
    expect(runWith(make, [DENY_ALL])).toBe('');
  });
});
