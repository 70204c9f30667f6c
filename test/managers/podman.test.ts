// podman: what it does through its runtime, with runc and with tsrun.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TERMINAL_SIZE } from '../support/command-line.js';
import { COMMAND, IMAGE } from '../support/image.js';
import { configurePodman, grantSubordinateIds, loadImage, SUBORDINATE } from '../support/podman.js';
import { RUNTIMES } from '../support/runtimes.js';
import { seeSize } from '../support/terminal.js';

const MIB = 1024 * 1024;
const PARENT = '/sys/fs/cgroup/libpod_parent';
/** No network: what it costs has nothing to do with the runtime. */
const ALONE = ['--network=none'];

describe.each(RUNTIMES.map((runtime) => [runtime.name, runtime] as const))('podman with %s', (_, runtime) => {
  const { podman, remove } = configurePodman(runtime);
  /** A container that most tests look at. */
  const WEB = 'web';
  const LIMITS = ['--memory=64m', '--memory-swap=96m', '--cpus=0.5', '--pids-limit=40'];
  const HEALTH = ['--health-cmd=test -e /tmp', '--health-interval=disable'];
  const run = (...args: readonly string[]) => podman.call(['run', '--rm', ...ALONE, ...args]);
  const script = (text: string) => [IMAGE, 'sh', '-c', text];
  const inspect = (format: string, name = WEB) => podman.must('inspect', '--format', format, name);
  const inWeb = (...args: readonly string[]) => podman.call(['exec', WEB, ...args]);

  beforeAll(async () => {
    grantSubordinateIds();
    await loadImage(podman);
    const text = `echo begun; echo wrong >&2; ${COMMAND.at(-1)?.replace('exit 0', 'exit 3')}`;
    await podman.must('run', '--detach', '--name', WEB, ...ALONE, ...LIMITS, ...HEALTH, IMAGE, 'sh', '-c', text);
  });

  afterAll(async () => {
    await podman.must('rm', '--force', '--all', '--time=0');
    await podman.must('rmi', '--force', '--all');
    // The parent of its cgroups that are no scopes, which runc leaves.
    if (existsSync(PARENT)) rmdirSync(PARENT);
    remove();
  });

  test('is told that this is its runtime', async () => {
    expect(await inspect('{{.OCIRuntime}}')).toBe(runtime.name);
    expect(await podman.must('info', '--format', '{{.Host.OCIRuntime.Path}}')).toBe(runtime.path);
  });

  test('run answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await run(...script('echo out; echo err >&2; exit 5'));
    expect({ status, stdout, stderr }).toEqual({ status: 5, stdout: 'out\n', stderr: 'err\n' });
  });

  test('run --interactive gives the program what is typed', async () => {
    const { status, stdout } = await podman.call(['run', '--rm', '--interactive', ...ALONE, IMAGE, 'cat'], 'typed\n');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'typed\n' });
  });

  test('run of a program that is not there ends with 127, of one that cannot be executed with 126', async () => {
    expect((await run(IMAGE, 'no-such-program')).status).toBe(127);
    expect((await run(IMAGE, '/etc/no-program')).status).toBe(126);
  });

  test('run --tty gives the program a terminal, and tells it of a new size', async () => {
    const terminal = await podman.onTerminal('run', '--rm', '-it', ...ALONE, IMAGE, 'sh');
    await terminal.sees('# ');
    terminal.type('test -t 0 && test -t 1 && test -t 2 && echo at $(tty)\n');
    await terminal.sees('at /dev/pts/0\r');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    await terminal.resize(40, 120);
    await seeSize(terminal, 40, 120);
    terminal.type('exit 6\n');
    expect((await terminal.ended).status).toBe(6);
  });

  test('run confines the program: its seccomp filter, its AppArmor profile, its capabilities, its namespaces', async () => {
    const text =
      'grep -E "^(CapEff|CapBnd|Seccomp):" /proc/self/status; cat /proc/self/attr/current; hostname; cat /proc/self/uid_map';
    const { stdout } = await run('--hostname=inside', '--cap-drop=all', '--cap-add=kill', ...script(text));
    const expected = [
      'CapEff: 0000000000000020',
      'CapBnd: 0000000000000020',
      'Seccomp: 2',
      expect.stringMatching(/^containers-default-[^ ]+ \(enforce\)$/),
      'inside',
      '0 0 4294967295',
    ];
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().replace(/\s+/g, ' ')),
    ).toEqual(expected);
  });

  test('run mounts volumes, sets the user, the directory, limits and the environment', async () => {
    const volume = mkdtempSync(join(tmpdir(), 'volume-'));
    chmodSync(volume, 0o755);
    writeFileSync(join(volume, 'file'), 'of the host\n');
    const flags = ['--user=user:extra', '--workdir=/home', '--env=A=b', '--ulimit=nofile=100:200', '--shm-size=1m'];
    const text = 'id; pwd; echo $A; ulimit -n; cat /data/file; touch /data/new; grep -c "size=1024k" /proc/mounts';
    const { stdout, stderr } = await run(
      ...flags,
      '--volume',
      `${volume}:/data:ro`,
      '--tmpfs=/scratch',
      ...script(text),
    );
    rmSync(volume, { recursive: true });
    expect(stdout).toBe('uid=1000(user) gid=2000(extra) groups=2000(extra)\n/home\nb\n100\nof the host\n1\n');
    expect(stderr).toContain('Read-only file system');
  });

  test('run --read-only leaves nothing but the temporary directories writable', async () => {
    const { stdout } = await run(
      '--read-only',
      ...script('touch /file 2>/dev/null; echo $?; touch /tmp/file; echo $?'),
    );
    expect(stdout).toBe('1\n0\n');
  });

  test('run --init has catatonit for PID 1', async () => {
    const { stdout } = await run(
      '--init',
      ...script('cut -d: -f2 /proc/1/status | head -n 1; cat /proc/$$/stat | cut -d" " -f4'),
    );
    expect(stdout.trim().split(/\s+/)).toEqual(['podman-init', '1']);
  });

  test('run --userns=auto maps root to ids that nobody else has', async () => {
    const { stdout } = await run(
      '--userns=auto:size=4096',
      ...script('cat /proc/self/uid_map; stat -c %u /etc/passwd; touch /new'),
    );
    const [map = '', owner] = stdout.trim().split('\n');
    const [inside, outside, size] = map.trim().split(/\s+/).map(Number);
    expect({ inside, size, owner }).toEqual({ inside: 0, size: 4096, owner: '0' });
    expect(outside).toBeGreaterThanOrEqual(SUBORDINATE.first);
  });

  test('run --privileged keeps all capabilities and leaves system calls alone', async () => {
    const { stdout } = await run(
      '--privileged',
      ...script('grep ^Seccomp: /proc/self/status; mount -t tmpfs none /home; echo $?'),
    );
    expect(stdout).toBe('Seccomp:\t0\n0\n');
  });

  test('run with limits sets those that the program sees', async () => {
    const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map((file) => `/sys/fs/cgroup/${file}`);
    const { stdout } = await inWeb('cat', ...files);
    expect(stdout).toBe(`${64 * MIB}\n${32 * MIB}\n50000 100000\n40\n`);
  });

  test('run --cgroup-manager=cgroupfs sets them as well, in a cgroup that is no scope', async () => {
    const byFiles = podman.with('--cgroup-manager=cgroupfs');
    await byFiles.must('run', '--detach', '--name=plain', ...ALONE, '--pids-limit=30', IMAGE);
    const cgroup = await inspect('{{.State.CgroupPath}}', 'plain');
    expect(cgroup).toMatch(/^\/libpod_parent\/libpod-[0-9a-f]{64}$/);
    expect(readFileSync(join('/sys/fs/cgroup', cgroup, 'pids.max'), 'utf8')).toBe('30\n');
    await byFiles.must('rm', '--force', '--time=0', 'plain');
    expect(existsSync(join('/sys/fs/cgroup', cgroup))).toBe(false);
  });

  test('exec answers what the program writes, and its exit status', async () => {
    const { status, stdout, stderr } = await inWeb('sh', '-c', 'echo out; echo err >&2; exit 7');
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('exec of a program that is not there ends with 127, of one that cannot be executed with 126', async () => {
    expect((await inWeb('no-such-program')).status).toBe(127);
    expect((await inWeb('/etc/no-program')).status).toBe(126);
  });

  test('exec sets user, directory and environment, and gives the program what is typed', async () => {
    const flags = ['--interactive', '--user=user', '--workdir=/home', '--env=A=b'];
    const args = ['exec', ...flags, WEB, 'sh', '-c', 'id; pwd; echo $A; cat'];
    const { stdout } = await podman.call(args, 'typed\n');
    expect(stdout).toMatch(/^uid=1000\(user\) gid=1000\(user\)[^\n]*\n\/home\nb\ntyped\n$/);
  });

  test('exec is confined as the container is', async () => {
    const fields = '^(CapBnd|CapEff|Seccomp|NoNewPrivs):';
    const look = (pid: string) =>
      inWeb('sh', '-c', `grep -E '${fields}' /proc/${pid}/status; cat /proc/${pid}/attr/current`);
    const { stdout } = await look('self');
    expect(stdout).toBe((await look('1')).stdout);
    expect(stdout).toMatch(/Seccomp:\t2\ncontainers-default-[^ ]+ \(enforce\)\n$/);
  });

  test('exec --tty gives the program a terminal of its size', async () => {
    const terminal = await podman.onTerminal('exec', '-it', WEB, 'sh');
    await terminal.sees('# ');
    await seeSize(terminal, TERMINAL_SIZE.rows, TERMINAL_SIZE.columns);
    terminal.type('exit 8\n');
    expect((await terminal.ended).status).toBe(8);
  });

  test('exec --detach leaves a program in the container', async () => {
    await podman.must('exec', '--detach', WEB, 'sh', '-c', 'echo done >/tmp/detached');
    const { stdout } = await inWeb('sh', '-c', 'until grep done /tmp/detached 2>/dev/null; do sleep 0.1; done');
    expect(stdout).toBe('done\n');
  });

  test('logs answers what the program wrote', async () => {
    const { stdout, stderr } = await podman.call(['logs', WEB]);
    expect({ stdout, stderr }).toEqual({ stdout: 'begun\n', stderr: 'wrong\n' });
  });

  test('healthcheck run tells health from sickness', async () => {
    expect((await podman.call(['healthcheck', 'run', WEB])).status).toBe(0);
    expect(await inspect('{{.State.Health.Status}}')).toBe('healthy');
  });

  test('stats answers what the container uses', async () => {
    const [stats] = JSON.parse(await podman.must('stats', '--no-stream', '--format=json', WEB));
    expect(stats.name).toBe(WEB);
    expect(Number(stats.pids)).toBeGreaterThanOrEqual(1);
    expect(stats.mem_usage).toMatch(/^\d.*B \/ 67\.11MB$/);
  });

  test('top answers its processes', async () => {
    const [header, first] = (await podman.must('top', WEB, 'pid', 'user', 'comm')).split('\n');
    expect([header, first].map((line) => line?.trim().split(/\s+/))).toEqual([
      ['PID', 'USER', 'COMMAND'],
      ['1', 'root', 'sh'],
    ]);
  });

  test('cp copies in and out', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copy-'));
    writeFileSync(join(directory, 'in'), 'copied\n');
    await podman.must('cp', join(directory, 'in'), `${WEB}:/home/copy`);
    await podman.must('cp', `${WEB}:/home/copy`, join(directory, 'out'));
    expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('copied\n');
    rmSync(directory, { recursive: true });
  });

  test('update changes limits of what runs', async () => {
    await podman.must('update', '--memory=48m', '--cpus=0.25', WEB);
    const { stdout } = await inWeb(
      'cat',
      '/sys/fs/cgroup/memory.max',
      '/sys/fs/cgroup/cpu.max',
      '/sys/fs/cgroup/pids.max',
    );
    expect(stdout).toBe(`${48 * MIB}\n25000 100000\n40\n`);
  });

  test('pause and unpause', async () => {
    await podman.must('pause', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('paused');
    expect((await inWeb('true')).status).not.toBe(0);
    await podman.must('unpause', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
  });

  test('restart ends the program and starts it again', async () => {
    const before = await inspect('{{.State.Pid}}');
    await podman.must('restart', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
    expect(await inspect('{{.State.Pid}}')).not.toBe(before);
  });

  test('stop lets the program end by itself, start runs it again', async () => {
    await podman.must('stop', WEB);
    expect(await inspect('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 3');
    await podman.must('start', WEB);
    expect(await inspect('{{.State.Status}}')).toBe('running');
  });

  test('kill ends it by a signal', async () => {
    await podman.must('kill', '--signal=KILL', WEB);
    await podman.must('wait', WEB);
    expect(await inspect('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
  });

  test('rm --force removes what runs', async () => {
    await podman.must('run', '--detach', '--name=doomed', ...ALONE, IMAGE);
    await podman.must('rm', '--force', '--time=0', 'doomed');
    expect((await podman.call(['container', 'exists', 'doomed'])).status).toBe(1);
  });

  test('containers of a pod share what a pod shares', async () => {
    await podman.must('pod', 'create', '--name=pod', '--hostname=pod', ...ALONE);
    const spaces = ['net', 'ipc', 'uts'].map((name) => `ls -l /proc/self/ns/${name} | sed "s/.*-> //"`).join('; ');
    const one = await podman.must('run', '--rm', '--pod=pod', ...script(`hostname; ${spaces}`));
    const other = await podman.must('run', '--rm', '--pod=pod', ...script(`hostname; ${spaces}`));
    expect(one).toBe(other);
    expect(one.split('\n')).toEqual([
      'pod',
      ...['net', 'ipc', 'uts'].map((name) => expect.stringMatching(`^${name}:`)),
    ]);
    await podman.must('pod', 'stop', '--time=0', 'pod');
    await podman.must('pod', 'rm', '--force', 'pod');
  });

  test('play kube runs the pod of a file, and takes it down', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kube-'));
    const file = join(directory, 'pod.yaml');
    writeFileSync(
      file,
      `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  hostNetwork: true
  containers:
  - name: desk
    image: ${IMAGE}
    imagePullPolicy: Never
    securityContext:
      runAsUser: 1000
    resources:
      limits:
        memory: 32Mi
`,
    );
    await podman.must('play', 'kube', file);
    expect(await podman.must('exec', 'shop-desk', 'sh', '-c', 'id -u; cat /sys/fs/cgroup/memory.max')).toBe(
      `1000\n${32 * MIB}`,
    );
    await podman.must('play', 'kube', '--down', file);
    expect(await podman.must('ps', '--all', '--format={{.Names}}')).toBe(WEB);
    rmSync(directory, { recursive: true });
  });
});
