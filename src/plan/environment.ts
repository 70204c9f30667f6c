// process.env: what the program gets, and where it is searched for. The runtime's own environment is never looked at.

import type { SpecProblem } from '../base/errors.js';
import type { Spec } from '../spec/types.js';
import type { ProgramContext, ProgramRequest } from './context.js';
import type { Op } from './ops.js';

// What execvp(3) would search in; the default of Docker's images as well.
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Each name once, in the order of first appearance, with its last value. What is no `name=value` is added to `problems`. */
export function readEnvironment(
  spec: Spec,
  { listenFds, listenNames }: Pick<ProgramRequest, 'listenFds' | 'listenNames'>,
  problems: SpecProblem[],
): ReadonlyMap<string, string> {
  const env = spec.process?.env ?? [];
  const values = new Map<string, string>();
  for (let index = 0; index < env.length; index += 1) {
    const entry = env[index] as string;
    const equals = entry.indexOf('=');
    if (equals <= 0) {
      problems.push({ path: `process.env[${index}]`, message: 'must be NAME=value' });
    } else {
      values.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }
  if (listenFds > 0) {
    values.set('LISTEN_FDS', String(listenFds));
    if (listenNames !== undefined) {
      values.set('LISTEN_FDNAMES', listenNames);
    }
  }
  return values;
}

/** The environment as the list that execve(2) takes. */
export function listEnvironment({ environment }: Pick<ProgramContext, 'environment'>): string[] {
  const list: string[] = [];
  for (const [name, value] of environment) {
    list.push(`${name}=${value}`);
  }
  return list;
}

/** An empty HOME counts as none: set-home adds the one of the container's passwd. */
export function setEnvironment(context: ProgramContext): Op[] {
  const env = listEnvironment(context);
  const set: Op = { op: 'set-environment', env: hasHome(context) ? env : env.filter((entry) => entry !== 'HOME=') };
  // sd_listen_fds(3): who is not named there leaves the descriptors alone. Only the process itself knows its pid in the container.
  return context.request.listenFds > 0 ? [set, { op: 'set-listen-pid' }] : [set];
}

export function setHome(context: ProgramContext): Op[] {
  const uid = context.request.account === undefined ? (context.spec.process?.user?.uid ?? 0) : 'found';
  return hasHome(context) ? [] : [{ op: 'set-home', uid }];
}

export function findExecutable(context: ProgramContext, name: string): Op[] {
  return [{ op: 'find-executable', name, search: context.environment.get('PATH') ?? DEFAULT_PATH }];
}

function hasHome({ environment }: ProgramContext): boolean {
  return (environment.get('HOME') ?? '') !== '';
}
