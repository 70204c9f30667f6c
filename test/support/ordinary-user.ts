// tsrun as its ordinary users call it: without root, with or without ids of their own to give to containers (subuid(5)).
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Bundle, type BundleOptions, makeBundle, type SpecDraft } from './bundle.js';
import { TSRUN } from './paths.js';
import { makeTemporary } from './temporary.js';
import { type CallOptions, type Outcome, type Running, Tsrun } from './tsrun.js';

/** Nobody's on any machine that tests run on. */
export const UID = 54_321;
/** The ids beside its own that the user may give to containers. */
export const RANGE = { first: 2_000_000, count: 65_536 };
const NAME = 'tsrun-tester';

/** Runs the rest in a mount namespace where the user has an account and ranges, and other files of the test's choice. */
const ENTER = `
directory=$1; uid=$2; shift 2
for name in passwd group subuid subgid; do
  [ -e /etc/$name ] || : >/etc/$name
  mount --bind "$directory/$name" /etc/$name
done
while [ "$1" = --tmpfs ]; do mount -t tmpfs -o "$2" tmpfs "$3"; shift 3; done
while [ "$1" = --over ]; do mount --bind "$2" "$3"; shift 3; done
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"`;

export interface UserOptions {
  /** Default: UID. */
  readonly uid?: number;
  /** May map RANGE; default: true. */
  readonly hasRange?: boolean;
  /** Files that stand in the place of the host's, by their path. */
  readonly over?: Readonly<Record<string, string>>;
  /** Directories that a tmpfs with these options is mounted on, by root of the host. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Runs tsrun by this program and its arguments, such as unshare(1). */
  readonly within?: readonly string[];
}

/** An ordinary user with a state root; every container of it is deleted at the end of the test. */
export class OrdinaryUser {
  readonly tsrun: Tsrun;
  /** A directory of the user's. */
  readonly directory: string;
  readonly #accounts: string;
  readonly #options: UserOptions;
  readonly #uid: number;

  constructor(options: UserOptions = {}) {
    this.#options = options;
    this.#uid = options.uid ?? UID;
    this.directory = makeTemporary();
    this.#accounts = makeTemporary();
    chownSync(this.directory, this.#uid, this.#uid);
    this.tsrun = new Tsrun(this.directory);
    onTestFinished(() => this.tsrun.cleanUp());
    this.#writeAccounts(options.hasRange ?? true);
  }

  #writeAccounts(hasRange: boolean): void {
    const line = hasRange ? `${NAME}:${RANGE.first}:${RANGE.count}\n` : '';
    const own = { passwd: `${NAME}:x:${this.#uid}:${this.#uid}::/:/bin/sh\n`, group: `${NAME}:x:${this.#uid}:\n` };
    for (const [name, text] of Object.entries(own)) {
      writeFileSync(join(this.#accounts, name), readFileSync(`/etc/${name}`, 'utf8') + text);
    }
    for (const name of ['subuid', 'subgid']) writeFileSync(join(this.#accounts, name), line);
  }

  /** A bundle of the user's. */
  bundle(options: BundleOptions = {}): Bundle {
    const bundle = makeBundle(options);
    execFileSync('chown', ['-R', `${this.#uid}:${this.#uid}`, bundle.path]);
    return bundle;
  }

  /** `tsrun --root ROOT …` to its end. */
  call(args: readonly string[], options: CallOptions = {}): Outcome {
    return this.execute([TSRUN, '--root', this.tsrun.root, ...args], options);
  }

  must(args: readonly string[], options: CallOptions = {}): Outcome {
    const outcome = this.call(args, options);
    if (outcome.status !== 0) throw new Error(`tsrun ${args.join(' ')}: ${outcome.status}: ${outcome.stderr}`);
    return outcome;
  }

  /** Any program, as the user. */
  execute(command: readonly string[], options: CallOptions = {}): Outcome {
    const [program, ...args] = this.line(command);
    return this.tsrun.execute(program ?? '', args, options);
  }

  /** A command that still runs: killing it kills tsrun itself. */
  spawn(args: readonly string[], options: CallOptions = {}): Running {
    const line = this.line([TSRUN, '--root', this.tsrun.root, ...args]);
    return this.tsrun.spawnProgram(line[0] ?? '', line.slice(1), options);
  }

  /** The words of root's that run a command as the user. */
  line(command: readonly string[]): string[] {
    const { over = {}, tmpfs = {}, within = [] } = this.#options;
    const mounts = Object.entries(tmpfs).flatMap(([path, options]) => ['--tmpfs', options, path]);
    const overs = Object.entries(over).flatMap(([path, file]) => ['--over', file, path]);
    const identity = [this.#accounts, String(this.#uid), ...mounts, ...overs];
    return ['unshare', '--mount', 'sh', '-c', ENTER, 'sh', ...identity, ...within, ...command];
  }
}

/** As `tsrun spec --rootless` writes it: one id, no network of its own. */
export function asRootless(spec: SpecDraft): void {
  const map = [{ containerID: 0, hostID: UID, size: 1 }];
  spec.linux.namespaces = [...spec.linux.namespaces.filter(({ type }) => type !== 'network'), { type: 'user' }];
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
  const sys = {
    destination: '/sys',
    type: 'bind',
    source: '/sys',
    options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
  };
  spec.mounts = spec.mounts
    .filter(({ type }) => type !== 'cgroup')
    .map((mount) => (mount.destination === '/sys' ? sys : mount))
    .map((mount) => ({ ...mount, options: mount.options?.filter((option) => option !== 'gid=5') ?? [] }));
}

/** The own id as root, and the range from 1 on, as podman maps them. */
export function asMapped(spec: SpecDraft): void {
  asRootless(spec);
  const map = [
    { containerID: 0, hostID: UID, size: 1 },
    { containerID: 1, hostID: RANGE.first, size: RANGE.count },
  ];
  spec.linux.uidMappings = map;
  spec.linux.gidMappings = map;
}

/** A program at the place of newuidmap(1): `script` is of sh(1). */
export function fakeMapper(script: string): string {
  const path = join(makeTemporary(), 'mapper');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The same file somewhere else, with another mode. */
export function copyWithMode(path: string, mode: number): string {
  const copy = join(makeTemporary(), 'copy');
  copyFileSync(path, copy);
  chmodSync(copy, mode);
  return copy;
}
