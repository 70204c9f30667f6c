// A foreground run: what tsrun hands on between its caller and the program, and what is left when one of them goes.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle, shareNamespace } from '../support/bundle.js';
import { isAlive } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { runBundle } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun, type Running, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** A foreground run of a program that says it is there, and what it is called. */
async function runInForeground(tsrun: Tsrun, options: BundleOptions, line: string): Promise<Running & { id: string }> {
  const id = tsrun.newId();
  const running = tsrun.spawn(['run', '-b', makeBundle(options).path, id]);
  await waitFor(line, () => running.stdout().includes(`${line}\n`));
  return { ...running, id };
}

const EXITS_ON_SIGNAL: BundleOptions = { args: ['/probe', 'exit-on-signal'] };

/** proc_pid_status(5): whether signals wait for this process. */
function hasPendingSignals(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return [...status.matchAll(/^(?:Sig|Shd)Pnd:\t(\w+)$/gm)].some((match) => BigInt(`0x${match[1]}`) !== 0n);
}

/** Of the processes that this one has to reap. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function withoutPidNamespace(spec: Parameters<NonNullable<BundleOptions['mutate']>>[0]): void {
  shareNamespace(spec, 'pid');
  spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
  Object.assign(spec.linux, { maskedPaths: [], readonlyPaths: [] });
}

describe('a signal to tsrun', () => {
  const NAMES = [
    ...([
      'SIGHUP',
      'SIGINT',
      'SIGQUIT',
      'SIGILL',
      'SIGTRAP',
      'SIGABRT',
      'SIGBUS',
      'SIGFPE',
      'SIGUSR1',
      'SIGSEGV',
    ] as const),
    ...(['SIGUSR2', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCONT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGXCPU'] as const),
    ...(['SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGIO', 'SIGPWR', 'SIGSYS'] as const),
  ];
  // signal(7): 34 is SIGRTMIN of the C library, 64 SIGRTMAX.
  for (const [name, number] of [
    ...NAMES.map((name) => [name, constants.signals[name]] as const),
    ...[34, 35, 50, 64].map((number) => [`real-time signal ${number}`, number] as const),
  ]) {
    test(`is forwarded: ${name}`, async () => {
      const { pid, ended } = await runInForeground(newTsrun(), EXITS_ON_SIGNAL, 'ready');
      process.kill(pid, number);
      expect(await ended).toMatchObject({ status: 128 + number, signal: null, stderr: '' });
    });
  }

  for (const name of ['SIGCHLD', 'SIGPIPE', 'SIGURG', 'SIGWINCH'] as const) {
    test(`concerns tsrun alone: ${name}`, async () => {
      const { pid, ended } = await runInForeground(newTsrun(), EXITS_ON_SIGNAL, 'ready');
      process.kill(pid, name);
      await waitFor('the signal to be taken', () => !hasPendingSignals(pid));
      process.kill(pid, 'SIGUSR2');
      expect((await ended).status).toBe(128 + constants.signals.SIGUSR2);
    });
  }

  test('is forwarded that comes before tsrun attends to the program, while poststart hooks run', async () => {
    const tsrun = newTsrun();
    const gate = join(makeTemporary(), 'gate');
    const options: BundleOptions = {
      ...EXITS_ON_SIGNAL,
      mutate: (spec) => {
        const script = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
        spec.hooks = { poststart: [{ path: '/bin/sh', args: ['sh', '-c', script] }] };
      },
    };
    const { pid, ended } = await runInForeground(tsrun, options, 'ready');
    process.kill(pid, 'SIGUSR1');
    writeFileSync(gate, '');
    expect(await ended).toMatchObject({ status: 138, signal: null, stderr: '' });
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('is not forwarded twice to a program in the group of a shell, as the program has a session of its own', async () => {
    const tsrun = newTsrun();
    const { id, ended } = await runInForeground(tsrun, EXITS_ON_SIGNAL, 'ready');
    const stat = readFileSync(`/proc/${tsrun.state(id)?.pid}/stat`, 'utf8');
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect([group, session]).toEqual([String(tsrun.state(id)?.pid), String(tsrun.state(id)?.pid)]);
    tsrun.must(['kill', id, 'TERM']);
    expect((await ended).status).toBe(143);
  });

  test('that stops tsrun does not stop the program, whose end is seen when tsrun goes on', async () => {
    const tsrun = newTsrun();
    const { pid, id, ended } = await runInForeground(tsrun, EXITS_ON_SIGNAL, 'ready');
    process.kill(pid, 'SIGSTOP');
    await waitFor('the stop', () => /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    expect(tsrun.state(id)?.status).toBe('running');
    tsrun.must(['kill', id, 'USR1']);
    await waitFor('the end', () => tsrun.state(id)?.status === 'stopped');
    process.kill(pid, 'SIGCONT');
    expect((await ended).status).toBe(138);
    expect(tsrun.leftovers()).toEqual([]);
  });
});

describe('the status', () => {
  for (const number of [1, 2, 3, 6, 8, 9, 11, 13, 14, 15, 31, 34, 64]) {
    test(`is ${128 + number} of a program that dies of signal ${number}`, () => {
      const { status, stderr } = runBundle({
        args: ['/probe', 'kill-self', String(number)],
        mutate: withoutPidNamespace,
      });
      expect({ status, stderr }).toEqual({ status: 128 + number, stderr: '' });
    });
  }

  test('is that of the program, not of a child of its that ends later or died of a signal', () => {
    const { status } = runBundle({ args: ['/probe', 'zombie', '3'], mutate: withoutPidNamespace });
    expect(status).toBe(0);
  });
});

describe('orphans', () => {
  test('of hooks are reaped while the program runs', async () => {
    const tsrun = newTsrun();
    const gate = join(makeTemporary(), 'gate');
    const script = `(while [ ! -e ${gate} ]; do sleep 0.05; done) </dev/null >/dev/null 2>&1 &`;
    const options = {
      ...EXITS_ON_SIGNAL,
      mutate: (spec: { hooks?: object }) => {
        spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', script] }] };
      },
    };
    const { pid, id, ended } = await runInForeground(tsrun, options, 'ready');
    const init = tsrun.state(id)?.pid;
    await waitFor('the orphan', () => childrenOf(pid).length === 2);
    writeFileSync(gate, '');
    await waitFor('its end', () => childrenOf(pid).every((child) => child === init));
    process.kill(pid, 'SIGTERM');
    expect((await ended).status).toBe(143);
  });

  test('of a program without a pid namespace are reaped, and killed at its end', async () => {
    const tsrun = newTsrun();
    const options = { args: ['/probe', 'fork-sleep', '3600'], mutate: withoutPidNamespace };
    const { pid, id, ended } = await runInForeground(tsrun, options, 'forked');
    const init = tsrun.state(id)?.pid ?? 0;
    const orphan = childrenOf(pid).find((child) => child !== init) ?? 0;
    expect(orphan).toBeGreaterThan(0);
    process.kill(orphan, 'SIGKILL');
    await waitFor('the orphan', () => !childrenOf(pid).includes(orphan));
    tsrun.must(['kill', id, 'KILL']);
    expect((await ended).status).toBe(137);
    expect(hasCgroup(id)).toBe(false);
  });
});

describe('tsrun that is killed in the foreground', () => {
  test('leaves a container that runs, and can be deleted', async () => {
    const tsrun = newTsrun();
    const { pid, id, ended } = await runInForeground(tsrun, EXITS_ON_SIGNAL, 'ready');
    const init = tsrun.state(id)?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    expect(await ended).toMatchObject({ status: null, signal: 'SIGKILL' });
    expect(tsrun.state(id)).toMatchObject({ status: 'running', pid: init });
    expect(tsrun.call(['delete', id]).stderr).toContain('that is not stopped: running');
    tsrun.must(['delete', '--force', id]);
    expect({ alive: isAlive(init), leftovers: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({
      alive: false,
      leftovers: [],
      cgroup: false,
    });
  });

  test('leaves a stopped one when the program ends later', async () => {
    const tsrun = newTsrun();
    const { pid, id, ended } = await runInForeground(tsrun, EXITS_ON_SIGNAL, 'ready');
    process.kill(pid, 'SIGKILL');
    await ended;
    tsrun.must(['kill', id, 'TERM']);
    await waitFor('the end', () => tsrun.state(id)?.status === 'stopped');
    tsrun.must(['delete', id]);
    expect(tsrun.leftovers()).toEqual([]);
  });
});

describe('the caller of tsrun', () => {
  test('may go: the container goes on, and is removed when its program ends', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { path } = makeBundle(EXITS_ON_SIGNAL);
    // The shell ends at once; its child is another's then.
    const script = 'exec 3>&-; "$@" </dev/null >/dev/null 2>&1 & exit 0';
    expect(tsrun.callFrom(script, ['run', '-b', path, id]).status).toBe(0);
    await waitFor('the program', () => tsrun.state(id)?.status === 'running');
    tsrun.must(['kill', id, 'TERM']);
    await waitFor('the removal', () => tsrun.leftovers().length === 0);
    expect(hasCgroup(id)).toBe(false);
  });

  test('may delete the container meanwhile', async () => {
    const tsrun = newTsrun();
    const { id, ended } = await runInForeground(tsrun, EXITS_ON_SIGNAL, 'ready');
    tsrun.must(['delete', '--force', id]);
    expect(await ended).toMatchObject({ status: 137, stderr: '' });
    expect(tsrun.leftovers()).toEqual([]);
  });
});

describe('standard input and output', () => {
  const CAT: BundleOptions = { args: ['/probe', 'cat-stdin'] };
  const BINARY = randomBytes(1024 * 1024);

  /** Runs `cat-stdin` between two pipes of this process. */
  async function pipeThrough(data: Buffer): Promise<{ output: Buffer; status: number | null }> {
    const tsrun = newTsrun();
    const child = spawn(TSRUN, ['--root', tsrun.root, 'run', '-b', makeBundle(CAT).path, tsrun.newId()]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end(data);
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { output: Buffer.concat(chunks), status };
  }

  test('pass a mebibyte of any bytes through pipes unchanged', async () => {
    const { output, status } = await pipeThrough(BINARY);
    expect({ status, length: output.length, same: output.equals(BINARY) }).toEqual({
      status: 0,
      length: BINARY.length,
      same: true,
    });
  });

  test('pass an empty input as the end of file', async () => {
    const { output, status } = await pipeThrough(Buffer.alloc(0));
    expect({ status, length: output.length }).toEqual({ status: 0, length: 0 });
  });

  test('pass files through, at their place', () => {
    const tsrun = newTsrun();
    const directory = makeTemporary();
    const [source, target] = [join(directory, 'source'), join(directory, 'target')];
    writeFileSync(source, BINARY);
    writeFileSync(target, 'before\n');
    const script = `exec <${source} >>${target}; head -c 0; "$@"`;
    expect(tsrun.callFrom(script, ['run', '-b', makeBundle(CAT).path, tsrun.newId()]).status).toBe(0);
    expect(readFileSync(target).equals(Buffer.concat([Buffer.from('before\n'), BINARY]))).toBe(true);
  });

  for (const [what, redirection] of [
    ['input is closed', '<&-'],
    ['output is closed', '>&-'],
    ['error is closed', '2>&-'],
    ['of them all are closed', '<&- >&- 2>&-'],
  ]) {
    test(`are /dev/null where standard ${what}, and never a file of tsrun`, () => {
      const tsrun = newTsrun();
      const directory = makeTemporary();
      const options: BundleOptions = {
        args: ['/probe', 'write', '/host/done', ''],
        mutate: (spec) => {
          spec.mounts.push({ destination: '/host', type: 'bind', source: directory, options: ['bind'] });
        },
      };
      const script = `exec "$@" ${redirection}`;
      const { status } = tsrun.callFrom(script, ['run', '-b', makeBundle(options).path, tsrun.newId()]);
      expect(status).toBe(0);
      expect(readFileSync(join(directory, 'done'), 'utf8')).toBe('');
      expect(tsrun.leftovers()).toEqual([]);
    });
  }

  test('are full where the caller says so: the program is told, and its status is answered', () => {
    const tsrun = newTsrun();
    const { path } = makeBundle({ args: ['/probe', 'echo', 'lost'] });
    const { status, stderr } = tsrun.callFrom('exec "$@" >/dev/full', ['run', '-b', path, tsrun.newId()]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'probe: standard output: No space left on device (ENOSPC)\n',
    });
  });

  test('that nobody reads any more end the program, not tsrun', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const child = spawn(TSRUN, ['--root', tsrun.root, 'run', '-b', makeBundle(yes()).path, id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.stdout?.destroy();
    const [status, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (...end) => resolve(end)),
    );
    expect({ status, signal }).toEqual({ status: 128 + constants.signals.SIGPIPE, signal: null });
    expect(tsrun.leftovers()).toEqual([]);
  });

  /** Writes until it dies of it: process 1 of a pid namespace would not. */
  function yes(): BundleOptions {
    return { args: ['/probe', 'flood'], mutate: withoutPidNamespace };
  }
});
