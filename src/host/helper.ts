// Gives a plan to the C helper: to the front that waits for it (the command line), or to a child (the library).
import { closeSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { TsrunError } from '../base/errors.js';
import { writeAll } from './files.js';

/** What the helper is to do with the container whose state directory this is (c/helper.c lists the modes). */
export interface HelperInvocation {
  readonly mode: string;
  readonly stateDirectory: string;
  /** Of an exec: the plan, which is kept nowhere. Of others the state directory has it. */
  readonly plan?: string | undefined;
  /** What can be done while the helper is at work already; it never throws. */
  readonly afterwards?: (() => Promise<void>) | undefined;
  /** The socket that waits for the readiness of the container; the front has it in its environment. */
  readonly notifySocket?: string | undefined;
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

/** @throws TsrunError HOST_UNSUPPORTED where it is not installed. */
export function helperPath(): string {
  const path = join(binaryDirectory(), 'tsrun');
  if (existsSync(path)) return path;
  throw new TsrunError('HOST_UNSUPPORTED', `cannot find the helper: "${path}" does not exist`, {
    hint: 'install tsrun and tsrun-engine side by side, or run "npm run build"',
  });
}

/**
 * Leaves the container to the front, which has waited for this and becomes the helper: this process ends, and the command with the
 * helper's status. On a failure the helper executes the engine again, as `@report`, with the user's command line. Without the front
 * (Node in a checkout) the helper is run as a child and its outcome answered.
 */
export async function handOff(invocation: HelperInvocation): Promise<HelperOutcome> {
  const pipe = process.env.TSRUN_CALLER_HANDOFF;
  if (pipe === undefined) return await runHelper(invocation);
  writeAll(Number(pipe), Buffer.from(`${invocation.mode}\0${invocation.stateDirectory}\0${invocation.plan ?? ''}`));
  // The end of the plan is the end of the pipe, and the exit takes longer.
  closeSync(Number(pipe));
  await invocation.afterwards?.();
  process.exit(0);
}

/** A helper that ends before it has read all says why in its record. */
function sendPlan(pipe: Writable, plan: string): void {
  pipe.on('error', () => {});
  pipe.end(plan);
}

/** A NOTIFY_SOCKET of this process is its own, and says nothing about a container. */
function helperEnvironment({ notifySocket }: HelperInvocation): NodeJS.ProcessEnv {
  const { NOTIFY_SOCKET: _, ...env } = process.env;
  return notifySocket === undefined ? env : { ...env, NOTIFY_SOCKET: notifySocket };
}

/** Runs the helper as a child and collects its record. The child inherits standard input, output and error. */
export async function runHelper(invocation: HelperInvocation): Promise<HelperOutcome> {
  const { spawn } = await import('node:child_process');
  const { plan } = invocation;
  const mode = plan === undefined ? invocation.mode : `${invocation.mode}=4`;
  const args = ['@helper', mode, invocation.stateDirectory, 'fd=3'];
  return await new Promise((resolve, reject) => {
    const stdio = ['inherit', 'inherit', 'inherit', 'pipe', ...(plan === undefined ? [] : ['pipe' as const])] as const;
    const child = spawn(helperPath(), args, { stdio: [...stdio], env: helperEnvironment(invocation) });
    if (plan !== undefined) sendPlan(child.stdio[4] as Writable, plan);
    const pipe = child.stdio[3] as Readable;
    const chunks: Buffer[] = [];
    pipe.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Bun tells of the end of a child before it has told of all that is in a pipe beyond the third, so that is waited for as well.
    const drained = new Promise<void>((done) => pipe.once('close', () => done()));
    child.on('error', (error) => reject(new TsrunError('HELPER_FAILED', 'cannot run the helper', { cause: error })));
    child.on('close', (status, signal) => {
      void drained.then(() => resolve({ status, signal, record: Buffer.concat(chunks).toString() }));
    });
  });
}
