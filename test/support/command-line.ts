// A manager as its users call it: a command with the flags and the environment that every call of it has.
import { spawn } from 'node:child_process';
import { startOnTerminal, type TerminalRun } from './terminal.js';
import type { Outcome } from './tsrun.js';

/** In milliseconds. A manager takes seconds in the virtual machine, and more where its host is busy. */
const PATIENCE = 120_000;

/** A size that nothing has by default. */
export const TERMINAL_SIZE = { rows: 31, columns: 97 };

export class CommandLine {
  readonly #program: string;
  readonly #flags: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;

  /** `flags` come before the arguments of each call, `environment` is added to this process's. */
  constructor(program: string, flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
    this.#program = program;
    this.#flags = flags;
    this.#environment = environment;
  }

  /** The same command with further flags. */
  with(...flags: readonly string[]): CommandLine {
    return new CommandLine(this.#program, [...this.#flags, ...flags], this.#environment);
  }

  /** Runs the command to its end, with `input` on its standard input. */
  async call(args: readonly string[], input = ''): Promise<Outcome> {
    const child = spawn(this.#program, [...this.#flags, ...args], {
      env: { ...process.env, ...this.#environment },
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    // A command that ends without reading its input is no error here.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve({ status, signal, stdout: stdout(), stderr: stderr() }));
    });
  }

  /**
   * As call; answers standard output without white space around it.
   * @throws Error with the command and all that it said, when its status is not 0.
   */
  async must(...args: readonly string[]): Promise<string> {
    const { status, signal, stdout, stderr } = await this.call(args);
    if (status !== 0) {
      throw new Error(`${this.#program} ${args.join(' ')}: ${signal ?? `status ${status}`}: ${stderr}${stdout}`);
    }
    return stdout.trim();
  }

  /** Runs the command on a terminal of TERMINAL_SIZE. */
  async onTerminal(...args: readonly string[]): Promise<TerminalRun> {
    return await startOnTerminal([this.#program, ...this.#flags, ...args], {
      ...TERMINAL_SIZE,
      env: this.#environment,
    });
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
