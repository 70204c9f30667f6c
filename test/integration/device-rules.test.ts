// linux.resources.devices: what a container may make and open, as the kernel answers it.
import { describe, expect, test } from 'vitest';
import type { DeviceRule } from '../../src/spec/types.js';
import type { SpecDraft } from '../support/bundle.js';
import { runBundle } from '../support/probe.js';

const ZERO = { path: '/dev/zero', type: 'c', major: 1, minor: 5 } as const;
/** sda, whether this host has one or not: the rules are asked before the driver is. */
const DISK = { path: '/dev/disk', type: 'b', major: 8, minor: 0 } as const;
/** /dev/mem's neighbour that nothing has: opening it where the rules allow it says ENXIO. */
const NOTHING = { path: '/dev/nothing', type: 'c', major: 1, minor: 199 } as const;

interface Options {
  readonly rules?: readonly DeviceRule[];
  readonly capabilities?: readonly string[];
}

/** Runs the probe in a container that has those three nodes; answers '' or the errno that it complains of. */
function runWith(args: readonly string[], { rules, capabilities = [] }: Options): string {
  const mutate = (spec: SpecDraft) => {
    spec.linux.devices = [ZERO, DISK, NOTHING];
    if (rules !== undefined) spec.linux.resources = { devices: [...rules] };
    for (const set of ['bounding', 'effective', 'permitted'] as const) {
      spec.process.capabilities = { ...spec.process.capabilities, [set]: [...capabilities] };
    }
  };
  const { status, stderr } = runBundle({ args: ['/probe', ...args], mutate });
  return status === 0 ? '' : (/\((E[A-Z0-9]+)\)/.exec(stderr)?.[1] ?? stderr);
}

const read = (path: string, ...rules: DeviceRule[]) => runWith(['cat', path], { rules });
const write = (path: string, ...rules: DeviceRule[]) => runWith(['write', path, ''], { rules });

const rule = (allow: boolean, { type, major, minor }: Omit<DeviceRule, 'allow'>, access: string): DeviceRule => {
  return { allow, type, major, minor, access } as DeviceRule;
};
const DENY_ALL: DeviceRule = { allow: false, access: 'rwm' };

describe('without a rule', () => {
  test('the default devices can be opened', () => {
    expect(runWith(['cat', '/dev/null'], {})).toBe('');
    expect(runWith(['write', '/dev/null', 'x'], {})).toBe('');
    expect(write('/dev/zero')).toBe('');
  });

  test('no other device can be opened, though its node is there', () => {
    expect(runWith(['cat', NOTHING.path], {})).toBe('EPERM');
    expect(runWith(['cat', DISK.path], {})).toBe('EPERM');
  });

  test('the same is true of an empty list, and where all is denied', () => {
    expect(read(NOTHING.path)).toBe('EPERM');
    expect(read('/dev/null')).toBe('');
    expect(read('/dev/null', DENY_ALL)).toBe('');
    expect(read(NOTHING.path, DENY_ALL)).toBe('EPERM');
  });

  test('every node can be made, with CAP_MKNOD', () => {
    const capabilities = ['CAP_MKNOD'];
    expect(runWith(['mknod', '/dev/null2', 'c', '1', '3'], { capabilities })).toBe('');
    expect(runWith(['mknod', '/dev/disk2', 'b', '8', '0'], { capabilities })).toBe('');
    expect(runWith(['mknod', '/dev/null2', 'c', '1', '3'], {})).toBe('EPERM');
  });
});

describe('with rules', () => {
  test('what they allow can be opened', () => {
    expect(read(NOTHING.path, DENY_ALL, rule(true, NOTHING, 'r'))).toBe('ENXIO');
    expect(read(DISK.path, DENY_ALL, rule(true, { type: 'b', major: 8 }, 'rwm'))).not.toBe('EPERM');
    expect(read(NOTHING.path, rule(true, {}, 'rwm'))).toBe('ENXIO');
  });

  test('each access is decided for itself', () => {
    const readOnly = rule(true, NOTHING, 'r');
    expect(read(NOTHING.path, readOnly)).toBe('ENXIO');
    expect(write(NOTHING.path, readOnly)).toBe('EPERM');
    expect(write(NOTHING.path, readOnly, rule(true, NOTHING, 'w'))).toBe('ENXIO');
  });

  test('the last one decides', () => {
    expect(read(NOTHING.path, rule(true, NOTHING, 'rw'), rule(false, NOTHING, 'r'))).toBe('EPERM');
    expect(write(NOTHING.path, rule(true, NOTHING, 'rw'), rule(false, NOTHING, 'r'))).toBe('ENXIO');
    expect(read(NOTHING.path, rule(false, NOTHING, 'r'), rule(true, NOTHING, 'rw'))).toBe('ENXIO');
    expect(read(NOTHING.path, rule(true, NOTHING, 'rw'), DENY_ALL)).toBe('EPERM');
  });

  test('the type and both numbers count', () => {
    expect(read(NOTHING.path, rule(true, { ...NOTHING, type: 'b' }, 'rwm'))).toBe('EPERM');
    expect(read(NOTHING.path, rule(true, { ...NOTHING, major: 2 }, 'rwm'))).toBe('EPERM');
    expect(read(NOTHING.path, rule(true, { ...NOTHING, minor: 198 }, 'rwm'))).toBe('EPERM');
  });

  test('a rule cannot take a default device away', () => {
    expect(write(ZERO.path, rule(false, ZERO, 'rwm'))).toBe('');
  });

  test('making nodes stays allowed', () => {
    expect(runWith(['mknod', '/dev/disk2', 'b', '8', '0'], { capabilities: ['CAP_MKNOD'], rules: [DENY_ALL] })).toBe(
      '',
    );
  });
});
