// Words what the helper reports. The helper only knows lines, system calls and errno; every word a user reads about them is made here.
import { constants } from 'node:os';
import { TsrunError } from '../base/errors.js';
import { readKernelFile } from '../host/files.js';
import { countLoggedOomKills } from '../host/kernel-log.js';
import { decodeOp } from '../plan/decode.js';
import type { Op } from '../plan/ops.js';
import { describeCause } from './cause-words.js';
import { describeAction } from './op-words.js';
import { hintFor } from './step-hints.js';

/** One failed step, as c/record.c writes it. */
export interface FailedStep {
  readonly kind: 'failure' | 'cleanup' | 'warning';
  /** Line of the plan, 0 where there is none. */
  readonly line: number;
  /** System call, or the condition that did not hold. */
  readonly call: string;
  /** 0 when no system call failed. */
  readonly errno: number;
  readonly detail: string;
  readonly op: Op | null;
}

export interface HelperReport {
  readonly failure: FailedStep | null;
  readonly cleanups: readonly FailedStep[];
  readonly warnings: readonly FailedStep[];
  /** The signal that ended init while the helper waited for it. */
  readonly deathSignal: number | null;
  /** What the container's cgroup tells of its memory, where that ran short. */
  readonly memory: MemoryShortage | null;
}

/** memory.max as the kernel writes it, and counts of memory.events (cgroup-v2.rst, "Memory Interface Files"). */
export interface MemoryShortage {
  readonly limit: string;
  /** How often an allocation failed because of a limit of this cgroup or one below. */
  readonly outOfMemory: number;
  /** How many processes the kernel killed, whosever limit it was; -1: not known, the cgroup had no count or was gone. */
  readonly killed: number;
  /** Path of the cgroup in the cgroup2 tree. */
  readonly cgroup: string;
}

/** Reads the helper's record. */
export function parseReport(text: string): HelperReport {
  const steps: FailedStep[] = [];
  let deathSignal: number | null = null;
  let memory: MemoryShortage | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const fields = line.split('\t').map(unescapeField);
    if (fields[0] === 'death') deathSignal = Number(fields[1]);
    else if (fields[0] === 'memory') memory = parseMemory(fields);
    else steps.push(parseStep(fields));
  }
  return {
    failure: steps.find(({ kind }) => kind === 'failure') ?? null,
    cleanups: steps.filter(({ kind }) => kind === 'cleanup'),
    warnings: steps.filter(({ kind }) => kind === 'warning'),
    deathSignal,
    memory,
  };
}

function parseMemory([, limit = '', outOfMemory = '0', killed = '0', cgroup = '']: readonly string[]): MemoryShortage {
  return { limit, outOfMemory: Number(outOfMemory), killed: Number(killed), cgroup };
}

function parseStep(fields: readonly string[]): FailedStep {
  const [kind = 'failure', line = '0', call = '', errno = '0', detail = '', op = ''] = fields;
  return {
    kind: kind as FailedStep['kind'],
    line: Number(line),
    call,
    errno: Number(errno),
    detail,
    op: parseOp(op, Number(line)),
  };
}

/** The record holds the first bytes of a plan line; a longer one cannot be decoded, and is then worded without its fields. */
function parseOp(text: string, line: number): Op | null {
  if (text === '') return null;
  try {
    return decodeOp(text, line);
  } catch (error) {
    if (error instanceof TsrunError) return null;
    throw error;
  }
}

function unescapeField(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ({ t: '\t', n: '\n', r: '\r' })[letter] ?? letter);
}

/**
 * Bytes: with this memory.max a container can be created, whatever its program then needs. Measured: test/conformance/cgroup shows that it is
 * enough, and that much less is not.
 */
export const SMALLEST_MEMORY_LIMIT = 524288;

/** What the user wanted done, for the first words of an error: `create`, `start`, … and the container's id. */
export interface Undertaking {
  readonly verb: string;
  readonly id: string;
}

/** The error that a report of a failure amounts to. */
export function reportError(report: HelperReport, undertaking: Undertaking): TsrunError {
  const { failure, deathSignal } = report;
  const begin = beginOf(undertaking);
  const details = { plan: failure?.op ?? null, line: failure?.line, call: failure?.call, errno: failure?.errno };
  const left = report.cleanups.map((step) => describeStep(step));
  const hint = left.length > 0 ? `cleaning up failed too: ${left.join('; ')}` : undefined;
  if (failure === null) {
    return new TsrunError('HELPER_DIED', `${begin}: the helper ended without an answer`, { hint, details });
  }
  const memory = completeMemory(report);
  if (memory !== null && isMemoryFailure(failure, memory)) {
    return new TsrunError('HELPER_FAILED', `${begin}: ${describeShortage(failure, memory)}`, {
      hint: hint ?? shortageHint(memory),
      details: { ...details, memory },
    });
  }
  if (deathSignal !== null && failure.call === 'died') {
    const name = signalName(deathSignal);
    return new TsrunError('HELPER_DIED', `${begin}: its init was killed by ${name}`, {
      hint: hint ?? deathHint(name),
      details,
    });
  }
  const code =
    failure.op?.op === 'run-hook' || failure.op?.op === 'run-container-hook' ? 'HOOK_FAILED' : codeOf(failure);
  return new TsrunError(code, `${begin}: ${describeStep(failure)}`, { hint: hint ?? hintFor(failure), details });
}

/** An exec concerns a process in the container, not the container. */
function beginOf({ verb, id }: Undertaking): string {
  return verb === 'exec' ? `cannot exec in container "${id}"` : `cannot ${verb} container "${id}"`;
}

/** Seconds: a helper reports the end of init at once. */
const RECENT = 30;

/** systemd removes the cgroup of a scope, with its counts, as soon as its init is dead: then the kernel's log is asked. */
function completeMemory({ memory, deathSignal }: HelperReport): MemoryShortage | null {
  if (memory === null || memory.killed >= 0) return memory;
  if (deathSignal !== constants.signals.SIGKILL || memory.cgroup === '') return null;
  const killed = countLoggedOomKills(memory.cgroup, secondsSinceBoot() - RECENT);
  return { ...memory, killed, outOfMemory: killed };
}

function secondsSinceBoot(): number {
  return Number.parseFloat(readKernelFile('/proc/uptime') ?? '0');
}

/** Init was killed, or a system call got no memory, while the limits of the cgroup had their effect. */
function isMemoryFailure({ call, errno }: FailedStep, { killed }: MemoryShortage): boolean {
  return (killed > 0 && call === 'died') || errno === constants.errno.ENOMEM;
}

/** Where a limit of its own was reached that is named; otherwise it was one above, or the host's memory. */
function describeShortage(failure: FailedStep, { limit, outOfMemory, killed }: MemoryShortage): string {
  const what = killed > 0 ? 'its init was OOM-killed' : `${describeAction(failure)}: it ran out of memory`;
  if (limit === 'max' || outOfMemory === 0) return `${what}: a cgroup above its own, or the host, has no memory left`;
  return `${what}: linux.resources.memory.limit is ${limit} bytes`;
}

function shortageHint({ limit, outOfMemory }: MemoryShortage): string | undefined {
  if (limit === 'max' || outOfMemory === 0) return undefined;
  return `making a container takes up to ${SMALLEST_MEMORY_LIMIT} bytes: set the limit to that, and to what its program needs beside it`;
}

function codeOf(failure: FailedStep): 'CONTAINER_STATUS' | 'HOST_UNSUPPORTED' | 'HELPER_FAILED' {
  if (failure.errno === 0 && (failure.call === 'stopped' || failure.call === 'running')) return 'CONTAINER_STATUS';
  return failure.errno === constants.errno.ENOSYS ? 'HOST_UNSUPPORTED' : 'HELPER_FAILED';
}

function deathHint(signal: string): string | undefined {
  return signal === 'SIGKILL' ? 'the kernel kills it when memory runs out: see dmesg' : undefined;
}

/** `SIGKILL` for 9. */
export function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found ? found[0] : `signal ${number}`;
}

/** One sentence about a failed step: what was tried, what happened. */
export function describeStep(step: FailedStep): string {
  const action = describeAction(step);
  const cause = describeCause(step);
  return cause === '' ? action : `${action}: ${cause}`;
}
