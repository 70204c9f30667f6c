// A state root, a bundle, and what it takes to see that nothing is left of a container. Every process that belongs to a rig is known by a
// variable of its environment: the front keeps what begins with TSRUN_, and the bundle gives it to the program.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Bundle, makeBundle, type SpecDraft } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { type CallOptions, newTsrun, type Outcome, type Running, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const TOKEN = 'TSRUN_FAULTS_RIG';

/** FAULTS=all goes to every point instead of a sample. */
export const ALL = process.env.FAULTS === 'all';

/**
 * `kill`, `stop`, what a shell does before one system call is made, or the errno that it fails with; `12+3`: the third call after that is its
 * end.
 */
export type Fault = 'kill' | 'stop' | `do:${string}` | number | `${number}+${number}`;

export interface Point {
  /** In order of birth: 0 is tsrun (front and helper), 1 its first child; or a process that runs already. */
  readonly process: number | `pid=${number}`;
  /** Of the system call, from 1. */
  readonly index: number;
}

export interface FaultyOutcome extends Outcome {
  /** The system call where it happened; null when the process made fewer calls this time. */
  readonly hit: string | null;
  /** Where the second of two faults did. */
  readonly second: string | null;
}

export class Rig {
  readonly tsrun: Tsrun = newTsrun();
  readonly directory = makeTemporary();
  readonly id = this.tsrun.newId();
  readonly bundle: Bundle;
  /** More of the environment of tsrun. */
  env: Readonly<Record<string, string>> = {};
  /** What executes tsrun when a fault is inflicted, such as nsenter(1); it must be the same process in the end. */
  wrapper: readonly string[] = [];
  readonly #injector = join(this.directory, 'inject');

  constructor(
    args: readonly string[] = ['/probe', 'sleep', '60'],
    mutate: (spec: SpecDraft, bundle: Bundle) => void = () => {},
  ) {
    this.bundle = makeBundle({
      args,
      mutate: (spec, bundle) => {
        spec.process.env.push(`${TOKEN}=${this.id}`);
        mutate(spec, bundle);
      },
    });
  }

  /** Paths of files in the state directory of the container. */
  file(name: string): string {
    return join(this.tsrun.root, this.id, name);
  }

  options(options: CallOptions = {}): CallOptions {
    return { ...options, env: { [TOKEN]: this.id, ...this.env, ...options.env } };
  }

  call(...args: string[]): Outcome {
    return this.tsrun.call(args, this.options());
  }

  must(...args: string[]): Outcome {
    return this.tsrun.must(args, this.options());
  }

  spawn(...args: string[]): Running {
    return this.tsrun.spawn(args, this.options());
  }

  createArguments(): string[] {
    return ['create', '--bundle', this.bundle.path, this.id];
  }

  create(): void {
    this.must(...this.createArguments());
  }

  /** Pid and start time of init, as they are recorded. */
  init(): { pid: number; startTime: string } {
    const [pid = '', startTime = ''] = readFileSync(this.file('init'), 'utf8').trim().split(' ');
    return { pid: Number(pid), startTime };
  }

  /** Runs tsrun and lets the fault happen at that system call of that process. */
  inflict({ process, index }: Point, fault: Fault, args: readonly string[]): FaultyOutcome {
    const { calls, ...outcome } = this.#inject(process, index, fault, args);
    return { ...outcome, hit: calls[0] ?? null, second: calls[1] ?? null };
  }

  /** Names of the system calls that the process makes while tsrun does this. */
  record(process: Point['process'], args: readonly string[]): string[] {
    return this.recordOutput(process, args).calls;
  }

  /** As record, with what tsrun printed. */
  recordOutput(process: Point['process'], args: readonly string[]): { calls: string[]; stdout: string } {
    const { calls, status, stdout, stderr } = this.#inject(process, 0, 'kill', args);
    if (status !== 0) throw new Error(`tsrun ${args.join(' ')}: status ${status}: ${stderr}`);
    return { calls, stdout };
  }

  /** As inflict, of the helper on its own, as the library executes it. */
  inflictOnHelper(index: number, fault: Fault, mode: string, stateDirectory: string): FaultyOutcome {
    const { calls, ...outcome } = this.#injectInto(0, index, fault, ['@helper', mode, stateDirectory, 'fd=1']);
    return { ...outcome, hit: calls[0] ?? null, second: calls[1] ?? null };
  }

  /** Names of the system calls that the helper makes. */
  recordHelper(mode: string, stateDirectory: string): string[] {
    return this.#injectInto(0, 0, 'kill', ['@helper', mode, stateDirectory, 'fd=1']).calls;
  }

  #inject(process: Point['process'], index: number, fault: Fault, args: readonly string[]) {
    return this.#injectInto(process, index, fault, ['--root', this.tsrun.root, ...args]);
  }

  #injectInto(process: Point['process'], index: number, fault: Fault, args: readonly string[]) {
    if (!existsSync(this.#injector)) buildInjector(this.#injector);
    const output = join(this.directory, 'calls');
    const [program = this.#injector, ...wrapped] = [...this.wrapper, this.#injector];
    const point = [String(process), String(index), String(fault), output];
    const command = [...wrapped, ...point, TSRUN, ...args];
    const outcome = this.tsrun.execute(program, command, this.options());
    const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean);
    return { ...outcome, calls: lines.map(nameOf) };
  }

  /** Everything that exists of the container: directories, cgroup, mounts, processes. Keyrings are asked for at the end of the ring. */
  leftovers(): string[] {
    const names = existsSync(this.tsrun.root) ? readdirSync(this.tsrun.root) : [];
    // `.seccomp` belongs to no container.
    const own = names.filter((name) => name === this.id || (name.startsWith('.') && name !== '.seccomp'));
    const cgroup = join(cgroupRoot(), this.id);
    const mounts = readText('/proc/self/mountinfo').split('\n');
    const ours = mounts.filter((line) => line.includes(this.bundle.path) || line.includes(this.tsrun.root));
    return [...own, ...(existsSync(cgroup) ? [cgroup] : []), ...ours, ...this.processes()];
  }

  /** `pid name` of processes of this rig, dead ones that nobody has reaped not included. */
  processes(): string[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const own = pids.filter((pid) => readText(`/proc/${pid}/environ`).split('\0').includes(`${TOKEN}=${this.id}`));
    return own.map((pid) => `${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
  }

  /** What a killed command leaves to die takes its moment; `what` says in which case. */
  async expectNothingLeft(what: string): Promise<void> {
    try {
      await waitFor('nothing to be left', () => this.leftovers().length === 0);
    } catch {
      expect(this.leftovers(), what).toEqual([]);
    }
  }

  /** Deletes by force, which has to work whatever there is, and leaves nothing. */
  async expectDeletable(what: string): Promise<void> {
    const { status, stderr } = this.call('delete', '--force', this.id);
    expect({ status, stderr }, what).toEqual({ status: 0, stderr: '' });
    await this.expectNothingLeft(what);
  }

  /** `state` knows the container and its status is valid, or says that there is none; answers the status, or null. */
  expectValidState(what: string): string | null {
    const { status, stdout, stderr } = this.call('state', this.id);
    if (status !== 0) {
      expect(stderr, what).toBe(`tsrun: container "${this.id}" does not exist\n`);
      return null;
    }
    const found = (JSON.parse(stdout) as { status: string }).status;
    expect(['creating', 'created', 'running', 'paused', 'stopped'], what).toContain(found);
    return found;
  }

  /** An error as users see it: status 1, one line and perhaps a hint. */
  expectWorded({ status, stderr }: Outcome, what: string): void {
    expect(stderr, what).toMatch(/^(tsrun: warning: .*\n)*tsrun: .*\n(hint: .*\n)?$/);
    expect(status, what).not.toBe(0);
  }
}

function buildInjector(path: string): void {
  const source = join(import.meta.dirname, 'inject.c');
  execFileSync('gcc', ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-o', path, source]);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

const names = new Map<number, string>();

/** A line of the injector's output as `openat`; prctl(2) is many calls, told from others by its option, and openat2(2) may open the accounts. */
function nameOf(line: string): string {
  const [number, argument, what] = line.split(' ');
  if (names.size === 0) {
    const header = readFileSync('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'latin1');
    for (const [, name, value] of header.matchAll(/^#define __NR_(\w+) (\d+)$/gm)) names.set(Number(value), name ?? '');
  }
  const name = names.get(Number(number)) ?? `system call ${number}`;
  if (what !== undefined) return `${name} ${what}`;
  return name === 'prctl' ? `prctl ${argument}` : name;
}

/** Every `step`-th of 1…count, beginning at `offset`; all of them with FAULTS=all. */
export function sample(count: number, step: number, offset = 0): number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  return ALL ? all : all.filter((index) => index % step === offset % step);
}

/** What is written into a file by somebody else, once it is there. */
export async function awaitFile(path: string): Promise<string> {
  return await waitFor(path, () => existsSync(path) && readFileSync(path, 'utf8').trim());
}
