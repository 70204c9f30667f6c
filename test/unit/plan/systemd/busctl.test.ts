import { describe, expect, test } from 'vitest';
import { resetCall, setPropertiesCall, startCall, stopCall } from '../../../../src/plan/systemd/busctl.js';
import { bytesProperty, INFINITY, numberProperty, stringProperty } from '../../../../src/plan/systemd/property.js';

const SYSTEM = { busctl: '/usr/bin/busctl', user: false };
const OPTIONS = ['--quiet', '--timeout=30', '--allow-interactive-authorization=no', '--', 'call'];
const MANAGER = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];
const CALL = ['/usr/bin/busctl', '--system', ...OPTIONS, ...MANAGER];

describe('startCall()', () => {
  test('leaves a gap for the pid, the last property', () => {
    const properties = [stringProperty('Slice', '-.slice'), bytesProperty('AllowedCPUs', [1, 128])];
    expect(startCall('a.scope', properties, SYSTEM)).toEqual({
      head: [
        ...CALL,
        ...['StartTransientUnit', 'ssa(sv)a(sa(sv))', 'a.scope', 'fail', '3'],
        ...['Slice', 's', '-.slice', 'AllowedCPUs', 'ay', '2', '1', '128', 'PIDs', 'au', '1'],
      ],
      tail: ['0'],
    });
  });

  test('keeps every value one argument, behind the end of the options', () => {
    const text = '--user "x" $(y)\n; 0 PIDs';
    const { head } = startCall('-a.scope', [stringProperty('Description', text)], SYSTEM);
    expect(head.filter((argument) => argument.includes(text))).toEqual([text]);
    expect(head.indexOf('-a.scope')).toBeGreaterThan(head.indexOf('--'));
    expect(head.indexOf(text)).toBeGreaterThan(head.indexOf('--'));
  });
});

test('setPropertiesCall() changes the running unit only', () => {
  expect(setPropertiesCall('a.scope', [numberProperty('TasksMax', INFINITY)], SYSTEM)).toEqual([
    ...CALL,
    ...['SetUnitProperties', 'sba(sv)', 'a.scope', 'true', '1', 'TasksMax', 't', '18446744073709551615'],
  ]);
});

test('stopCall() and resetCall() name the unit', () => {
  expect(stopCall('a.scope', SYSTEM)).toEqual([...CALL, 'StopUnit', 'ss', 'a.scope', 'replace']);
  expect(resetCall('a.scope', SYSTEM)).toEqual([...CALL, 'ResetFailedUnit', 's', 'a.scope']);
});

test('a user manager is called with --user', () => {
  expect(resetCall('a.scope', { busctl: '/bin/busctl', user: true }).slice(0, 2)).toEqual(['/bin/busctl', '--user']);
});
