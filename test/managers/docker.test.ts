// Docker: what its daemon does through its runtime, with runc and with tsrun.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type CommandLine, TERMINAL_SIZE } from '../support/command-line.js';
import { type Docker, startDocker } from '../support/docker.js';
import { COMMAND, IMAGE } from '../support/image.js';
import { RUNTIMES } from '../support/runtimes.js';
import { seeSize } from '../support/terminal.js';
import { waitFor } from '../support/wait-for.js';

const MIB = 1024 * 1024;
const ALONE = '--network=none';
/** A container that most tests look at. */
const WEB = 'web';

let daemon: Docker;
let docker: CommandLine;

beforeAll(async () => {
  daemon = await startDocker();
  docker = daemon.docker;
});

afterAll(async () => {
  await daemon?.stop();
});

describe.each(RUNTIMES.map(({ name }) => name))('Docker with %s', (runtime) => {
  const flags = [`--runtime=${runtime}`, ALONE];
  const run = (...args: readonly string[]) => docker.call(['run', '--rm', ...flags, ...args]);
  const script = (text: string) => [IMAGE, 'sh', '-c', text];
  const inspect = (format: string, name = WEB) => docker.must('inspect', '--format', format, name);
  const inWeb = (...args: readonly string[]) => docker.call(['exec', WEB, ...args]);

  beforeAll(async () => {
    const limits = ['--memory=64m', '--memory-swap=96m', '--cpus=0.5', '--pids-limit=40'];
    const health = ['--health-cmd=test ! -e /tmp/sick', '--health-interval=1s', '--health-retries=1'];
    const text = `echo begun; echo wrong >&2; ${COMMAND.at(-1)?.replace('exit 0', 'exit 3')}`;
    await docker.must('run', '--detach', '--name', WEB, ...flags, ...limits, ...health, ...script(text));
  });

  afterAll(async () => {
    const left = await docker.must('ps', '--all', '--quiet');
    if (left !== '') await docker.must('rm', '--force', ...left.split('\n'));
  });

  test('is told that this is its runtime', async () => {
    expect(await inspect('{{.HostConfig.Runtime}}')).toBe(runtime);
  });

  test('run answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await run(...script('echo out; echo err >&2; exit 5'));
    expect({ status, stdout, stderr }).toEqual({ status: 5, stdout: 'out\n', stderr: 'err\n' });
  });

  test('run --interactive gives the program what is typed', async () => {
    const { status, stdout } = await docker.call(['run', '--rm', '--interactive', ...flags, IMAGE, 'cat'], 'typed\n');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'typed\n' });
  });

  test('run of a program that is not there ends with 127, of one that cannot be executed with 126', async () => {
    expect((await run(IMAGE, 'no-such-program')).status).toBe(127);
    expect((await run(IMAGE, '/etc/no-program')).status).toBe(126);
  });

  test('run --tty gives the program a terminal, and tells it of a new size', async () => {
    const terminal = await docker.onTerminal('run', '--rm', '-it', ...flags, IMAGE, 'sh');
    await terminal.sees('# ');
    terminal.type('test -t 0 && test -t 1 && test -t 2 && echo at $(tty)\n');
    await terminal.sees('at /dev/pts/0\r');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    await terminal.resize(40, 120);
    await seeSize(terminal, 40, 120);
    terminal.type('exit 6\n');
    expect((await terminal.ended).status).toBe(6);
  });

  test('run confines the program: its seccomp filter, its AppArmor profile, its capabilities, its mounts', async () => {
    const volume = mkdtempSync(join(tmpdir(), 'volume-'));
    onTestFinished(() => rmSync(volume, { recursive: true }));
    chmodSync(volume, 0o755);
    writeFileSync(join(volume, 'file'), 'of the host\n');
    const confinement = ['--cap-drop=all', '--cap-add=kill', '--hostname=inside', '--user=user', '--workdir=/home'];
    const surroundings = ['--env=A=b', '--ulimit=nofile=100:200', '--volume', `${volume}:/data:ro`, '--shm-size=1m'];
    const look =
      'grep -E "^(CapBnd|Seccomp):" /proc/self/status; cat /proc/self/attr/current; hostname; id -u; pwd; echo $A; ulimit -n';
    const { stdout, stderr } = await run(
      ...confinement,
      ...surroundings,
      ...script(`${look}; cat /data/file; touch /data/new; grep -c size=1024k /proc/mounts`),
    );
    expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'CapBnd: 0000000000000020',
      'Seccomp: 2',
      'docker-default (enforce)',
      'inside',
      '1000',
      '/home',
      'b',
      '100',
      'of the host',
      '1',
    ]);
    expect(stderr).toContain('Read-only file system');
  });

  test('run --security-opt seccomp=unconfined leaves system calls alone', async () => {
    const { stdout } = await run('--security-opt=seccomp=unconfined', IMAGE, 'grep', '^Seccomp:', '/proc/self/status');
    expect(stdout).toBe('Seccomp:\t0\n');
  });

  test('run --read-only --init has tini for PID 1, and nothing is writable', async () => {
    const { stdout } = await run(
      '--init',
      '--read-only',
      ...script('head -n 1 /proc/1/status; touch /new 2>/dev/null; echo $?'),
    );
    expect(stdout).toBe('Name:\tdocker-init\n1\n');
  });

  test('run with limits sets those that the program sees', async () => {
    const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map((file) => `/sys/fs/cgroup/${file}`);
    expect((await inWeb('cat', ...files)).stdout).toBe(`${64 * MIB}\n${32 * MIB}\n50000 100000\n40\n`);
  });

  test('exec answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await inWeb('sh', '-c', 'echo out; echo err >&2; exit 7');
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  // Docker 20.10 has 127 for run only.
  test('exec of a program that is not there, and of one that cannot be executed, ends with 126', async () => {
    expect((await inWeb('no-such-program')).status).toBe(126);
    expect((await inWeb('/etc/no-program')).status).toBe(126);
  });

  test('exec sets user, directory and environment, and gives the program what is typed', async () => {
    const options = ['--interactive', '--user=user', '--workdir=/home', '--env=A=b'];
    const { stdout } = await docker.call(['exec', ...options, WEB, 'sh', '-c', 'id -u; pwd; echo $A; cat'], 'typed\n');
    expect(stdout).toBe('1000\n/home\nb\ntyped\n');
  });

  test('exec is confined as the container is', async () => {
    const fields = '^(CapBnd|CapEff|Seccomp|NoNewPrivs):';
    const look = (pid: string) =>
      inWeb('sh', '-c', `grep -E '${fields}' /proc/${pid}/status; cat /proc/${pid}/attr/current`);
    const { stdout } = await look('self');
    expect(stdout).toBe((await look('1')).stdout);
    expect(stdout).toContain('Seccomp:\t2\ndocker-default (enforce)\n');
  });

  test('exec --privileged is not confined', async () => {
    const { stdout } = await docker.call(['exec', '--privileged', WEB, 'grep', '^CapEff:', '/proc/self/status']);
    expect(stdout).toMatch(/^CapEff:\t00000[0-9a-f]{3}ffffffff\n$/);
  });

  test('exec --tty gives the program a terminal of its size', async () => {
    const terminal = await docker.onTerminal('exec', '-it', WEB, 'sh');
    await terminal.sees('# ');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    terminal.type('exit 8\n');
    expect((await terminal.ended).status).toBe(8);
  });

  test('exec --detach leaves a program in the container', async () => {
    await docker.must('exec', '--detach', WEB, 'sh', '-c', 'echo done >/tmp/detached');
    const { stdout } = await inWeb('sh', '-c', 'until grep done /tmp/detached 2>/dev/null; do sleep 0.1; done');
    expect(stdout).toBe('done\n');
  });

  test('logs answers what the program wrote', async () => {
    const { stdout, stderr } = await docker.call(['logs', WEB]);
    expect({ stdout, stderr }).toEqual({ stdout: 'begun\n', stderr: 'wrong\n' });
  });

  test('stats answers what the container uses', async () => {
    const stats = JSON.parse(await docker.must('stats', '--no-stream', '--format={{json .}}', WEB));
    expect(stats.MemUsage).toMatch(/^[1-9].*B \/ 64MiB$/);
    expect(Number(stats.PIDs)).toBeGreaterThanOrEqual(1);
  });

  test('top answers its processes', async () => {
    const [header, first] = (await docker.must('top', WEB, '-o', 'pid,comm')).split('\n');
    expect(header?.trim().split(/\s+/)).toEqual(['PID', 'COMMAND']);
    expect(first?.trim().split(/\s+/)).toEqual([await inspect('{{.State.Pid}}'), 'sh']);
  });

  test('cp copies in and out', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copy-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'in'), 'copied\n');
    await docker.must('cp', join(directory, 'in'), `${WEB}:/home/copy`);
    expect((await docker.call(['cp', `${WEB}:/home/copy`, '-'])).stdout).toContain('copied\n');
  });

  test('update changes limits of what runs', async () => {
    await docker.must('update', '--memory=48m', '--memory-swap=48m', '--cpus=0.25', '--pids-limit=50', WEB);
    const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map((file) => `/sys/fs/cgroup/${file}`);
    expect((await inWeb('cat', ...files)).stdout).toBe(`${48 * MIB}\n0\n25000 100000\n50\n`);
  });

  test('a health check tells health from sickness', async () => {
    const isIn = (health: string) => async () => (await inspect('{{.State.Health.Status}}')) === health;
    await waitFor('health', isIn('healthy'));
    await docker.must('exec', WEB, 'touch', '/tmp/sick');
    await waitFor('sickness', isIn('unhealthy'));
  });

  test('pause and unpause', async () => {
    await docker.must('pause', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('paused');
    await docker.must('unpause', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
  });

  test('restart ends the program and starts it again', async () => {
    const before = await inspect('{{.State.Pid}}');
    await docker.must('restart', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
    expect(await inspect('{{.State.Pid}}')).not.toBe(before);
  });

  test('stop lets the program end by itself, start runs it again', async () => {
    await docker.must('stop', WEB);
    expect(await inspect('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 3');
    await docker.must('start', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
  });

  test('kill ends it by a signal', async () => {
    await docker.must('kill', WEB);
    await docker.must('wait', WEB);
    expect(await inspect('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
  });

  test('run tells that memory ran out', async () => {
    const limits = ['--memory=16m', '--memory-swap=16m'];
    await docker.call(['run', '--name=hungry', ...flags, ...limits, ...script('tail /dev/zero; sleep 1; exit 9')]);
    expect(await inspect('{{.State.OOMKilled}} {{.State.ExitCode}}', 'hungry')).toBe('true 9');
  });

  test('rm --force removes what runs, and the one whose namespaces it used goes on', async () => {
    await docker.must('run', '--detach', '--name=first', ...flags, IMAGE);
    const shared = ['--network=container:first', '--pid=container:first', '--ipc=host'];
    await docker.must('run', '--detach', '--name=second', `--runtime=${runtime}`, ...shared, IMAGE);
    expect(await docker.must('exec', 'second', 'cat', '/proc/1/cmdline')).toBe(
      await docker.must('exec', 'first', 'cat', '/proc/1/cmdline'),
    );
    await docker.must('rm', '--force', 'second');
    expect(await inspect('{{.State.Status}}', 'first')).toBe('running');
    await docker.must('rm', '--force', 'first');
  });
});
