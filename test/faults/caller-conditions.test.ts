// What a process inherits, in the state that tsrun's caller left it in: tsrun does its work, and its container is not in that state unless config.json or the kernel says so.
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { isAlive } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { type Condition, callAs, callerOf, refusing } from './caller.js';
import { Rig } from './rig.js';

const { SIGCHLD, SIGPIPE, SIGTERM, SIGKILL, SIGALRM, SIGXFSZ, SIGXCPU } = constants.signals;

/** A field of proc_pid_status(5). */
function statusOf(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

const everything: readonly (readonly [string, readonly Condition[]])[] = [
  [
    'ignores SIGCHLD, SIGPIPE and SIGXFSZ',
    [
      ['ignore', SIGCHLD],
      ['ignore', SIGPIPE],
      ['ignore', SIGXFSZ],
    ],
  ],
  [
    'blocks SIGCHLD, SIGTERM and SIGXCPU',
    [
      ['block', SIGCHLD],
      ['block', SIGTERM],
      ['block', SIGXCPU],
    ],
  ],
  ['wants it killed with its parent', [['death-signal', SIGKILL]]],
  ['may gain no privileges', [['no-new-privileges']]],
  ['is not dumpable', [['not-dumpable']]],
  ['is niced', [['nice', 15]]],
  ['has a real-time priority', [['fifo', 7]]],
  ['is on one processor', [['cpu', 0]]],
  ['has timers with much slack', [['slack', 50_000_000]]],
  ['is the first to be killed for memory', [['oom-score-adj', 700]]],
  ['is under a filter of system calls', [refusing(constants.errno.EPERM, 'chroot', 'reboot')]],
  [
    'has non-blocking streams',
    [
      ['nonblock', 0],
      ['nonblock', 1],
      ['nonblock', 2],
    ],
  ],
];

test.each(everything)('for a caller who %s every verb works', async (title, conditions) => {
  const rig = new Rig();
  for (const args of [
    rig.createArguments(),
    ['state', rig.id],
    ['start', rig.id],
    ['exec', rig.id, '/probe', 'true'],
    ['kill', rig.id, 'KILL'],
    ['delete', '--force', rig.id],
  ])
    expect(callAs(rig, conditions, args), args[0]).toMatchObject({ status: 0, stderr: '' });
  await rig.expectNothingLeft(title);
});

test('the exit status of a program comes through all of that', () => {
  const rig = new Rig(['/probe', 'exit', '42']);
  const conditions = everything.flatMap(([, each]) => each);
  expect(callAs(rig, conditions, ['run', '--bundle', rig.bundle.path, rig.id])).toMatchObject({
    status: 42,
    stderr: '',
  });
});

test('a program has the actions of signals, mask, processors and OOM score of its config, and may be killed with nobody', () => {
  const rig = new Rig(['/probe', 'report'], (spec) => {
    spec.process.oomScoreAdj = 900;
  });
  const conditions = everything.flatMap(([, each]) => each).filter(([name]) => name !== 'nonblock');
  const outcome = callAs(rig, conditions, ['run', '--bundle', rig.bundle.path, rig.id]);
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const { sigBlk, sigIgn, cpus, oomScoreAdj } = parseReport(outcome.stdout);
  expect({ sigBlk, sigIgn, oomScoreAdj }).toEqual({
    sigBlk: '0000000000000000',
    sigIgn: '0000000000000000',
    oomScoreAdj: '900',
  });
  // The kernel's answer for a new cpuset: all that there are, as runc since 1.3.1.
  expect(cpus).toBeGreaterThan(1);
});

test('a detached container outlives a caller whose children die with him', async () => {
  const rig = new Rig();
  const caller = callerOf(rig, ['death-signal', SIGKILL]);
  const args = [TSRUN, '--root', rig.tsrun.root, 'run', '--detach', '--bundle', rig.bundle.path, rig.id];
  expect(rig.tsrun.execute('/bin/sh', ['-c', '"$@"', 'sh', ...caller, ...args], rig.options())).toMatchObject({
    status: 0,
    stderr: '',
  });
  const { pid } = rig.init();
  expect(isAlive(pid)).toBe(true);
  expect(rig.expectValidState('detached')).toBe('running');
  await rig.expectDeletable('detached');
});

test('an alarm that the caller has set ends tsrun at most, and leaves nothing that delete --force does not remove', async () => {
  const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
    spec.hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '60'] }] };
  });
  const outcome = callAs(rig, [['alarm', 1]], rig.createArguments());
  expect(outcome.signal).toBe('SIGALRM');
  rig.expectValidState('alarm');
  await rig.expectDeletable('alarm');
});

test('an alarm that the caller has set does not reach the program', async () => {
  const rig = new Rig();
  callAs(rig, [['alarm', 1]], ['run', '--detach', '--bundle', rig.bundle.path, rig.id]);
  const { pid } = rig.init();
  // Pending alarms survive execve(2), but not fork(2); nothing else could show it than the second that it would take.
  const begin = performance.now();
  await waitFor('more than a second', () => performance.now() - begin > 1200);
  expect(isAlive(pid)).toBe(true);
  expect(statusOf(pid, 'SigPnd')).toBe('0000000000000000');
  expect(SIGALRM).toBe(14);
  await rig.expectDeletable('alarm');
});

test('streams that the caller has made non-blocking stay his, and blocking ones stay blocking', () => {
  for (const [conditions, nonblock] of [
    [[], false],
    [[['nonblock', 1]], true],
  ] as const) {
    const rig = new Rig(['/probe', 'report']);
    const outcome = callAs(rig, conditions, ['run', '--bundle', rig.bundle.path, rig.id]);
    expect(parseReport(outcome.stdout).descriptors.find(({ fd }) => fd === 1)?.nonblock).toBe(nonblock);
  }
});

describe('a current directory', () => {
  const script = 'cd "$PLACE" && exec "$@"';

  /** As a user, because root reads and enters everything. */
  test('that cannot be read or entered any more does not matter to absolute paths', () => {
    const tsrun = newTsrun();
    const place = join(makeTemporary(), 'place');
    mkdirSync(place);
    chownSync(place, 65534, 65534);
    const cannot = 'chmod 755 "$PLACE" && cd "$PLACE" && chmod 000 . && exec "$@"';
    const env = { PLACE: place };
    expect(tsrun.callFrom(cannot, ['list', '--quiet'], { env, uid: 65534 })).toMatchObject({ status: 0, stdout: '' });
    expect(tsrun.callFrom(cannot, ['features'], { env, uid: 65534 })).toMatchObject({ status: 0, stderr: '' });
  });

  test('on a file system that was unmounted lazily does not matter to absolute paths', () => {
    const rig = new Rig(['/probe', 'true']);
    const gone = `exec unshare --mount --propagation private /bin/sh -c '
      mount -t tmpfs tmpfs "$PLACE" && cd "$PLACE" && umount -l . && exec "$@"' sh "$@"`;
    const args = ['run', '--bundle', rig.bundle.path, rig.id];
    const env = { PLACE: makeTemporary() };
    expect(rig.tsrun.callFrom(gone, args, rig.options({ env }))).toMatchObject({ status: 0, stderr: '' });
    const relative = rig.tsrun.callFrom(gone, ['run', '--bundle', 'here', rig.id], rig.options({ env }));
    rig.expectWorded(relative, 'relative');
    expect(relative.stderr).toContain('the current directory does not exist any more');
  });

  test('of a bundle is where a bundle without a name is', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({ args: ['/probe', 'true'] });
    const env = { PLACE: bundle.path };
    expect(tsrun.callFrom(script, ['run', tsrun.newId()], { env })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a reader who is gone', () => {
  /** Descriptor 1, or 2, is a pipe that nobody reads. */
  function callInto(rig: Rig, broken: 1 | 2, args: readonly string[]) {
    const script = `exec 9>&1; { (exec true) <&0; "$@" ${broken === 1 ? '' : '2>&1 >&9 '}; echo $? > "$STATUS"; } | (exec <&-; exec true)`;
    const env = { STATUS: join(rig.directory, 'status') };
    const outcome = rig.tsrun.callFrom(script, args, rig.options({ env }));
    return { ...outcome, status: Number(readFileSync(env.STATUS, 'utf8')) };
  }

  test.each(['state', 'list', 'features', 'plan'])('of what %s prints does not make it crash', async (verb) => {
    const rig = new Rig();
    rig.create();
    const args = verb === 'state' ? [verb, rig.id] : verb === 'plan' ? [verb, rig.bundle.path] : [verb];
    const { stderr } = callInto(rig, 1, args);
    expect(stderr).toMatch(/^(tsrun: [^\n]*\n)?$/);
    expect(rig.expectValidState(verb)).toBe('created');
    await rig.expectDeletable(verb);
  });

  test('of its messages keeps create from nothing', async () => {
    const rig = new Rig(['/probe', 'true'], (spec) => {
      spec.annotations = { x: 'y' };
      Object.assign(spec, { ociVersion: '1.9.0' });
    });
    callInto(rig, 2, rig.createArguments());
    expect(rig.expectValidState('create')).toBe('created');
    await rig.expectDeletable('create');
  });

  test('of its messages gets no half of a container when create fails', async () => {
    const rig = new Rig(['/absent']);
    const { status } = callInto(rig, 2, rig.createArguments());
    expect(status).not.toBe(0);
    await rig.expectNothingLeft('create');
  });

  test('of what the program prints ends the program, not tsrun', async () => {
    const rig = new Rig(['/probe', 'give', '10000000']);
    const { status } = callInto(rig, 1, ['run', '--bundle', rig.bundle.path, rig.id]);
    // EPIPE: as PID 1 of its namespace it is not killed by SIGPIPE (pid_namespaces(7)).
    expect(status).toBe(1);
    await rig.expectNothingLeft('run');
  });
});

test.each(['', '0', '1', '2', '0 1', '0 2', '1 2', '0 1 2'])(
  'with descriptors %j closed no file of tsrun becomes one of them',
  async (closed) => {
    const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
      spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo out; echo err >&2'] }] };
    });
    const conditions = closed
      .split(' ')
      .filter(Boolean)
      .map((fd): Condition => ['close', fd]);
    expect(callAs(rig, conditions, ['run', '--detach', '--bundle', rig.bundle.path, rig.id]).status).toBe(0);
    const { pid } = rig.init();
    const report = rig.must('exec', rig.id, '/probe', 'report');
    expect(parseReport(report.stdout).descriptors.map(({ fd }) => fd)).toEqual([0, 1, 2]);
    for (const args of [
      ['state', rig.id],
      ['kill', rig.id, 'KILL'],
    ])
      expect(callAs(rig, conditions, args).status, args[0]).toBe(0);
    await waitFor('its end', () => !isAlive(pid));
    expect(callAs(rig, conditions, ['delete', rig.id]).status).toBe(0);
    await rig.expectNothingLeft(closed);
  },
);
