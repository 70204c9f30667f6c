// containerd without Kubernetes: what ctr asks for, with runc and with tsrun.
import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandLine, TERMINAL_SIZE } from '../support/command-line.js';
import { type Containerd, startContainerd } from '../support/containerd.js';
import { COMMAND, IMAGE } from '../support/image.js';
import { RUNTIMES } from '../support/runtimes.js';
import { seeSize } from '../support/terminal.js';
import { waitFor } from '../support/wait-for.js';

const MIB = 1024 * 1024;
/** A container that most tests look at. */
const WEB = 'web';
/** Named after containerd's namespace. */
const PARENT = '/sys/fs/cgroup/default';

let containerd: Containerd;
let ctr: CommandLine;

beforeAll(async () => {
  containerd = await startContainerd(['default']);
  ctr = containerd.ctr;
});

afterAll(async () => {
  await containerd?.stop();
  // The parent of the containers' cgroups, which runc leaves.
  if (existsSync(PARENT)) rmdirSync(PARENT);
});

describe.each(RUNTIMES.map((runtime) => [runtime.name, runtime] as const))('containerd with %s', (_, { path }) => {
  const flags = ['--runc-binary', path, '--seccomp'];
  let count = 0;
  const newName = () => {
    count += 1;
    return `one-${count}`;
  };
  const run = (...args: readonly string[]) => ctr.call(['run', '--rm', ...flags, IMAGE, newName(), ...args]);
  const exec = (...args: readonly string[]) => ctr.call(['task', 'exec', '--exec-id', newName(), WEB, ...args]);
  const statusOf = async (name: string) => {
    const lines = (await ctr.must('task', 'ls')).split('\n').map((line) => line.split(/\s+/));
    return lines.find(([task]) => task === name)?.[2];
  };

  beforeAll(async () => {
    const limits = ['--memory-limit', `${64 * MIB}`, '--cpu-quota', '50000', '--cpu-period', '100000'];
    await ctr.must('run', '--detach', '--null-io', ...flags, ...limits, IMAGE, WEB, ...COMMAND);
  });

  afterAll(async () => {
    for (const name of (await ctr.must('container', 'ls', '--quiet')).split('\n').filter((line) => line !== '')) {
      await ctr.call(['task', 'delete', '--force', name]);
      await ctr.must('container', 'delete', name);
    }
  });

  test('run answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await run('sh', '-c', 'echo out; echo err >&2; exit 5');
    expect({ status, stdout, stderr }).toEqual({ status: 5, stdout: 'out\n', stderr: 'err\n' });
  });

  test('run of a program that is not there says so', async () => {
    const { status, stderr } = await run('no-such-program');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('executable file not found') });
  });

  test('run --tty gives the program a terminal, and tells it of a new size', async () => {
    const terminal = await ctr.onTerminal('run', '--rm', '--tty', ...flags, IMAGE, newName(), 'sh');
    await terminal.sees('# ');
    terminal.type('test -t 0 && test -t 1 && test -t 2 && echo at $(tty)\n');
    await terminal.sees('at /dev/pts/0\r');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    await terminal.resize(40, 120);
    await seeSize(terminal, 40, 120);
    terminal.type('exit 6\n');
    expect((await terminal.ended).status).toBe(6);
  });

  test('run --runc-systemd-cgroup makes a scope', async () => {
    const scope = ['--runc-systemd-cgroup', '--cgroup', 'system.slice:ctr:scope'];
    const { status, stdout } = await ctr.call([
      'run',
      '--rm',
      ...flags,
      ...scope,
      IMAGE,
      newName(),
      'cat',
      '/proc/1/cgroup',
    ]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '0::/system.slice/ctr-scope.scope\n' });
  });

  test('task exec answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await exec('sh', '-c', 'echo out; echo err >&2; exit 7');
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('task exec of a program that is not there says so', async () => {
    const { status, stderr } = await exec('no-such-program');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('executable file not found') });
  });

  test('task exec is in the cgroup of the container, whose limits are set, and behind its filter', async () => {
    const { stdout } = await exec('sh', '-c', 'cat /proc/self/cgroup; grep Seccomp: /proc/self/status');
    expect(stdout).toBe(`0::/default/${WEB}\nSeccomp:\t2\n`);
    const limits = ['memory.max', 'cpu.max'].map((file) => readFileSync(`${PARENT}/${WEB}/${file}`, 'utf8'));
    expect(limits).toEqual([`${64 * MIB}\n`, '50000 100000\n']);
  });

  test('task exec --tty gives the program a terminal of its size', async () => {
    const terminal = await ctr.onTerminal('task', 'exec', '--tty', '--exec-id', newName(), WEB, 'sh');
    await terminal.sees('# ');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    terminal.type('exit 8\n');
    expect((await terminal.ended).status).toBe(8);
  });

  test('task metrics answers what the container uses', async () => {
    const { pids, memory } = JSON.parse(await ctr.must('task', 'metrics', '--format', 'json', WEB));
    expect({ pids: pids.current > 0, limit: memory.usage_limit }).toEqual({ pids: true, limit: 64 * MIB });
  });

  test('task ps answers its processes', async () => {
    const pids = (await ctr.must('task', 'ps', WEB))
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[0]);
    const tasks = (await ctr.must('task', 'ls')).split('\n').map((line) => line.split(/\s+/));
    expect(pids).toContain(tasks.find(([task]) => task === WEB)?.[1]);
  });

  test('task pause and resume', async () => {
    await ctr.must('task', 'pause', WEB);
    expect(await statusOf(WEB)).toBe('PAUSED');
    await ctr.must('task', 'resume', WEB);
    expect(await statusOf(WEB)).toBe('RUNNING');
  });

  test('task kill ends the program, delete removes the container', async () => {
    await ctr.must('task', 'kill', '--signal', 'SIGTERM', WEB);
    await waitFor('its end', async () => (await statusOf(WEB)) === 'STOPPED');
    await ctr.must('task', 'delete', WEB);
    await ctr.must('container', 'delete', WEB);
    expect(await ctr.must('container', 'ls', '--quiet')).toBe('');
  });

  test('task delete --force removes what runs', async () => {
    await ctr.must('run', '--detach', '--null-io', ...flags, IMAGE, 'doomed', ...COMMAND);
    await ctr.must('task', 'delete', '--force', 'doomed');
    expect(await statusOf('doomed')).toBeUndefined();
    await ctr.must('container', 'delete', 'doomed');
  });
});
