// The command lines of busctl(1) with which the helper talks to systemd. Every value is one argument of its own, behind `--`: what config.json says
// is never read as an option, and never by a shell.

import type { SystemdFacts } from '../../base/host-facts.js';
import type { Property } from './property.js';

/** The calling user's own manager or the system's; busctl finds a user's by XDG_RUNTIME_DIR or DBUS_SESSION_BUS_ADDRESS. */
export type Manager = Pick<SystemdFacts, 'busctl' | 'user'>;

/** Seconds until busctl gives up. It waits for systemd's answer, not for jobs, so only a systemd that is stuck takes so long. */
const TIMEOUT = 30;

const SERVICE = 'org.freedesktop.systemd1';
const PATH = '/org/freedesktop/systemd1';
const ANY_PROPERTIES = 'a(sv)';

/**
 * StartTransientUnit: `head`, the pid of the scope's first process, `tail`. The answer comes before the scope is there: the pid is moved into
 * its cgroup soon after. A unit of that name that is loaded, running or failed, is an error (UnitExists).
 */
export function startCall(
  unit: string,
  properties: readonly Property[],
  manager: Manager,
): { head: string[]; tail: string[] } {
  const count = String(properties.length + 1);
  // "fail": a job that is already queued for a unit of this name belongs to somebody else.
  const call = callMethod(
    manager,
    'StartTransientUnit',
    `ss${ANY_PROPERTIES}a(s${ANY_PROPERTIES})`,
    unit,
    'fail',
    count,
  );
  return { head: [...call, ...properties.flatMap(encodeProperty), 'PIDs', 'au', '1'], tail: ['0'] };
}

/** AttachProcessesToUnit, to be completed by a pid: that process moves into the unit's cgroup, or into the one of this path below it. */
export function attachCall(unit: string, manager: Manager, below = ''): string[] {
  return callMethod(manager, 'AttachProcessesToUnit', 'ssau', unit, below, '1');
}

/** ResetFailedUnit: systemd forgets a failed unit, which otherwise holds its name. An error if it does not know the unit. */
export function resetCall(unit: string, manager: Manager): string[] {
  return callMethod(manager, 'ResetFailedUnit', 's', unit);
}

/** StopUnit: the answer comes at once, while systemd still ends the processes. An error if it does not know the unit. */
export function stopCall(unit: string, manager: Manager): string[] {
  return callMethod(manager, 'StopUnit', 'ss', unit, 'replace');
}

/** SetUnitProperties for as long as the unit lives: nothing is written below /etc. */
export function setPropertiesCall(unit: string, properties: readonly Property[], manager: Manager): string[] {
  const count = String(properties.length);
  const call = callMethod(manager, 'SetUnitProperties', `sb${ANY_PROPERTIES}`, unit, 'true', count);
  return [...call, ...properties.flatMap(encodeProperty)];
}

function callMethod({ busctl, user }: Manager, method: string, signature: string, ...values: string[]): string[] {
  return [
    busctl,
    user ? '--user' : '--system',
    '--quiet',
    `--timeout=${TIMEOUT}`,
    // Nobody is there who could type a password.
    '--allow-interactive-authorization=no',
    '--',
    'call',
    SERVICE,
    PATH,
    `${SERVICE}.Manager`,
    method,
    signature,
    ...values,
  ];
}

function encodeProperty({ name, signature, values }: Property): string[] {
  return [name, signature, ...values];
}
