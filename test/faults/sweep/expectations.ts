// What must be true after a command that a fault has hit, verb by verb; and what some of them need beforehand.
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { SpecDraft } from '../../support/bundle.js';
import { cgroupRoot } from '../../support/host.js';
import { receiveNotifications } from '../../support/listener.js';
import { waitFor } from '../../support/wait-for.js';
import type { Fault, FaultyOutcome } from '../rig.js';
import type { Role } from './scenarios.js';
import type { SweepRig } from './sweep-rig.js';

export interface Aftermath {
  /** In which case, for messages. */
  readonly what: string;
  readonly role: Role;
  /** Of the system call. */
  readonly index: number;
  readonly fault: Fault;
  readonly outcome: FaultyOutcome;
  /** What `state` said, or null: there is no such container. */
  readonly status: string | null;
}

export type Expectation = (rig: SweepRig, aftermath: Aftermath) => Promise<void> | void;

/** An init that was killed behind the end of the command is the only way to another status. */
function expectStatus(wanted: string, { what, role, fault, status }: Aftermath): void {
  const died = fault === 'kill' && (role === 'init' || role === 'hook');
  expect(died ? [wanted, 'stopped'] : [wanted], what).toContain(status);
}

export const created: Expectation = (rig, aftermath) => {
  // What init does after it has been published may end it: start will say so.
  if (aftermath.role === 'init') expect(['created', 'stopped'], aftermath.what).toContain(aftermath.status);
  else expectStatus('created', aftermath);
  // What the engine could not read must not have become another container in silence.
  if (aftermath.outcome.stderr === '') expect(planOf(rig), aftermath.what).toBe(rig.reference);
};

export function planOf(rig: SweepRig): string {
  return readFileSync(rig.file('plan'), 'utf8');
}

export const running: Expectation = (_, aftermath) => expectStatus('running', aftermath);

export const paused: Expectation = (_, aftermath) => expectStatus('paused', aftermath);

export const stopped: Expectation = async (rig, { what }) => {
  await waitFor(`the end: ${what}`, () => rig.expectValidState(what) === 'stopped');
};

export const gone: Expectation = async (rig, { what }) => await rig.expectNothingLeft(what);

/** A create that was not killed itself cleans up by itself, and its engine before there is anything to. */
export const undone: Expectation = async (rig, aftermath) => {
  const { what, role, index, fault, outcome } = aftermath;
  const killed = role === 'front' || role === 'engine' || (role === 'helper' && typeof fault !== 'number');
  if (killed && index % 2 === 1) healed(rig, aftermath);
  else if (!killed && !outcome.stderr.includes('cleaning up failed too')) await rig.expectNothingLeft(what);
};

/** A create heals what a killed create left; only a container that was published stays. */
function healed(rig: SweepRig, { what, status }: Aftermath): void {
  const { status: exit, stderr } = rig.call(...rig.creation);
  if (exit === 0) return;
  expect(stderr, what).toContain('container with given ID already exists');
  expect(rig.init().pid, what).toBeGreaterThan(0);
  expect(status, what).not.toBeNull();
}

/** As before the exec: nobody but init, and no file more. */
export const alone: Expectation = async (rig, { what, status }) => {
  await waitFor(`init to be alone: ${what}`, () => rig.processes().length === 1);
  expect(status, what).toBe('running');
  const names = readdirSync(rig.file('.')).filter((name) => !/^exec\.\d$/.test(name));
  expect(names.sort(), what).toEqual(['cgroup.owned', 'creator', 'exec', 'init', 'plan', 'state.json', 'summary']);
};

/** Frozen or not, it can be made the one and the other; and half a pause is none. */
export const freezable: Expectation = (rig, { what, status }) => {
  expect(['running', 'paused'], what).toContain(status);
  const { status: exit, stderr } = rig.call('pause', rig.id);
  // What was asked to freeze freezes in its own time.
  if (exit !== 0) expect(stderr, what).toContain('its status is paused');
  expect(rig.call('resume', rig.id), what).toMatchObject({ status: 0, stderr: '' });
  expect(rig.expectValidState(what), what).toBe('running');
};

/** The same words as without a fault. */
export const told: Expectation = (rig, { what, outcome }) =>
  expect(withoutNumbers(outcome.stdout), what).toBe(withoutNumbers(rig.reference));

/** Pids and times are those of another container of the same id. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+ */g, '0 ');
}

/** The same list, or a warning of the container that is left out. */
export const listed: Expectation = (rig, { what, outcome }) => {
  if (outcome.stderr === '') expect(withoutNumbers(outcome.stdout), what).toBe(withoutNumbers(rig.reference));
};

/** Files that every cgroup has, whatever its controllers; the last one is not limited before. */
const FILES = ['cgroup.max.depth', 'cgroup.max.descendants', 'cgroup.pressure'];
const OLD = ['10', '20', '1'];
const NEW = ['11', '21', '0'];

function unified(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [FILES[index] ?? '', value]));
}

export function setLimits(spec: SpecDraft): void {
  spec.linux.resources = { unified: unified(OLD.slice(0, 2)) };
}

export function writeLimits(rig: SweepRig): void {
  writeFileSync(join(rig.directory, 'change.json'), JSON.stringify({ unified: unified(NEW) }));
  writeFileSync(join(rig.directory, 'nothing.json'), '{}');
}

export function updateArguments(rig: SweepRig): string[] {
  return ['update', '--resources', join(rig.directory, 'change.json'), rig.id];
}

function limitsOf(rig: SweepRig): string[] {
  return FILES.map((file) => readFileSync(join(cgroupRoot(), rig.id, file), 'utf8').trim());
}

export const updated: Expectation = async (rig, aftermath) => {
  expect(limitsOf(rig), aftermath.what).toEqual(NEW);
  await whole(rig, aftermath);
};

/** The next update, which asks for nothing more, undoes what was begun or keeps what was done; then nothing is left to do. */
export const whole: Expectation = async (rig, { what, outcome, fault }) => {
  const atOnce =
    typeof fault === 'number' && outcome.status === 1 && !outcome.stderr.includes('cleaning up failed too');
  await settle(rig);
  if (atOnce) expect([OLD, NEW], what).toContainEqual(limitsOf(rig));
  const args = ['update', '--resources', join(rig.directory, 'nothing.json'), rig.id];
  expect(rig.call(...args), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
  expect([OLD, NEW], what).toContainEqual(limitsOf(rig));
  expect(rig.call(...args, '--dry-run'), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
  const names = readdirSync(rig.file('.')).filter((name) => name.startsWith('update'));
  expect(names, what).toEqual([]);
};

/** A helper whose engine was killed ends its work all the same; a lock of the dead is given up after seconds, which are gone here. */
async function settle(rig: SweepRig): Promise<void> {
  await waitFor('the helper', () => rig.processes().every((line) => line.includes('/probe')));
  const lock = rig.file('update.lock');
  if (existsSync(lock)) utimesSync(lock, 0, 0);
}

const consoleSocket = (rig: SweepRig) => join(rig.directory, 'console.sock');

/** A socket that takes terminals, and drops them. */
export async function listenForTerminal(rig: SweepRig): Promise<void> {
  const server = createServer((socket) => void socket.on('error', () => {}).resume()).listen(consoleSocket(rig));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
}

export function terminalArguments(rig: SweepRig): string[] {
  return ['create', '--console-socket', consoleSocket(rig), '--bundle', rig.bundle.path, rig.id];
}

export function execTerminalArguments(rig: SweepRig): string[] {
  return ['exec', '--tty', '--detach', '--console-socket', consoleSocket(rig), rig.id, '/probe', 'exit', '0'];
}

/** NOTIFY_SOCKET: there is a directory more, and a socket in it. */
export async function receiveReadiness(rig: SweepRig): Promise<void> {
  rig.env = { ...rig.env, NOTIFY_SOCKET: (await receiveNotifications()).address };
}
