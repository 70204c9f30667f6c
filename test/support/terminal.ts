// Terminals of the host: one that a command runs on, and one that a console socket has received. The probe holds them (test/probe/terminal.c).
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { PROBE, TSRUN } from './paths.js';
import { makeTemporary } from './temporary.js';
import type { Tsrun } from './tsrun.js';
import { waitFor } from './wait-for.js';

/** Whether the terminal hands every byte on as it is: no lines, no echo, no signals, no change of what is written. */
export type Modes = 'raw' | 'as opened' | 'other';

export interface Terminal {
  /** Everything that it has shown so far. */
  readonly shown: () => string;
  readonly bytes: () => Buffer;
  /** Waits until it has shown a text. */
  readonly sees: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  readonly typeFile: (path: string) => void;
  readonly resize: (rows: number, columns: number) => Promise<void>;
  readonly modes: () => Promise<Modes>;
  /** No longer reads what is written to it, and again. */
  readonly stop: () => void;
  readonly resume: () => void;
  readonly hangUp: () => Promise<void>;
}

export interface Ended {
  /** Exit status, or the signal as a negative number. */
  readonly status: number;
  /** What the command left the terminal as. */
  readonly modes: Modes;
  readonly shown: string;
}

export interface TerminalRun extends Terminal {
  /** Of the command. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export interface Window {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** `tsrun --root ROOT ARGS` on a terminal of 24 by 80; killed at the end of the test if it has not ended. */
export async function runOnTerminal(tsrun: Tsrun, args: readonly string[], window: Window = {}): Promise<TerminalRun> {
  return await startOnTerminal([TSRUN, '--root', tsrun.root, ...args], window);
}

/** A shell script on a terminal, in which `"$@"` is tsrun with these arguments. */
export async function runScriptOnTerminal(
  script: string,
  tsrun: Tsrun,
  args: readonly string[],
  window: Window = {},
): Promise<TerminalRun> {
  return await startOnTerminal(['/bin/sh', '-c', script, 'sh', TSRUN, '--root', tsrun.root, ...args], window);
}

/** Any command on a terminal; killed at the end of the test if it has not ended. */
export async function startOnTerminal(
  command: readonly string[],
  { rows = 24, columns = 80, env = {} }: Window,
): Promise<TerminalRun> {
  const probe = startProbe(['run-in-terminal', String(rows), String(columns), ...command], env);
  const pid = Number(await probe.answer('pid'));
  onTestFinished(async () => {
    if (probe.child.exitCode === null) killIfThere(pid);
    await probe.closed;
  });
  const ended = probe.closed.then(() => {
    const status = Number(probe.answers('ended')[0]);
    return { status, modes: readModes(probe.answers('modes').at(-1)), shown: probe.bytes().toString() };
  });
  return { ...terminalOf(probe), pid, ended };
}

/** Has the shell on a terminal wait until it has this size, which managers set when the shell runs already. */
export async function seeSize(terminal: Terminal, rows: number, columns: number): Promise<void> {
  const size = `${rows} ${columns}`;
  terminal.type(`until [ "$(stty size 2>/dev/null)" = "${size}" ]; do sleep 0.1; done; echo size $(stty size)\n`);
  await terminal.sees(`size ${size}\r`);
}

export interface Received extends Terminal {
  readonly socket: string;
  /** `DESCRIPTORS NAME` of the one message that came. */
  readonly received: () => Promise<string>;
  /** Waits until the other side has closed the socket. */
  readonly closed: () => Promise<void>;
  /** Waits until nobody has the terminal open any more. */
  readonly hungUp: () => Promise<void>;
  /** Ends whoever listens; the socket stays. */
  readonly abandon: () => Promise<void>;
}

/** Listens at a console socket. */
export async function receiveTerminal(socket = join(makeTemporary(), 'console.sock')): Promise<Received> {
  const probe = startProbe(['receive-terminal', socket], {});
  const abandon = async () => {
    probe.child.kill('SIGKILL');
    await probe.closed;
  };
  onTestFinished(abandon);
  await probe.answer('listening');
  return {
    ...terminalOf(probe),
    socket,
    received: () => probe.answer('received'),
    closed: async () => void (await probe.answer('closed')),
    hungUp: async () => void (await probe.answer('hang-up')),
    abandon,
  };
}

interface Probe {
  readonly child: ChildProcess;
  readonly bytes: () => Buffer;
  /** What follows this word, of each answer that begins with it. */
  readonly answers: (word: string) => string[];
  /** The same of the first that there is, or of number `index`. */
  readonly answer: (word: string, index?: number) => Promise<string>;
  readonly command: (line: string) => void;
  readonly closed: Promise<void>;
}

function startProbe(args: readonly string[], env: Readonly<Record<string, string>>): Probe {
  const child = spawn(PROBE, args, {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  const chunks: Buffer[] = [];
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  (child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
    text += chunk;
  });
  // A command that comes when it has ended is of no use to anybody.
  (child.stdin as Writable).on('error', () => {});
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const answers = (word: string) =>
    [...text.matchAll(new RegExp(`^${word}(?: (.*))?\\n`, 'gm'))].map((match) => match[1] ?? '');
  return {
    child,
    bytes: () => Buffer.concat(chunks),
    answers,
    answer: async (word, index = 0) =>
      (await waitFor(`"${word}"`, () => answers(word).slice(index, index + 1)[0] ?? null)) ?? '',
    command: (line) => void child.stdin?.write(`${line}\n`),
    closed,
  };
}

function terminalOf(probe: Probe): Terminal {
  const ask = async (line: string, word: string) => {
    const index = probe.answers(word).length;
    probe.command(line);
    return await probe.answer(word, index);
  };
  const shown = () => probe.bytes().toString();
  return {
    shown,
    bytes: probe.bytes,
    sees: async (text) => {
      await waitFor(`${JSON.stringify(text)} on the terminal`, () => shown().includes(text)).catch((error: Error) => {
        throw new Error(`${error.message}; it shows ${JSON.stringify(shown().slice(-500))}`);
      });
    },
    type: (text) => probe.command(`write ${Buffer.from(text).toString('hex')}`),
    typeFile: (path) => probe.command(`write-file ${path}`),
    resize: async (rows, columns) => void (await ask(`size ${rows} ${columns}`, 'size')),
    modes: async () => readModes(await ask('modes', 'modes')),
    stop: () => probe.command('stop'),
    resume: () => probe.command('continue'),
    hangUp: async () => void (await ask('hang-up', 'hung-up')),
  };
}

// termios(3), of Linux: OPOST; ISIG, ICANON, ECHO. A pseudoterminal is opened with all of them.
const OPOST = 0o1;
const ISIG_ICANON_ECHO = 0o1 | 0o2 | 0o10;
const AS_OPENED = '500 5 bf 8a3b';

function readModes(text: string | undefined): Modes {
  const [, output = 0, , local = 0] = (text ?? '').split(' ').map((word) => Number.parseInt(word, 16));
  if (text === AS_OPENED) return 'as opened';
  return (output & OPOST) === 0 && (local & ISIG_ICANON_ECHO) === 0 ? 'raw' : 'other';
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
