// Does what a row says, with whatever OCI runtime the tests are of: makes the bundle, runs the container in one of its ways, and looks at the
// host before and after.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, lchownSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Bundle, makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { isAlive } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { receiveTerminal, startOnTerminal } from '../support/terminal.js';
import { type Outcome, Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { type Canary, makeCanary } from './canary.js';
import { expectUnchanged, takeSnapshot } from './oracle.js';
import type { Allowed, ExecAttack, Expected, Live, Row, Seen, Variant } from './row.js';

/** Another runtime: what it refuses, or cannot remove, is none of our concern. */
const IS_PEER = process.env.OCI_RUNTIME !== undefined;

/** What root of a container is on the host, in the variants with a user namespace. */
export const MAPPED_ROOT = 100_000;

/** What the runtime answered: where it refused, there was no program. */
interface Ended extends Omit<Outcome, 'signal'> {
  readonly refused: boolean;
}

/** Everything that one attack has. */
interface Arena {
  readonly row: Row;
  readonly variant: Variant;
  readonly runtime: Tsrun;
  readonly directory: string;
  readonly id: string;
  readonly bundle: Bundle;
  readonly canary: Canary;
}

/** Fails unless the attack in this variant comes to an outcome that its row allows, and the host is as it was. */
export async function attack(row: Row, variant: Variant): Promise<void> {
  const arena = makeArena(row, variant);
  const look = () => takeSnapshot([arena.canary], arena.runtime.root);
  const before = look();
  const ended = await WAYS[variant.way](arena);
  if (ended !== null && arena.runtime.leftovers().includes(arena.id)) row.beforeDelete?.(arena.bundle, arena.canary);
  remove(arena);
  await expectUnchanged(before, look);
  if (ended === null) return;
  judge(ended, allowedIn(variant, expectedOf(row, variant)), arena);
}

function makeArena(row: Row, variant: Variant): Arena {
  // Three levels below what is not the test's: an old crun has removed the directory above its root.
  const directory = join(makeTemporary(), 'attack', 'of');
  mkdirSync(directory, { recursive: true });
  const runtime = new Tsrun(directory);
  const canary = makeCanary();
  const mutate = variant.way === 'exec' ? (row.exec?.mutate ?? row.mutate) : row.mutate;
  const bundle = makeBundle({
    mutate: (spec, made) => {
      vary(spec, variant);
      mutate(spec, made, canary, variant);
      if (variant.way === 'exec') spec.process.args = ['/probe', 'sleep', '600'];
      if (variant.userNamespace) giveAway(made.rootfs);
    },
  });
  const arena = { row, variant, runtime, directory, id: runtime.newId(), bundle, canary };
  onTestFinished(() => remove(arena));
  return arena;
}

function vary(spec: SpecDraft, variant: Variant): void {
  // What runc 1.1 and crun 1.8 know as well.
  spec.ociVersion = '1.0.2';
  spec.process.terminal = variant.terminal && variant.way !== 'exec';
  spec.root.readonly = variant.readonly;
  // Where the canary is: a link to it has to lead into the rootfs.
  spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/tmp');
  if (!variant.userNamespace) return;
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: MAPPED_ROOT, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: MAPPED_ROOT, size: 65_536 }];
}

/** To the root of the user namespace, which can make mount points only in what is its own. */
function giveAway(path: string): void {
  lchownSync(path, MAPPED_ROOT, MAPPED_ROOT);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name));
}

function remove({ runtime, id }: Arena): void {
  if (!runtime.leftovers().includes(id)) return;
  const { status, stderr } = runtime.call(['delete', '--force', id]);
  if (!IS_PEER) expect({ status, stderr }, 'delete --force').toEqual({ status: 0, stderr: '' });
}

// ---- the ways; null where there was nothing to attack ----

const WAYS: Readonly<Record<Variant['way'], (arena: Arena) => Promise<Ended | null>>> = {
  create: createAndStart,
  run: async (arena) => await endOf(arena, ['run', '--bundle', arena.bundle.path, arena.id], arena.variant.terminal),
  exec: execute,
};

async function createAndStart(arena: Arena): Promise<Ended> {
  const { runtime, directory, id, bundle, variant } = arena;
  const pidFile = join(directory, 'pid');
  const socket = join(directory, 'console');
  const terminal = variant.terminal ? await receiveTerminal(socket) : null;
  const console = variant.terminal ? ['--console-socket', socket] : [];
  const created = call(arena, ['create', '--bundle', bundle.path, '--pid-file', pidFile, ...console, id]);
  try {
    if (created.status !== 0) return { ...created.read(), status: created.status, refused: true };
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const started = runtime.call(['start', id]);
    if (started.status !== 0) return { ...started, refused: true };
    await waitFor('the end of the program', () => !isAlive(pid));
    // What was written before the end arrives after it.
    await terminal?.hungUp();
    const { stdout, stderr } = created.read();
    return { status: 0, stderr, stdout: terminal?.shown() ?? stdout, refused: false };
  } finally {
    await terminal?.abandon();
  }
}

async function execute(arena: Arena): Promise<Ended | null> {
  const { row, runtime, id, bundle, canary, variant, directory } = arena;
  const pidFile = join(directory, 'pid');
  const begun = call(arena, ['run', '--detach', '--bundle', bundle.path, '--pid-file', pidFile, id]);
  if (begun.status !== 0 && IS_PEER) return null;
  if (begun.status !== 0) throw new Error(`there is no container to execute something in: ${begun.read().stderr}`);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const live: Live = { pid, within: (words) => runWithin(pid, variant, words), bundle, canary, variant };
  const { prepare, flags = [], args } = row.exec as ExecAttack;
  prepare?.(live);
  const given = (words: readonly string[] | ((l: Live) => readonly string[])) =>
    typeof words === 'function' ? words(live) : words;
  const ended = await endOf(
    arena,
    ['exec', ...(variant.terminal ? ['--tty'] : []), ...given(flags), id, ...given(args)],
    variant.terminal,
  );
  runtime.call(['kill', id, 'KILL']);
  await waitFor('the end of init', () => !isAlive(pid));
  return ended;
}

function runWithin(pid: number, { userNamespace }: Variant, words: readonly string[]): void {
  const namespaces = ['--mount', ...(userNamespace ? ['--user'] : [])];
  execFileSync('nsenter', ['--target', String(pid), ...namespaces, '/probe', ...words]);
}

/** A command in the foreground. */
async function endOf(arena: Arena, args: readonly string[], onTerminal: boolean): Promise<Ended> {
  if (!onTerminal) {
    const { status, read } = call(arena, args);
    return { ...read(), status, refused: status !== 0 };
  }
  const run = await startOnTerminal(commandOf(arena, args), { env: environmentOf(arena) });
  const { status, shown } = await run.ended;
  return { status, stdout: shown, stderr: '', refused: status !== 0 };
}

/** Its streams are files, which a container that goes on may keep open. */
function call(arena: Arena, args: readonly string[]) {
  const [out, err] = [join(arena.directory, 'out'), join(arena.directory, 'err')];
  const files = [openSync(out, 'a'), openSync(err, 'a')];
  const [program = '', ...rest] = commandOf(arena, args);
  const { status, error } = spawnSync(program, rest, {
    stdio: ['pipe', ...files],
    env: { ...process.env, ...environmentOf(arena) },
    // Some hang: there is no need to wait for long to know.
    timeout: IS_PEER ? 8_000 : 30_000,
    killSignal: 'SIGKILL',
  });
  for (const file of files) closeSync(file);
  if (error !== undefined) throw error;
  return { status, read: () => ({ stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') }) };
}

function commandOf({ row, runtime }: Arena, args: readonly string[]): string[] {
  return ['/bin/sh', '-c', row.caller ?? 'exec "$@"', 'sh', TSRUN, '--root', runtime.root, ...args];
}

function environmentOf({ canary }: Arena): Record<string, string> {
  return { CANARY: canary.path };
}

// ---- what came of it ----

function expectedOf(row: Row, { way }: Variant): Expected {
  return (way === 'exec' ? row.exec?.expect : undefined) ?? row.expect;
}

function allowedIn(variant: Variant, expected: Expected): Allowed {
  return typeof expected === 'function' ? expected(variant) : expected;
}

function judge(ended: Ended, { refused, ran }: Allowed, { bundle, canary, variant }: Arena): void {
  const { status, stdout, stderr } = ended;
  const said = stdout + stderr;
  if (ended.refused) {
    // To refuse is safe, whatever the words; ours are to say why.
    if (!IS_PEER) expect(said, `status ${status}`).toMatch(refused ?? /^a refusal is not allowed$/);
    return;
  }
  if (ran === undefined) expect.fail(`the program ran: ${said}`);
  const seen: Seen = {
    ...{ status, stdout, stderr, bundle, canary, variant },
    report: () => parseReport(stdout),
    answer: (question) => answerTo(question, stdout),
  };
  ran(seen);
}

function answerTo(question: string, stdout: string): string {
  // Somewhere in a line: a crun on a terminal has its own words before it.
  const at = stdout.indexOf(`${question}: `);
  if (at < 0) throw new Error(`no answer to "${question}" in: ${stdout}`);
  return /^[^\r\n]*/.exec(stdout.slice(at + question.length + 2))?.[0] ?? '';
}
