// gc: finds what commands left that were really killed, says what it is, and removes it; what somebody may want stays as it is.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle, type SpecDraft } from '../support/bundle.js';
import { cgroupRoot, isAlive } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { type Point, Rig } from './rig.js';

const FRONT = 0;
const ENGINE = 1;
/** The engine runs the helper of an update as a child. */
const UPDATER = 2;

/** A killed command whose traces gc finds, and what else there is in its root and in the cgroup tree. */
class Scene extends Rig {
  readonly bystanders = { running: this.tsrun.newId(), waiting: this.tsrun.newId(), stopped: this.tsrun.newId() };

  constructor(args?: readonly string[], mutate?: (spec: SpecDraft) => void) {
    super(args, mutate);
    const { running, waiting, stopped } = this.bystanders;
    for (const id of [running, waiting, stopped]) this.must('create', '--bundle', this.bundle.path, id);
    this.must('start', running);
    this.must('kill', stopped, 'KILL');
  }

  /** Kills a process of the command at the call that `choose` finds among those that it makes. */
  kill(process: Point['process'], args: readonly string[], choose: (calls: readonly string[]) => number): void {
    const calls = this.record(process, args);
    this.must('delete', '--force', this.id);
    const index = choose(calls);
    this.inflict({ process, index: index + 1 }, 'kill', args);
  }

  /** What others have, as they see it. */
  async look(): Promise<string[]> {
    await waitFor('its end', () => this.tsrun.state(this.bystanders.stopped)?.status === 'stopped');
    return Object.values(this.bystanders).map((id) => JSON.stringify(this.tsrun.state(id)));
  }

  /** gc says this, first without doing it, then once and not again; the bystanders are as they were. */
  async expectCollected(...lines: string[]): Promise<void> {
    const before = await this.look();
    const done = (verb: string) => lines.map((line) => `${verb}${line}\n`).join('');
    const there = this.leftovers();
    expect(there).not.toEqual([]);
    expect(this.call('gc', '--dry-run')).toMatchObject({ status: 0, stderr: '', stdout: done('would remove ') });
    expect(this.leftovers()).toEqual(there);
    expect(this.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: done('removed ') });
    await this.expectNothingOfIt();
    expect(this.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(await this.look()).toEqual(before);
  }

  /** The bystanders have the rig's mark too. */
  async expectNothingOfIt(): Promise<void> {
    const own = () => this.leftovers().filter((line) => line.includes(this.id) || line.startsWith('.'));
    await waitFor('nothing to be left', () => own().length === 0).catch(() => {});
    expect(own()).toEqual([]);
  }

  /** The bystanders are told from what was left by their ids. */
  override leftovers(): string[] {
    const others = new Set(Object.values(this.bystanders).map((id) => String(this.tsrun.state(id)?.pid)));
    return super.leftovers().filter((line) => !others.has(line.split(' ')[0] ?? ''));
  }
}

const last = (name: string) => (calls: readonly string[]) => calls.lastIndexOf(name);
const after = (name: string, more: number) => (calls: readonly string[]) => calls.indexOf(name) + more;

describe('gc removes', () => {
  test('a state that was never written to its end', async () => {
    const scene = new Scene();
    scene.kill(ENGINE, scene.createArguments(), last('rename'));
    const [name = ''] = readdirSync(scene.tsrun.root).filter((found) => found.startsWith('.new'));
    const writer = name.split('.').at(-2);
    await scene.expectCollected(
      `directory "${join(scene.tsrun.root, name)}": process ${writer}, which was writing the state of "${scene.id}", has died`,
    );
  });

  test.each(['create', 'run'])('a container whose %s was killed before others could see it', async (verb) => {
    const scene = new Scene();
    scene.kill(
      FRONT,
      [verb, ...(verb === 'run' ? ['--detach'] : []), '--bundle', scene.bundle.path, scene.id],
      // Before `init` is published, and well before: no two runs make quite the same calls.
      (calls) => calls.lastIndexOf('renameat') - 5,
    );
    await scene.expectCollected(
      `container "${scene.id}": the command that was creating it was killed, and nobody else has seen it`,
    );
  });

  // The lock, the mark, and one call more.
  test.each([
    ['when its cgroup is there', after('flock', 9)],
    ['when its cgroup is gone', last('faccessat2')],
    ['when the files of its state go', (calls: readonly string[]) => calls.lastIndexOf('rmdir') - 6],
  ])('a container whose delete was killed %s', async (_, choose) => {
    const scene = new Scene();
    scene.create();
    const calls = scene.record(FRONT, ['delete', scene.id]);
    scene.create();
    scene.inflict({ process: FRONT, index: choose(calls) + 1 }, 'kill', ['delete', scene.id]);
    await scene.expectCollected(`container "${scene.id}": the command that was removing it was killed`);
  });

  test('the empty directory of a delete that was killed last of all', async () => {
    const scene = new Scene();
    scene.create();
    const calls = scene.record(FRONT, ['delete', scene.id]);
    scene.create();
    scene.inflict({ process: FRONT, index: calls.lastIndexOf('rmdir') + 1 }, 'kill', ['delete', scene.id]);
    await scene.expectCollected(
      `directory "${join(scene.tsrun.root, scene.id)}": it is empty: the last that a killed delete leaves of a container`,
    );
  });

  test('the container of a run in the foreground that was killed, once its program has ended', async () => {
    const scene = new Scene();
    const running = scene.spawn('run', '--bundle', scene.bundle.path, scene.id);
    await waitFor('the program', () => scene.tsrun.state(scene.id)?.status === 'running');
    running.child.kill('SIGKILL');
    await running.ended;
    expect(scene.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(scene.tsrun.state(scene.id)?.status).toBe('running');
    scene.must('kill', scene.id, 'KILL');
    await waitFor('its end', () => scene.tsrun.state(scene.id)?.status === 'stopped');
    expect(scene.call(...scene.createArguments()).stderr).toContain('already exists');
    await scene.expectCollected(
      `container "${scene.id}": its program has ended, and the run that would have removed it was killed`,
    );
  });

  test('a filter of system calls that was not written to its end', async () => {
    const scene = new Scene(undefined, (spec) => {
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['chroot'], action: 'SCMP_ACT_ERRNO' }],
      };
    });
    const filters = join(scene.tsrun.root, '.seccomp');
    const forget = () => rmSync(filters, { recursive: true });
    forget();
    const calls = scene.record(FRONT, scene.createArguments());
    scene.must('delete', '--force', scene.id);
    forget();
    scene.inflict({ process: FRONT, index: calls.indexOf('renameat') + 1 }, 'kill', scene.createArguments());
    scene.must('delete', '--force', scene.id);
    const [name = ''] = readdirSync(filters);
    expect(name).toMatch(/^\.[0-9a-f]{2}\.\d+$/);
    const line = `file "${join(filters, name)}": process ${name.split('.')[2]}, which was writing this filter of system calls, has died`;
    expect(scene.call('gc', '--dry-run').stdout).toBe(`would remove ${line}\n`);
    expect(scene.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: `removed ${line}\n` });
    expect(readdirSync(filters)).toEqual([]);
  });

  test('the cgroup and the processes of a container whose state was removed', async () => {
    const scene = new Scene();
    scene.create();
    rmSync(scene.file(''), { recursive: true });
    await scene.expectCollected(
      `cgroup "${join(cgroupRoot(), scene.id)}": it is of container "${scene.id}", which does not exist any more`,
    );
  });

  test('them also where the whole state root is gone, with the cgroup that was made to hold them', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const above = join(cgroupRoot(), `${id}-above`);
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.linux.cgroupsPath = `/${id}-above/own`;
      },
    });
    tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
    rmSync(tsrun.root, { recursive: true });
    const line = `removed cgroup "${above}/own": it is of container "${id}", which does not exist any more\n`;
    expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: line });
    expect(existsSync(above)).toBe(false);
  });

  test('the cgroup of a container whose id has another container by now', async () => {
    const scene = new Scene();
    scene.create();
    rmSync(scene.file(''), { recursive: true });
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.linux.cgroupsPath = `/${scene.id}-second`;
      },
    });
    scene.must('create', '--bundle', bundle.path, scene.id);
    const second = scene.tsrun.state(scene.id);
    const line = `cgroup "${join(cgroupRoot(), scene.id)}": it is of an earlier container "${scene.id}" than the one that exists`;
    expect(scene.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: `removed ${line}\n` });
    expect(scene.tsrun.state(scene.id)).toEqual(second);
    scene.must('delete', '--force', scene.id);
  });

  test('a process that waits for a start that cannot come, where it has no cgroup', async () => {
    const scene = new Scene();
    scene.must('--cgroup-manager=disabled', ...scene.createArguments());
    const { pid } = scene.tsrun.state(scene.id) ?? { pid: 0 };
    rmSync(scene.file(''), { recursive: true });
    const line = `process "${pid}": it waits for the start of container "${scene.id}", which does not exist any more\n`;
    expect(scene.call('gc', '--dry-run')).toMatchObject({ status: 0, stderr: '', stdout: `would kill ${line}` });
    expect(isAlive(pid)).toBe(true);
    expect(scene.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: `killed ${line}` });
    await waitFor('its end', () => !isAlive(pid));
  });
});

test('gc undoes an update that was killed, once its lock is that of nobody', async () => {
  const rig = new Rig(undefined, (spec) => {
    spec.linux.resources = { unified: { 'cgroup.max.depth': '10', 'cgroup.max.descendants': '20' } };
  });
  const change = join(rig.directory, 'change.json');
  writeFileSync(change, JSON.stringify({ unified: { 'cgroup.max.depth': '11', 'cgroup.max.descendants': '21' } }));
  const args = ['update', '--resources', change, rig.id];
  const limit = (name: string) => readFileSync(join(cgroupRoot(), rig.id, name), 'utf8').trim();
  const begin = () => rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  begin();
  const calls = rig.record(UPDATER, args);
  rig.must('delete', '--force', rig.id);
  begin();
  // Its last call: everything is written, and the engine does not know that.
  rig.inflict({ process: UPDATER, index: calls.length }, 'kill', args);
  expect(limit('cgroup.max.depth')).toBe('11');
  // As one that is at work has it.
  mkdirSync(rig.file('update.lock'));
  expect(rig.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: '' });
  expect(limit('cgroup.max.depth')).toBe('11');
  utimesSync(rig.file('update.lock'), 0, 0);
  const line = `an update of container "${rig.id}": the command that was changing its limits was killed\n`;
  expect(rig.call('gc', '--dry-run')).toMatchObject({ status: 0, stderr: '', stdout: `would undo ${line}` });
  expect(rig.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: `undid ${line}` });
  expect([limit('cgroup.max.depth'), limit('cgroup.max.descendants')]).toEqual(['10', '20']);
  expect(readdirSync(rig.file('')).filter((name) => /^(update|resources)/.test(name))).toEqual([]);
  expect(rig.call('gc')).toMatchObject({ status: 0, stderr: '', stdout: '' });
  await rig.expectDeletable('undone');
});

describe('gc leaves alone', () => {
  test('a cgroup of somebody else, whatever it is called', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const foreign = join(cgroupRoot(), id);
    mkdirSync(foreign);
    onTestFinished(() => rmdirSync(foreign));
    expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(existsSync(foreign)).toBe(true);
  });

  test('containers and lost cgroups of another state root', () => {
    const [tsrun, other] = [newTsrun(), newTsrun()];
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] });
    const [kept, lost] = [other.newId(), other.newId()];
    for (const id of [kept, lost]) other.must(['run', '--detach', '--bundle', bundle.path, id]);
    rmSync(join(other.root, lost), { recursive: true });
    expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(other.state(kept)?.status).toBe('running');
    expect(readFileSync(join(cgroupRoot(), lost, 'cgroup.events'), 'utf8')).toContain('populated 1');
    expect(other.call(['gc']).stdout).toContain(`removed cgroup "${join(cgroupRoot(), lost)}"`);
  });

  // The path of its state is the same, and is another directory there: a runtime in a container has such.
  test('a container of a state root that another mount namespace has at this path', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    mkdirSync(tsrun.root, { mode: 0o700 });
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] });
    const script = `mount -t tmpfs -o mode=700 tmpfs ${tsrun.root} && "$@" run --detach --bundle ${bundle.path} ${id} && echo made && sleep 600`;
    const inner = tsrun.spawnProgram('unshare', ['--mount', 'sh', '-c', script, 'sh', TSRUN, '--root', tsrun.root]);
    await waitFor('the container', () => inner.stdout().includes('made'));
    expect(readdirSync(tsrun.root)).toEqual([]);
    expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(readFileSync(join(cgroupRoot(), id, 'cgroup.events'), 'utf8')).toContain('populated 1');
    execFileSync('nsenter', [
      '--mount',
      '--target',
      String(inner.pid),
      TSRUN,
      '--root',
      tsrun.root,
      'delete',
      '--force',
      id,
    ]);
  });

  test('a directory that is no state root', () => {
    const tsrun = newTsrun();
    for (const name of ['empty', 'other']) mkdirSync(join(tsrun.root, name), { recursive: true, mode: 0o755 });
    expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(readdirSync(tsrun.root).sort()).toEqual(['empty', 'other']);
  });
});

test('create takes the place of a container whose delete was killed at any step', async () => {
  const rig = new Rig();
  rig.create();
  const calls = rig.record(FRONT, ['delete', rig.id]);
  // From the call on that has made the mark.
  const first = calls.indexOf('flock') + 10;
  for (let index = first; index < calls.length; index += 5) {
    rig.create();
    const { hit } = rig.inflict({ process: FRONT, index }, 'kill', ['delete', rig.id]);
    expect(rig.call(...rig.createArguments()), `killed at call ${index}, ${hit}`).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(rig.expectValidState('made anew')).toBe('created');
    await rig.expectDeletable(`killed at call ${index}, ${hit}`);
  }
});

test('gc removes the rest where one thing cannot be removed, and says so', async () => {
  const rig = new Rig();
  rig.inflict({ process: FRONT, index: 150 }, 'kill', rig.createArguments());
  const broken = rig.tsrun.newId();
  mkdirSync(join(rig.tsrun.root, broken), { mode: 0o700 });
  writeFileSync(join(rig.tsrun.root, broken, 'state.json'), 'torn');
  const { status, stdout, stderr } = rig.call('gc');
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `tsrun: warning: cannot trust "${join(rig.tsrun.root, broken, 'state.json')}": it is not JSON\n`,
  });
  expect(stdout).toContain(`removed container "${rig.id}"`);
  rig.must('delete', '--force', broken);
  await rig.expectNothingLeft('the rest');
});
