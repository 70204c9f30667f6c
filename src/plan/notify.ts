// NOTIFY_SOCKET, sd_notify(3): a caller that waits for the readiness of the container gets word of that, and of nothing else. The scheme
// and its names are runc's, which callers know.

import { addProblem, type CompileContext, type CompileRequest, hasMountNamespace } from './context.js';
import type { Mount } from './mount-entry.js';
import type { Op } from './ops.js';

const DIRECTORY = '/run/notify';

/** Who waits for the readiness: `start` and a detached `run` until it comes, a foreground `run` while it supervises. */
export interface NotifyRequest {
  /** Absolute path of `notify` in the state directory. */
  readonly directory: string;
  readonly awaited: boolean;
}

/** The environment with the address that the program finds the socket at. */
export function addNotifySocket(
  environment: ReadonlyMap<string, string>,
  { notify }: Pick<CompileRequest, 'notify'>,
): ReadonlyMap<string, string> {
  return notify === undefined ? environment : new Map(environment).set('NOTIFY_SOCKET', `${DIRECTORY}/notify.sock`);
}

/** Before the sources of mounts are taken, as it is one of them. */
export function makeNotifyDirectory({ request }: CompileContext): Op[] {
  return request.notify === undefined ? [] : [{ op: 'make-notify-directory' }];
}

/** The directory as a mount: the socket in it is made, and made anew, at `start`. Read-only: a socket can be written to all the same. */
export function listNotifyMounts(context: CompileContext): Mount[] {
  const { notify } = context.request;
  if (notify === undefined) {
    return [];
  }
  if (!hasMountNamespace(context)) {
    addProblem(context, 'linux.namespaces', 'NOTIFY_SOCKET needs a mount namespace: there is none');
    return [];
  }
  return [{ destination: DIRECTORY, source: notify.directory, options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro'] }];
}

/** Before init is released: what the program says first must find somebody. */
export function bindNotifySocket({ request }: CompileContext): Op[] {
  return request.notify === undefined ? [] : [{ op: 'bind-notify-socket' }];
}

/** Last of all. */
export function awaitReady({ request }: CompileContext): Op[] {
  return request.notify?.awaited === true ? [{ op: 'await-ready' }] : [];
}
