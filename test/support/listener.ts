// A peer on the host for a socket that tsrun is told of: the probe, as Node has no datagrams and no descriptors in messages.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PROBE } from './paths.js';
import { makeTemporary } from './temporary.js';
import { waitFor } from './wait-for.js';

/** A message: its text, and of each descriptor in it the process that it is a pidfd of, or -1. */
export interface Message {
  readonly text: string;
  readonly pids: readonly number[];
}

export interface Listener {
  readonly address: string;
  /** Ends its standard input: what `receive-pidfd` waits for with a signal. */
  readonly release: () => void;
  readonly messages: () => Message[];
  readonly ended: Promise<number | null>;
}

/** `probe receive-pidfd`: one peer, and `signal` (0: none) through each pidfd that it sends, once released. */
export async function receivePidfd(signal = 0, address = join(makeTemporary(), 'pidfd.sock')): Promise<Listener> {
  return await listen(address, ['receive-pidfd', address, String(signal)]);
}

/**
 * `probe seccomp-agent`: one peer with a listener; calls of that number get the error of that number, all others go on. Its first message is
 * the state of the container's process, each other one `call NUMBER`.
 */
export async function superviseCalls(
  number: string,
  error: number,
  address = join(makeTemporary(), 'agent.sock'),
): Promise<Listener> {
  return await listen(address, ['seccomp-agent', address, number, String(error)]);
}

/** `probe listen`: datagrams, as the service manager that sd_notify(3) speaks to. With `hold` it never answers a barrier. */
export async function receiveNotifications({
  address = join(makeTemporary(), 'notify.sock'),
  hold = false,
} = {}): Promise<Listener> {
  return await listen(address, ['listen', address, hold ? 'hold' : 'release']);
}

async function listen(address: string, args: readonly string[]): Promise<Listener> {
  // A file, not a pipe: a test reads it while it waits for nothing.
  const path = join(makeTemporary(), 'messages');
  const file = openSync(path, 'w');
  const child = spawn(PROBE, args, { stdio: ['pipe', file, 'inherit'] });
  closeSync(file);
  const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const ended = new Promise<number | null>((resolve) => child.on('exit', (status) => resolve(status)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await waitFor('the listener', () => lines()[0] === 'listening');
  const messages = () =>
    lines()
      .slice(1)
      .map((line) => JSON.parse(line) as Message);
  return { address, release: () => child.stdin?.end(), ended, messages };
}
