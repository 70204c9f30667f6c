// kill: sends a signal to a container. The helper does it through a pidfd, after a check of the start time: a reused pid is never hit.
import { constants } from 'node:os';
import { parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import type { HelperInvocation } from '../host/helper.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';
import { sharesPidNamespace } from '../state/summary.js';

const MAX_SIGNAL = 64;

/**
 * Number of a signal given as `TERM`, `SIGTERM`, `sigterm` or `15`.
 * @throws TsrunError USAGE when there is no such signal.
 */
export function parseSignal(text: string): number {
  if (/^[0-9]{1,3}$/.test(text) && Number(text) <= MAX_SIGNAL) return Number(text);
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const number = (constants.signals as Record<string, number | undefined>)[name] ?? parseRealTime(name);
  if (number !== undefined) return number;
  throw new TsrunError('USAGE', `unknown signal ${JSON.stringify(text)}`, {
    hint: 'give a name such as TERM or SIGTERM, or a number from 0 to 64',
  });
}

/** signal(7): SIGRTMIN to SIGRTMAX are 34 to 64 for programs linked to glibc; `SIGRTMIN+3` is systemd's halt. */
function parseRealTime(name: string): number | undefined {
  const match = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (!match) return undefined;
  const offset = Number(match[3] ?? '0') * (match[2] === '-' ? -1 : 1);
  const number = (match[1] === 'MIN' ? 34 : MAX_SIGNAL) + offset;
  return number >= 34 && number <= MAX_SIGNAL ? number : undefined;
}

/**
 * Checks that the container can be signalled and answers what the helper has to do; null when `all` was asked of a stopped container, which
 * has nobody left to signal.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT.
 */
export function prepareKill(root: string, idText: string, signal: number, all: boolean): HelperInvocation | null {
  const id = parseContainerId(idText);
  const { status, record } = readSnapshot(root, id);
  if (status === 'stopped' || status === 'creating') {
    if (all && status === 'stopped') return null;
    throw new TsrunError('CONTAINER_STATUS', `cannot kill container "${id}": container not running`, {
      hint: `its status is ${status}`,
    });
  }
  // As with runc: KILL of a container that shares its pid namespace goes to the whole cgroup.
  const everyone = all || (signal === constants.signals.SIGKILL && sharesPidNamespace(record));
  return { mode: `${everyone ? 'kill-all' : 'kill'}=${signal}`, stateDirectory: containerDirectory(root, id) };
}
