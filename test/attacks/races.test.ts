// Paths that are changed while a container is made: freely, by an attacker on every CPU, and exactly before each system call that takes a path.
// ATTACKS=all makes all tries, and stops at every point.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Rig } from '../faults/rig.js';
import type { SpecDraft } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { receiveTerminal } from '../support/terminal.js';
import type { Outcome } from '../support/tsrun.js';
import { type Canary, makeCanary } from './canary.js';
import { expectUnchanged, type Snapshot, takeSnapshot } from './oracle.js';

const ALL = process.env.ATTACKS === 'all';
const TRIES = ALL ? 20_000 : 500;
/** One of how many points is taken. */
const STEP = ALL ? 1 : 5;
const PATIENCE = ALL ? 4 * 3_600_000 : 900_000;
/** In order of birth, below tsrun: the engine is 1. */
const INIT = 2;

/** Names that are exchanged, and what is below the first of them in config.json. */
interface Scene {
  readonly rig: Rig;
  readonly canary: Canary;
  readonly pairs: readonly string[];
  /** Makes everything below the names anew; `linkFirst`: the link is where the directory is expected. */
  readonly reset: (linkFirst: boolean) => void;
  readonly look: () => Snapshot;
  readonly before: Snapshot;
}

/** A volume that another container has as well, and a rootfs that another container has as well: both are written to meanwhile. */
function makeScene(args: readonly string[], terminal: boolean): Scene {
  const canary = makeCanary();
  const volume = join(makeTemporary(), 'volume');
  const rig = new Rig([...args], (spec) => lead(spec, volume, terminal));
  const { rootfs } = rig.bundle;
  const pairs = [join(volume, 'way'), join(volume, 'link'), join(rootfs, 'dev'), join(rootfs, 'link')];
  mkdirSync(volume);
  writeFileSync(join(volume, 'file'), 'of the volume\n');
  // Below the rootfs there is what the links lead to, so that going on is possible there.
  mkdirSync(join(rootfs, canary.directory), { recursive: true });
  writeFileSync(join(rootfs, canary.file), 'of the image\n');
  const reset = (linkFirst: boolean) => {
    for (const path of pairs) rmSync(path, { recursive: true, force: true });
    for (let i = 0; i < pairs.length; i += 2) {
      const [directory = '', link = ''] = linkFirst ? [pairs[i + 1], pairs[i]] : [pairs[i], pairs[i + 1]];
      mkdirSync(join(directory, 'directory'), { recursive: true });
      writeFileSync(join(directory, 'secret'), 'of the volume\n');
      symlinkSync(canary.path, link);
    }
  };
  reset(false);
  const look = () => takeSnapshot([canary], rig.tsrun.root);
  return { rig, canary, pairs, reset, look, before: look() };
}

/** Everything that is made, mounted or covered by path has to go the way that is exchanged. */
function lead(spec: SpecDraft, volume: string, terminal: boolean): void {
  spec.process.terminal = terminal;
  spec.mounts = spec.mounts.filter(({ destination }) => !/^\/(tmp|dev)(?!\/pts)/.test(destination));
  spec.mounts.push(
    { destination: '/volume', type: 'bind', source: volume, options: ['rbind', 'rw'] },
    { destination: '/volume/way/made/deep', type: 'tmpfs', source: 'tmpfs' },
    { destination: '/volume/way/directory', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
    { destination: '/volume/way/mounted', type: 'bind', source: join(volume, 'file'), options: ['bind', 'ro'] },
  );
  spec.linux.devices = [{ path: '/volume/way/device', type: 'c', major: 1, minor: 5, fileMode: 0o666 }];
  spec.linux.maskedPaths = ['/volume/way/secret', '/volume/way/made'];
  spec.linux.readonlyPaths = ['/volume/way/mounted', '/volume/way/directory'];
  spec.process.cwd = '/volume/way/cwd';
}

/** It works, or says in words why not. */
function expectPlain(rig: Rig, outcome: Outcome, what: string): void {
  if (outcome.status !== 0) rig.expectWorded(outcome, what);
}

function buildExchange(rig: Rig): string {
  const program = join(rig.directory, 'exchange');
  const source = join(import.meta.dirname, 'exchange.c');
  execFileSync('gcc', ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', program, source]);
  return program;
}

async function startExchanging({ rig, pairs }: Scene): Promise<void> {
  // In the short mode it leaves time to those that it races with: more tries are more than faster exchanges.
  const attacker = spawn('nice', ['-n', ALL ? '0' : '10', buildExchange(rig), 'for-ever', ...pairs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Those on the other CPUs hold its output too, and exchange until they are gone: before that nothing they exchange can be removed.
  const gone = once(attacker, 'close');
  onTestFinished(async () => {
    attacker.kill('SIGKILL');
    await gone;
  });
  await new Promise((resolve) => attacker.stdout.once('data', resolve));
}

test(
  'paths that an attacker exchanges on every CPU lead nothing to the host while containers are made',
  async () => {
    const scene = makeScene(['/probe', 'true'], false);
    const { rig, look } = scene;
    await startExchanging(scene);
    const before = look();
    let made = 0;
    for (let i = 0; i < TRIES; i++) {
      const outcome = rig.call('run', '--bundle', rig.bundle.path, rig.id);
      expectPlain(rig, outcome, `try ${i}`);
      if (outcome.status === 0) made += 1;
      // The rest is looked at in the end: nothing takes back what was done to a canary.
      if (i % 100 === 99) await expectUnchanged(before, look);
    }
    // Otherwise little was raced for; and who shares a volume with others can tell them to stop no container of theirs.
    expect(TRIES - made).toBeLessThanOrEqual(Math.max(5, TRIES / 1000));
    await expectUnchanged(before, look);
    await rig.expectNothingLeft('after all tries');
  },
  PATIENCE,
);

/** Calls whose outcome depends on what is at a path; a change before any other is one before the next of these. */
const BY_PATH =
  /^(openat2?|mkdirat|mknodat|unlinkat|symlinkat|readlinkat|newfstatat|fstatat|statx|open_tree|move_mount|mount_setattr|fchownat|fchmodat2?|chdir|fchdir|mkdir|pivot_root|umount2|execveat|execve|open|readlink|faccessat2?)$/;

/** The container is made with its init stopped before call `index`, where the shell does `script`. */
async function makeStopped(scene: Scene, terminal: boolean, index: number, script: string): Promise<boolean> {
  const { rig, before, look } = scene;
  const receiver = terminal ? await receiveTerminal(join(rig.directory, `console-${index}`)) : null;
  const socket = receiver === null ? [] : ['--console-socket', receiver.socket];
  const args = ['create', '--bundle', rig.bundle.path, ...socket, rig.id];
  const outcome = rig.inflict({ process: INIT, index }, `do:${script}`, args);
  await receiver?.abandon();
  const what = `exchanged before call ${index}, ${outcome.hit}`;
  expectPlain(rig, outcome, what);
  await rig.expectDeletable(what);
  await expectUnchanged(before, look).catch((error: Error) => {
    throw new Error(`${what}: ${error.message}`);
  });
  return outcome.hit !== null;
}

/** The system calls that init makes where nobody changes anything. */
async function recordCalls({ rig }: Scene, terminal: boolean): Promise<string[]> {
  const receiver = terminal ? await receiveTerminal(join(rig.directory, 'console')) : null;
  const socket = receiver === null ? [] : ['--console-socket', receiver.socket];
  const calls = rig.record(INIT, ['create', '--bundle', rig.bundle.path, ...socket, rig.id]);
  await receiver?.abandon();
  await rig.expectDeletable('recorded');
  return calls;
}

const SWEEPS = [
  { title: 'from a directory to a link', linkFirst: false, terminal: false },
  { title: 'from a link to a directory', linkFirst: true, terminal: false },
  { title: 'from a directory to a link, with a terminal', linkFirst: false, terminal: true },
] as const;

test.each(SWEEPS)(
  'a path that is exchanged exactly before a system call of init leads nothing to the host: $title',
  async ({ linkFirst, terminal }) => {
    const scene = makeScene(['/probe', 'sleep', '60'], terminal);
    const { rig, pairs, reset } = scene;
    const exchange = buildExchange(rig);
    const calls = await recordCalls(scene, terminal);
    const points = calls.flatMap((name, i) => (BY_PATH.test(name) ? [i + 1] : []));
    expect(points.length).toBeGreaterThan(50);
    const chosen = points.filter((_, i) => i % STEP === 0);
    let hits = 0;
    for (const index of chosen) {
      reset(linkFirst);
      if (await makeStopped(scene, terminal, index, [exchange, 'once', ...pairs].join(' '))) hits += 1;
    }
    // An init that fails early makes fewer calls; most points are reached all the same.
    expect(hits).toBeGreaterThan(chosen.length / 2);
  },
  PATIENCE,
);
