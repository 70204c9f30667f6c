// Files of the state directory that are not what tsrun wrote: nothing is believed, and delete --force still removes what there is.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../support/host.js';
import { Rig } from './rig.js';

/** Without the summary, which answers `state` of a published container, every verb has to read state.json. */
function newBroken(spoil: (path: string, rig: Rig) => void): Rig {
  const rig = new Rig();
  rig.create();
  rmSync(rig.file('summary'), { force: true });
  spoil(rig.file('state.json'), rig);
  return rig;
}

function rewrite(change: (record: Record<string, unknown>) => void): (path: string) => void {
  return (path) => {
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    change(record);
    writeFileSync(path, JSON.stringify(record));
  };
}

/** Puts something else there, made by a command that gets the path. */
function replaceWith(...command: string[]): (path: string) => void {
  return (path) => {
    rmSync(path);
    execFileSync('/usr/bin/env', [...command, path]);
  };
}

const replaceBy = (text: string) => (path: string) => writeFileSync(path, text);

const spoiled: [string, (path: string, rig: Rig) => void][] = [
  ['empty', replaceBy('')],
  ['truncated', (path) => truncateSync(path, 100)],
  ['one byte short of its end', (path) => truncateSync(path, readFileSync(path).length - 2)],
  ['garbage', replaceBy('\u0000\u0001{]')],
  ['null', replaceBy('null')],
  ['an array', replaceBy('[]')],
  ['a number', replaceBy('7')],
  ['of another version', rewrite((record) => (record.version = 2))],
  ['of another id', rewrite((record) => (record.id = 'another'))],
  ['without a spec', rewrite((record) => delete record.spec)],
  ['with a spec that is null', rewrite((record) => (record.spec = null))],
  ['with a bundle that is a number', rewrite((record) => (record.bundle = 1))],
  ['with a creator that is null', rewrite((record) => (record.creator = null))],
  ['with a creator whose pid is text', rewrite((record) => (record.creator = { pid: '1', startTime: '1' }))],
  ['with a cgroup that is text', rewrite((record) => (record.cgroup = '/'))],
  ['missing', (path) => rmSync(path)],
  ['a fifo', replaceWith('mkfifo')],
  ['a directory', replaceWith('mkdir')],
  ['a link to itself', replaceWith('ln', '-s', 'state.json')],
  ['a device without end', replaceWith('ln', '-s', '/dev/zero')],
];

describe('a state.json that cannot be trusted', () => {
  test.each(spoiled)('%s: is refused by all but delete --force, which ends the processes', async (_, spoil) => {
    const rig = newBroken(spoil);
    const { pid } = rig.init();
    const state = rig.call('state', rig.id);
    rig.expectWorded(state, 'state');
    expect(state.stderr).toContain(`cannot trust "${rig.file('state.json')}"`);
    for (const verb of ['start', 'kill', 'delete']) rig.expectWorded(rig.call(verb, rig.id), verb);
    expect(isAlive(pid)).toBe(true);
    await rig.expectDeletable('delete --force');
    expect(isAlive(pid)).toBe(false);
  });

  test('is a warning of list, which goes on with the others', async () => {
    const rig = newBroken(replaceBy('null'));
    const other = rig.tsrun.newId();
    rig.must('create', '--bundle', rig.bundle.path, other);
    const { status, stdout, stderr } = rig.call('list', '--quiet');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${other}\n` });
    expect(stderr).toMatch(/^tsrun: warning: cannot trust "[^"]*\/state\.json": it is not an object\n$/);
    rig.must('delete', '--force', other);
    await rig.expectDeletable('delete --force');
  });

  test('together with a truncated plan still lets delete --force remove the container', async () => {
    const rig = new Rig();
    rig.create();
    const { pid } = rig.init();
    truncateSync(rig.file('state.json'), 50);
    truncateSync(rig.file('plan'), 200);
    await rig.expectDeletable('delete --force');
    expect(isAlive(pid)).toBe(false);
  });

  test('of mode 000 is read all the same by root', async () => {
    const rig = newBroken((path) => chmodSync(path, 0));
    expect(rig.expectValidState('state')).toBe('created');
    await rig.expectDeletable('delete --force');
  });
});

const files: [string, (rig: Rig) => void][] = [
  ['a truncated plan', (rig) => truncateSync(rig.file('plan'), 100)],
  ['an empty plan', (rig) => truncateSync(rig.file('plan'), 0)],
  ['no plan', (rig) => rmSync(rig.file('plan'))],
  ['a truncated summary', (rig) => truncateSync(rig.file('summary'), readFileSync(rig.file('summary')).length - 3)],
  ['an empty summary', (rig) => truncateSync(rig.file('summary'), 0)],
  ['no summary', (rig) => rmSync(rig.file('summary'))],
  ['no template of an exec', (rig) => rmSync(rig.file('exec'))],
  ['no fifo', (rig) => rmSync(rig.file('exec.fifo'))],
  ['an empty init', (rig) => truncateSync(rig.file('init'), 0)],
  ['no init', (rig) => rmSync(rig.file('init'))],
];

describe.each(files)('a container with %s', (title, spoil) => {
  test('has a valid state and can be deleted by force', async () => {
    const rig = new Rig();
    rig.create();
    spoil(rig);
    rig.expectValidState(title);
    await rig.expectDeletable(title);
  });
});

/** A process of this test that has to survive. */
function newVictim(): { pid: number; child: ChildProcess } {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { pid: child.pid ?? 0, child };
}

/** The container has ended, and its init's pid now is somebody else's. */
function recycle(rig: Rig, victim: number): void {
  const { pid, startTime } = rig.init();
  rig.must('kill', rig.id, 'KILL');
  expect(pid).not.toBe(victim);
  writeFileSync(rig.file('init'), `${victim} ${startTime}\n`);
}

describe('a pid that is not init any more', () => {
  test('is not signalled: the container is stopped, kill refuses, delete removes', async () => {
    const rig = new Rig();
    const victim = newVictim();
    rig.create();
    recycle(rig, victim.pid);
    expect(rig.expectValidState('recycled')).toBe('stopped');
    for (const args of [
      ['kill', rig.id, 'KILL'],
      ['start', rig.id],
    ])
      rig.expectWorded(rig.call(...args), args.join(' '));
    await rig.expectDeletable('recycled');
    expect(victim.child.exitCode).toBeNull();
    expect(isAlive(victim.pid)).toBe(true);
  });

  test.each(['0 1', '-1 1', '1 1', '99999999999 1', 'x y', '1'])('"%s" in the file init ends nothing', async (text) => {
    const rig = new Rig();
    rig.create();
    renameSync(rig.file('init'), rig.file('init.saved'));
    writeFileSync(rig.file('init'), `${text}\n`);
    expect(rig.expectValidState(text)).toBe('stopped');
    rmSync(rig.file('init.saved'));
    await rig.expectDeletable(text);
  });
});

/** A pid namespace of its own, in which the next pid can be chosen (ns_last_pid, proc_sys_kernel(5)). */
const RECYCLING = `
set -e
"$@" create --bundle "$BUNDLE" "$ID" < /dev/null
read -r init _ < "$STATE/init"
"$@" kill "$ID" KILL
while [ -e /proc/$init ]; do wait || :; sleep 0.01; done
# Start times are counted in hundredths of a second.
sleep 0.05
for try in 1 2 3 4 5 6 7 8 9 10; do
  echo $((init - 1)) > /proc/sys/kernel/ns_last_pid
  sleep 60 & victim=$!
  [ $victim = $init ] && break
  kill $victim
done
[ $victim = $init ]
"$@" state "$ID" | grep -q '"status": "stopped"'
! "$@" kill "$ID" KILL 2> /dev/null
"$@" delete --force "$ID"
kill -0 $victim
kill $victim
echo survived
`;

test('a pid that the kernel gave to another process is not signalled', async () => {
  const rig = new Rig();
  const script = 'unshare --pid --fork --mount-proc --kill-child /bin/sh -c "$SCRIPT" sh "$@"';
  const env = { SCRIPT: RECYCLING, BUNDLE: rig.bundle.path, ID: rig.id, STATE: rig.file('') };
  const outcome = rig.tsrun.callFrom(script, [], rig.options({ env }));
  expect(outcome).toEqual({ status: 0, signal: null, stdout: 'survived\n', stderr: '' });
  await rig.expectNothingLeft('recycled pid');
});
