// Which terminal a command may be asked for: the rule, and the words, are runc's (callers match them).
import { TsrunError } from '../base/errors.js';
import type { Process } from '../spec/types.js';

export interface TerminalManner {
  /** True if the command ends while the program runs: create, and run and exec with --detach. */
  readonly detached: boolean;
  /** Absolute path of the socket that gets the terminal. */
  readonly consoleSocket: string | undefined;
}

/**
 * Holds that a terminal has somebody to serve it: a command in the foreground, or who listens at the console socket.
 * @throws TsrunError USAGE.
 */
export function checkTerminal(process: Process | undefined, { detached, consoleSocket }: TerminalManner): void {
  const terminal = process?.terminal === true;
  if (detached && terminal && consoleSocket === undefined) {
    throw new TsrunError('USAGE', 'cannot allocate tty if runc will detach without setting console socket', {
      hint: 'it asks for a terminal: give --console-socket, or run it in the foreground',
    });
  }
  if ((!detached || !terminal) && consoleSocket !== undefined) {
    throw new TsrunError('USAGE', 'cannot use console socket if runc will not detach or allocate tty', {
      hint: terminal
        ? 'in the foreground tsrun serves the terminal itself'
        : '--console-socket is for a process.terminal of true',
    });
  }
}
