// Every file of a state directory with everything in it that tsrun has not written: a command believes it, says that it cannot, or does without; and delete
// --force removes the container with all of its processes, and nobody else's. What is wrong within state.json is in state.test.ts.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../support/host.js';
import { ALL, Rig } from './rig.js';

const MIB = 1 << 20;

type Spoil = (path: string) => void;

const SPOILERS: Readonly<Record<string, Spoil>> = {
  missing: (path) => rmSync(path, { force: true }),
  empty: (path) => writeFileSync(path, ''),
  halved: (path) => existsSync(path) && truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  'a byte short': (path) => existsSync(path) && truncateSync(path, Math.max(0, readFileSync(path).length - 1)),
  garbage: (path) => writeFileSync(path, '\u0000\u0001\t\n{]\\'),
  'of 32 MiB': (path) => writeFileSync(path, 'x'.repeat(32 * MIB)),
  'of 32 MiB of lines': (path) => writeFileSync(path, 'x\n'.repeat(16 * MIB)),
  'a fifo': (path) => replace(path, () => void execFileSync('mkfifo', [path])),
  'a directory': (path) => replace(path, () => mkdirSync(path)),
  'a link to itself': (path) => replace(path, () => symlinkSync(path, path)),
  'a link to /dev/zero': (path) => replace(path, () => symlinkSync('/dev/zero', path)),
  'a link to a file of the host': (path) => replace(path, () => symlinkSync('/etc/hostname', path)),
};

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true, force: true });
  make();
}

const FILES = [
  'state.json',
  'plan',
  'summary',
  'exec',
  'creator',
  'init',
  'cgroup.owned',
  'resources',
  'update',
  'exit',
  'failure',
  'exec.fifo',
];

/** With everything that a state directory can have; the files of an update are as one leaves them. */
function newRunning(): Rig {
  const rig = new Rig();
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  const change = join(rig.directory, 'change.json');
  writeFileSync(change, '{"unified":{"cgroup.max.depth":"5"}}');
  rig.must('update', '--resources', change, rig.id);
  return rig;
}

function newVictim(): { readonly pid: number; readonly child: ChildProcess } {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { pid: child.pid ?? 0, child };
}

/** Each verb ends in time, with words or without, and whatever state says is one of its words. */
function expectOrderly(rig: Rig, what: string): void {
  const change = join(rig.directory, 'change.json');
  for (const args of [
    ['state', rig.id],
    ['list', '--format', 'json'],
    ['ps', rig.id],
    ['exec', rig.id, '/probe', 'true'],
    ['update', '--resources', change, rig.id],
  ]) {
    const outcome = rig.call(...args);
    expect(outcome.stderr, `${args[0]}: ${what}`).not.toMatch(/^\s+at |internal error/m);
    expect(outcome.signal, `${args[0]}: ${what}`).toBeNull();
    if (outcome.status !== 0) rig.expectWorded(outcome, `${args[0]}: ${what}`);
    else if (args[0] === 'state')
      expect(['creating', 'created', 'running', 'paused', 'stopped'], what).toContain(
        JSON.parse(outcome.stdout).status,
      );
  }
}

describe.each(FILES)('a file "%s" that is', (file) => {
  const names = Object.keys(SPOILERS);
  const chosen = ALL ? names : names.filter((_, index) => (index + FILES.indexOf(file)) % 3 === 0);

  test.each(chosen)('%s troubles no command, and delete --force removes all', async (title) => {
    const rig = newRunning();
    const { pid } = rig.init();
    const victim = newVictim();
    SPOILERS[title]?.(rig.file(file));
    expectOrderly(rig, `${file} ${title}`);
    await rig.expectDeletable(`${file} ${title}`);
    expect(isAlive(pid)).toBe(false);
    expect(isAlive(victim.pid)).toBe(true);
    expect(readFileSync('/etc/hostname', 'utf8')).not.toContain('tsrun');
  });
});

describe('a file of another container', () => {
  test.each(['state.json', 'summary', 'plan', 'init', 'creator', 'exec'])(
    'in place of "%s" harms that container by no command but delete --force, and by that neither',
    async (file) => {
      const rig = newRunning();
      const other = rig.tsrun.newId();
      rig.must('run', '--detach', '--bundle', rig.bundle.path, other);
      const theirs = join(rig.tsrun.root, other);
      const { pid } = rig.init();
      const otherPid = Number(readFileSync(join(theirs, 'init'), 'utf8').split(' ')[0]);
      cpSync(join(theirs, file), rig.file(file));
      expectOrderly(rig, file);
      // By that file the other's init is this container's.
      if (file !== 'init') {
        expect(rig.call('delete', '--force', rig.id), file).toMatchObject({ status: 0 });
        expect(isAlive(otherPid), file).toBe(true);
        expect(isAlive(pid), file).toBe(false);
      }
      rig.call('delete', '--force', other);
      await rig.expectDeletable(file);
    },
  );
});

describe('an init that is', () => {
  test.each([
    ['a process of the host', (pid: number) => `${pid} 1\n`],
    ['one with the start time of its own', (pid: number) => `${pid} ${startTimeOf(pid)}\n`],
  ])('%s by the file of that name is not signalled unless it is that process', async (title, text) => {
    const rig = newRunning();
    const { pid } = rig.init();
    const victim = newVictim();
    if (title === 'a process of the host') {
      writeFileSync(rig.file('init'), text(victim.pid));
      rig.expectWorded(rig.call('kill', rig.id, 'KILL'), title);
      expect(rig.expectValidState(title)).toBe('stopped');
      await rig.expectDeletable(title);
      expect(isAlive(victim.pid)).toBe(true);
    } else {
      writeFileSync(rig.file('init'), text(pid));
      expect(rig.expectValidState(title)).toBe('running');
      await rig.expectDeletable(title);
    }
    expect(isAlive(pid)).toBe(false);
  });
});

function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** As power that fails, or a copy that is taken, at each moment: what is in the root then is loaded elsewhere, where nothing of the container lives. */
test('a state directory as it is at each step of create is loaded elsewhere, or said not to be trusted, and can be deleted', async () => {
  const rig = new Rig();
  const calls = rig.record(1, rig.createArguments());
  rig.must('delete', '--force', rig.id);
  // Those of the engine that write, from the claim on; then those of the helper.
  const written = calls.flatMap((call, index) => (/^(mkdir|openat|write|rename|close)$/.test(call) ? [index + 1] : []));
  const points: [number, number][] = written.slice(-14).map((index) => [1, index]);
  const helper = rig.record(0, rig.createArguments()).length;
  rig.must('delete', '--force', rig.id);
  for (let index = Math.floor(helper / 2); index <= helper; index += ALL ? 1 : 25) points.push([0, index]);
  const elsewhere = new Rig();
  for (const [process, index] of points) {
    const { hit } = rig.inflict({ process, index }, 'kill', rig.createArguments());
    const what = `process ${process}, call ${index}, ${hit}`;
    rmSync(elsewhere.tsrun.root, { recursive: true, force: true });
    if (existsSync(rig.tsrun.root))
      cpSync(rig.tsrun.root, elsewhere.tsrun.root, { recursive: true, filter: (path) => !path.endsWith('.fifo') });
    await rig.expectDeletable(what);
    const call = (...args: string[]) => elsewhere.call(...args);
    const state = call('state', rig.id);
    if (state.status === 0) expect(JSON.parse(state.stdout), what).toMatchObject({ status: 'stopped' });
    else expect(state.stderr, what).toMatch(/does not exist|cannot trust/);
    expect(call('list').status, what).toBe(0);
    expect(call('delete', '--force', rig.id), what).toMatchObject({ status: 0, stderr: '' });
    const left = existsSync(elsewhere.tsrun.root) ? readdirSync(elsewhere.tsrun.root) : [];
    expect(
      left.filter((name) => name !== '.seccomp'),
      what,
    ).toEqual([]);
  }
});
