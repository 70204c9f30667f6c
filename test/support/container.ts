// Containers of the conformance rings: each made for what it may use, and seen by its cgroup.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Resources } from '../../src/spec/types.js';
import { type BundleOptions, makeBundle } from './bundle.js';
import { cgroupRoot } from './host.js';
import { newTsrun, type Outcome, type Running, type Tsrun } from './tsrun.js';
import { waitFor } from './wait-for.js';

export interface ContainerOptions extends BundleOptions {
  readonly resources?: Resources;
  readonly cgroupsPath?: string;
  /** Before the verb, such as `--systemd-cgroup`. */
  readonly globals?: readonly string[];
  /** Default: a new one. */
  readonly tsrun?: Tsrun;
}

export interface Container {
  readonly tsrun: Tsrun;
  readonly id: string;
  /** Of its init. */
  readonly pid: number;
  /** The directory of the cgroup that init is in. */
  readonly cgroup: string;
}

const SLEEP = ['/probe', 'sleep', '3600'];

/** What `tsrun create` says to these options; the container is deleted at the end of the test. */
export function tryCreate(options: ContainerOptions): Outcome & { readonly tsrun: Tsrun; readonly id: string } {
  const tsrun = options.tsrun ?? newTsrun();
  const id = tsrun.newId();
  return { tsrun, id, ...tsrun.call([...(options.globals ?? []), 'create', '--bundle', bundleOf(options), id]) };
}

/** A created container; it sleeps when it is started, unless the options have other arguments. */
export function createContainer(options: ContainerOptions): Container {
  const { tsrun, id, status, stderr } = tryCreate(options);
  if (status !== 0) throw new Error(`create: status ${status}: ${stderr}`);
  return describeContainer(tsrun, id);
}

/** A container that runs in the foreground of a command that is still there, and has printed `line` already. */
export async function runContainer(options: ContainerOptions, line?: string): Promise<Container & Running> {
  const tsrun = options.tsrun ?? newTsrun();
  const id = tsrun.newId();
  const running = tsrun.spawn([...(options.globals ?? []), 'run', '--bundle', bundleOf(options), id]);
  const hasBegun = () => (line === undefined ? isRunning(tsrun, id) : running.stdout().includes(`${line}\n`));
  await waitFor(line ?? 'the container to run', hasBegun);
  return { ...running, ...describeContainer(tsrun, id) };
}

function isRunning(tsrun: Tsrun, id: string): boolean {
  return tsrun.state(id)?.status === 'running';
}

function bundleOf(options: ContainerOptions): string {
  return makeBundle({
    ...options,
    args: options.args ?? SLEEP,
    mutate: (spec, bundle) => {
      if (options.resources !== undefined) spec.linux.resources = options.resources;
      if (options.cgroupsPath !== undefined) spec.linux.cgroupsPath = options.cgroupsPath;
      options.mutate?.(spec, bundle);
    },
  }).path;
}

function describeContainer(tsrun: Tsrun, id: string): Container {
  const pid = tsrun.state(id)?.pid ?? 0;
  return { tsrun, id, pid, cgroup: cgroupOf(pid) };
}

/** The directory of the cgroup that a process is in. */
export function cgroupOf(pid: number): string {
  const path = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
  return join(cgroupRoot(), path);
}

/** A file of a container's cgroup, without its last newline. */
export function readCgroup({ cgroup }: { readonly cgroup: string }, file: string): string {
  return readFileSync(join(cgroup, file), 'utf8').trimEnd();
}

/** A number in a file such as cpu.stat. */
export function readCounter(container: { readonly cgroup: string }, file: string, key: string): number {
  const value = new RegExp(`^${key} (\\d+)$`, 'm').exec(readCgroup(container, file))?.[1];
  if (value === undefined) throw new Error(`${file} has no ${key}`);
  return Number(value);
}

/** Makes a cgroup, or only lets the test have one made there by tsrun; removed at the end, and so is each above it that has no other below. */
export function reserveCgroup(path: string, make = true): string {
  const directory = join(cgroupRoot(), path);
  if (make) mkdirSync(directory, { recursive: true });
  onTestFinished(() => {
    for (let at = directory; at !== cgroupRoot() && isEmpty(at); at = dirname(at)) if (existsSync(at)) rmdirSync(at);
  });
  return directory;
}

function isEmpty(cgroup: string): boolean {
  return !existsSync(cgroup) || readdirSync(cgroup, { withFileTypes: true }).every((entry) => !entry.isDirectory());
}

/** `major` and `minor` of a disk. */
export function diskNumbers(name: string): { readonly major: number; readonly minor: number } {
  const [major = 0, minor = 0] = readFileSync(`/sys/block/${name}/dev`, 'utf8').split(':').map(Number);
  return { major, minor };
}
