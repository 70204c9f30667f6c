// process.terminal and process.consoleSize: the container's terminal, or else the streams that the program has from its caller. In two
// parts, as a terminal is opened where the container's filesystems are at hand, and taken where the program gets its identity.

import { type CompileContext, hasMountNamespace, type ProgramContext, takeSlot } from './context.js';
import type { Op } from './ops.js';

/** First of all: nothing has been done when nobody listens. */
export function openConsoleSocket({ request }: ProgramContext): Op[] {
  const path = request.consoleSocket;
  return path === undefined ? [] : [{ op: 'open-console-socket', path }];
}

/** In the container's mount namespace, while its root is not sealed yet; empty without process.terminal. */
export function openTerminal({ spec }: ProgramContext): Op[] {
  const { terminal, consoleSize } = spec.process ?? {};
  return terminal === true
    ? [{ op: 'open-terminal', rows: consoleSize?.height ?? 0, columns: consoleSize?.width ?? 0 }]
    : [];
}

/** The terminal on /dev/console, over what config.json has mounted there, as with runc; nowhere without a mount namespace, which would be the host's. */
export function attachConsole(context: CompileContext): Op[] {
  if (context.spec.process?.terminal !== true || !hasMountNamespace(context)) {
    return [];
  }
  const slot = takeSlot(context, 'process.terminal');
  return [
    { op: 'clone-terminal', slot },
    { op: 'attach', slot, target: '/dev/console', how: 'nofollow' },
  ];
}

/** As root: the program's user owns its terminal, or the streams of its caller, and can open /dev/stderr by that. */
export function takeStreams({ spec, request }: ProgramContext): Op[] {
  const uid = request.account === undefined ? (spec.process?.user?.uid ?? 0) : 'found';
  return [{ op: spec.process?.terminal === true ? 'use-terminal' : 'own-streams', uid }];
}

/** Runtime side, when init has its terminal: the other side goes to who is to serve it. */
export function handOverTerminal({ spec, request }: ProgramContext): Op[] {
  if (spec.process?.terminal !== true) {
    return [];
  }
  return [{ op: request.consoleSocket === undefined ? 'relay-terminal' : 'send-terminal' }];
}
