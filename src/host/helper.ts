// Gives a plan to the C helper: by becoming it (the command line) or as a child (the library, and Node without process.execve).
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TsrunError } from '../base/errors.js';

/** What the helper is to do with the container whose state directory this is (c/helper.c lists the modes). */
export interface HelperInvocation {
  readonly mode: string;
  readonly stateDirectory: string;
}

export interface HelperOutcome {
  /** Exit status; null when a signal ended the helper. */
  readonly status: number | null;
  readonly signal: string | null;
  /** The helper's record (c/record.c), empty when all went well. */
  readonly record: string;
}

const ENGINE = 'tsrun-engine';

/** The directory that holds tsrun and tsrun-engine: beside the compiled engine, or `bin` of the package. */
function binaryDirectory(): string {
  if (basename(process.execPath) === ENGINE) return dirname(process.execPath);
  return join(import.meta.dirname, '..', '..', 'bin');
}

function helperPath(): string {
  const path = join(binaryDirectory(), 'tsrun');
  if (existsSync(path)) return path;
  throw new TsrunError('HOST_UNSUPPORTED', `cannot find the helper: "${path}" does not exist`, {
    hint: 'install tsrun and tsrun-engine side by side, or run "npm run build"',
  });
}

/** The front's sealed copy of itself, when it made one (c/sealed.c): executing that saves the helper from making its own. */
function sealedHelper(): string | null {
  const fd = process.env.TSRUN_CALLER_SEALED;
  return fd === undefined ? null : `/proc/self/fd/${fd}`;
}

type Execve = (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never;

/**
 * Replaces this process by the helper, and then does not return: on a failure the helper executes the engine again, as `@report`, with
 * `argv`, the user's command line. Where the engine cannot do that (Node 20), runs it as a child and answers its outcome.
 */
export async function handOff(invocation: HelperInvocation, argv: readonly string[]): Promise<HelperOutcome> {
  const execve = (process as { execve?: Execve }).execve;
  if (execve !== undefined && basename(process.execPath) === ENGINE) {
    const engine = `exec=${process.execPath}`;
    const args = ['tsrun', '@helper', invocation.mode, invocation.stateDirectory, engine, ...argv];
    execve(sealedHelper() ?? helperPath(), args, process.env);
  }
  return await runHelper(invocation);
}

/** Runs the helper as a child and collects its record. The child inherits standard input, output and error. */
export async function runHelper(invocation: HelperInvocation): Promise<HelperOutcome> {
  const { spawn } = await import('node:child_process');
  const args = ['@helper', invocation.mode, invocation.stateDirectory, 'fd=3'];
  return await new Promise((resolve, reject) => {
    const child = spawn(helperPath(), args, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdio[3]?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => reject(new TsrunError('HELPER_FAILED', 'cannot run the helper', { cause: error })));
    child.on('close', (status, signal) => resolve({ status, signal, record: Buffer.concat(chunks).toString() }));
  });
}
