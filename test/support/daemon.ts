// Daemons of managers: started for a file of tests, and ended with it.
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.js';

export interface Daemon {
  /** What it has written to its log. */
  readonly log: () => string;
  /** Asks it to end, and waits until it has. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a daemon that writes to the file `log`, and waits until `isReady` says that it can be used.
 * @throws Error with the end of its log when it ends before.
 */
export async function startDaemon(
  command: readonly [string, ...string[]],
  log: string,
  isReady: () => Promise<boolean>,
): Promise<Daemon> {
  const file = openSync(log, 'a');
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', file, file] });
  let hasEnded = false;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      hasEnded = true;
      resolve();
    });
  });
  const read = () => readFileSync(log, 'utf8');
  await waitFor(`${program} to be ready`, async () => {
    if (hasEnded) throw new Error(`${program} has ended:\n${read().slice(-2000)}`);
    return await isReady();
  });
  return {
    log: read,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
