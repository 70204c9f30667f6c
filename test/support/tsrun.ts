// The built tsrun, called as users call it, with a state root of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cgroupRoot } from './host.js';
import { TSRUN } from './paths.js';
import { makeTemporary, ringName } from './temporary.js';

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly uid?: number;
  /** Descriptors from 3 on; `ignore` leaves a number closed. */
  readonly passed?: readonly (number | 'ignore')[];
}

/** A command that still runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has written to standard output so far. */
  readonly stdout: () => string;
  readonly ended: Promise<Outcome>;
}

let ids = 0;

/** A state root, and tsrun on it. At the end of the test every container of it is deleted by force. */
export function newTsrun(): Tsrun {
  const tsrun = new Tsrun(makeTemporary());
  onTestFinished(() => tsrun.cleanUp());
  return tsrun;
}

export class Tsrun {
  /** The state root. It does not exist before the first container. */
  readonly root: string;
  readonly #directory: string;
  #calls = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.root = join(directory, 'state');
  }

  /** An id that no other test has: its cgroup bears the same name. */
  newId(): string {
    ids += 1;
    return `test-${ringName()}-${process.pid}-${ids}`;
  }

  /** Runs `tsrun --root ROOT …` to its end. */
  call(args: readonly string[], options: CallOptions = {}): Outcome {
    return this.execute(TSRUN, ['--root', this.root, ...args], options);
  }

  /** As call, but a failure is an error of the test. */
  must(args: readonly string[], options: CallOptions = {}): Outcome {
    const outcome = this.call(args, options);
    if (outcome.status !== 0) {
      throw new Error(`tsrun ${args.join(' ')}: status ${outcome.status}: ${outcome.stderr}${outcome.stdout}`);
    }
    return outcome;
  }

  /** Runs a shell script in which `"$@"` is tsrun with these arguments. */
  callFrom(script: string, args: readonly string[], options: CallOptions = {}): Outcome {
    return this.execute('/bin/sh', ['-c', script, 'sh', TSRUN, '--root', this.root, ...args], options);
  }

  /** Standard output and error are files: a container that goes on keeps them open, and a pipe would never end. */
  execute(program: string, args: readonly string[], options: CallOptions = {}): Outcome {
    const files = this.#openFiles();
    try {
      const { status, signal, error } = spawnSync(program, args, {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        input: options.input ?? '',
        stdio: ['pipe', files.out, files.err, ...(options.passed ?? [])],
        timeout: 30_000,
        killSignal: 'SIGKILL',
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      });
      if (error !== undefined) throw error;
      return { status, signal, ...files.read() };
    } finally {
      files.close();
    }
  }

  /** Starts `tsrun --root ROOT …`; it is killed at the end of the test if it has not ended. */
  spawn(args: readonly string[], options: CallOptions = {}): Running {
    return this.#start(TSRUN, ['--root', this.root, ...args], options);
  }

  /** As spawn, of a shell script in which `exec "$@"` is tsrun with these arguments. */
  spawnFrom(script: string, args: readonly string[], options: CallOptions = {}): Running {
    return this.#start('/bin/sh', ['-c', script, 'sh', TSRUN, '--root', this.root, ...args], options);
  }

  /** As spawn, of any program. */
  spawnProgram(program: string, args: readonly string[], options: CallOptions = {}): Running {
    return this.#start(program, args, options);
  }

  #start(program: string, args: readonly string[], options: CallOptions): Running {
    const files = this.#openFiles();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', files.out, files.err, ...(options.passed ?? [])],
    });
    const ended = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (status, signal) => {
        resolve({ status, signal, ...files.read() });
        files.close();
      });
    });
    // Its end reads its files, so it comes before they are removed.
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    });
    return { child, pid: child.pid ?? 0, stdout: () => files.read().stdout, ended };
  }

  /** The state of a container, or null when there is none. */
  state(id: string): ContainerState | null {
    const { status, stdout } = this.call(['state', id]);
    return status === 0 ? (JSON.parse(stdout) as ContainerState) : null;
  }

  /** Names of what is in the state root, but for the filters that are kept for every container. */
  leftovers(): string[] {
    return existsSync(this.root) ? readdirSync(this.root).filter((name) => name !== '.seccomp') : [];
  }

  cleanUp(): void {
    for (const id of this.leftovers()) {
      const { status, stderr } = this.call(['delete', '--force', id]);
      if (status !== 0) throw new Error(`cannot clean up after a test: ${stderr}`);
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  #openFiles() {
    this.#calls += 1;
    const paths = {
      out: join(this.#directory, `${this.#calls}.out`),
      err: join(this.#directory, `${this.#calls}.err`),
    };
    const out = openSync(paths.out, 'a');
    const err = openSync(paths.err, 'a');
    const read = () => ({ stdout: readFileSync(paths.out, 'utf8'), stderr: readFileSync(paths.err, 'utf8') });
    const close = () => {
      closeSync(out);
      closeSync(err);
    };
    return { out, err, read, close };
  }
}

export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: string;
}

/** Whether a container of this id has a cgroup. */
export function hasCgroup(id: string): boolean {
  return existsSync(join(cgroupRoot(), id));
}
