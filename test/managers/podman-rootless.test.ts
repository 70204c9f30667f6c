// podman without root, as most of its users have it: it calls its runtime as root of a user namespace, with the ids of /etc/subuid.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine } from '../support/command-line.js';
import { COMMAND, IMAGE, makeImage } from '../support/image.js';
import { RUNTIMES, type Runtime } from '../support/runtimes.js';
import {
  asSessionUser,
  grantRange,
  managerCgroup,
  runtimeDirectory,
  startSession,
  stopSession,
} from '../support/session-user.js';

const USER = { name: 'tsrun-podman', uid: 4322 };
const RANGE = { first: 500_000, count: 65_536 };
const MIB = 1024 * 1024;
const ALONE = ['--network=none'];

beforeAll(async () => {
  await startSession(USER);
  grantRange(USER, RANGE.first, RANGE.count);
}, 180_000);
afterAll(() => stopSession(USER));

/** podman of that user, whose home is in memory. */
function configure({ name, path }: Runtime): { podman: CommandLine; home: string; remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  const file = join(home, 'containers.conf');
  const storage = join(home, 'storage.conf');
  writeFileSync(
    file,
    `[containers]
log_driver = "k8s-file"
[engine]
events_logger = "file"
runtime = "${name}"
[engine.runtimes]
${name} = ["${path}"]
`,
  );
  // In memory overlayfs would need extended attributes of users.
  writeFileSync(
    storage,
    `[storage]
driver = "vfs"
graphroot = "${home}/storage"
runroot = "${runtimeDirectory(USER)}/containers"
`,
  );
  execFileSync('chown', ['-R', `${USER.uid}:${USER.uid}`, home]);
  chmodSync(home, 0o755);
  const variables = [`HOME=${home}`, `CONTAINERS_CONF=${file}`, `CONTAINERS_STORAGE_CONF=${storage}`, 'TERM=dumb'];
  const [program, flags] = asSessionUser(USER, ['podman'], variables);
  return {
    podman: new CommandLine(program, flags),
    home,
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

describe.each(RUNTIMES.map((runtime) => [runtime.name, runtime] as const))(
  'podman without root, with %s',
  (_, runtime) => {
    const { podman, home, remove } = configure(runtime);
    const WEB = 'web';
    const run = (...args: readonly string[]) => podman.call(['run', '--rm', ...ALONE, ...args]);
    const script = (text: string) => [IMAGE, 'sh', '-c', text];
    const inWeb = (...args: readonly string[]) => podman.call(['exec', WEB, ...args]);
    const numbers = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number));

    beforeAll(async () => {
      const image = makeImage();
      chmodSync(join(image.archive, '..'), 0o755);
      await podman.must('load', '--quiet', '--input', image.archive);
      image.remove();
      const text = COMMAND.at(-1) ?? '';
      const limits = ['--memory=64m', '--pids-limit=40'];
      await podman.must('run', '--detach', '--name', WEB, ...ALONE, ...limits, IMAGE, 'sh', '-c', text);
    }, 360_000);

    afterAll(async () => {
      await podman.must('rm', '--force', '--all', '--time=0');
      await podman.must('rmi', '--force', '--all');
      // What is of ids of the range is podman's to remove.
      await podman.call(['unshare', 'rm', '-rf', `${home}/storage`]);
      remove();
    }, 360_000);

    test('knows its runtime', async () => {
      const format = '{{.Host.OCIRuntime.Path}} {{.Host.CgroupManager}} {{.Host.Security.Rootless}}';
      expect(await podman.must('info', '--format', format)).toBe(`${runtime.path} systemd true`);
    });

    test('run has the user as root, the ids of the range, and what else confines it', async () => {
      const text = 'cat /proc/self/uid_map /proc/self/gid_map; grep -E "^(CapEff|Seccomp):" /proc/self/status; exit 5';
      const { status, stdout, stderr } = await run('--cap-drop=all', '--cap-add=kill', ...script(text));
      const own = `0 ${USER.uid} 1`;
      const range = `1 ${RANGE.first} ${RANGE.count}`;
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().replace(/\s+/g, ' '));
      expect(lines).toEqual([own, range, own, range, 'CapEff: 0000000000000020', 'Seccomp: 2']);
      expect({ status, stderr }).toEqual({ status: 5, stderr: '' });
    });

    test('run --user has other users and groups', async () => {
      const text = 'id; touch /scratch/x && stat -c "%u %g" /scratch/x';
      const flags = ['--user=user:extra', '--group-add=2000', '--tmpfs=/scratch'];
      const { stdout } = await run(...flags, ...script(text));
      expect(stdout).toBe('uid=1000(user) gid=2000(extra) groups=2000(extra)\n1000 2000\n');
    });

    test('run --userns=keep-id has the user under his own number', async () => {
      const { stdout, stderr } = await run('--userns=keep-id', ...script('id -u; cat /proc/self/uid_map'));
      expect(stderr).toBe('');
      const [id = '', ...map] = stdout.trim().split('\n');
      expect(Number(id)).toBe(USER.uid);
      expect(numbers(map.join('\n'))[0]).toEqual([0, 1, USER.uid]);
    });

    test('run --uidmap has a user namespace in that of podman', async () => {
      const { stdout } = await run(
        '--uidmap=0:1:1000',
        '--gidmap=0:1:1000',
        ...script('cat /proc/self/uid_map; touch /new; stat -c %u /new'),
      );
      expect(numbers(stdout)).toEqual([[0, 1, 1000], [0]]);
    });

    test('run mounts volumes, and a read-only rootfs', async () => {
      const volume = join(home, `volume-${runtime.name}`);
      mkdirSync(volume, { mode: 0o755 });
      writeFileSync(join(volume, 'file'), 'of the host\n');
      execFileSync('chown', ['-R', `${USER.uid}:${USER.uid}`, volume]);
      const flags = [
        '--read-only',
        '--volume',
        `${volume}:/data:ro`,
        '--volume',
        `${volume}:/more`,
        '--tmpfs=/scratch',
      ];
      const text = 'cat /data/file; touch /data/new; touch /more/new; touch /file; touch /scratch/x; echo $?';
      const { stdout, stderr } = await run(...flags, ...script(text));
      expect(stdout).toBe('of the host\n0\n');
      expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
      expect(existsSync(join(volume, 'new'))).toBe(true);
    });

    test('run with the network of the host has its sysfs, read-only', async () => {
      const { status, stdout } = await podman.call([
        'run',
        '--rm',
        '--network=host',
        ...script('ls /sys/class/net; touch /sys/x 2>/dev/null; echo $?'),
      ]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^(.*\n)*lo\n(.*\n)*1\n$/) });
    });

    test('limits hold, in a scope of the user', async () => {
      const { stdout } = await inWeb('cat', '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/pids.max');
      expect(stdout).toBe(`${64 * MIB}\n40\n`);
      const pid = await podman.must('inspect', '--format', '{{.State.Pid}}', WEB);
      expect(`/sys/fs/cgroup${readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('::')[1]}`).toContain(
        `${managerCgroup(USER)}/`,
      );
    });

    test('exec runs a program beside it', async () => {
      expect(await inWeb('sh', '-c', 'echo in; exit 7')).toMatchObject({ status: 7, stdout: 'in\n', stderr: '' });
      expect(await podman.call(['exec', '--user=user', WEB, 'id', '-u'])).toMatchObject({
        status: 0,
        stdout: '1000\n',
      });
    });

    test('create, start, stop and rm', async () => {
      await podman.must('create', '--name', 'later', ...ALONE, ...script(COMMAND.at(-1) ?? ''));
      await podman.must('start', 'later');
      expect(await podman.must('ps', '--filter', 'name=later', '--format', '{{.Status}}')).toMatch(/^Up /);
      await podman.must('stop', '--time=20', 'later');
      expect(await podman.must('inspect', '--format', '{{.State.ExitCode}}', 'later')).toBe('0');
      await podman.must('rm', 'later');
    });

    test('pause and unpause', async () => {
      await podman.must('pause', WEB);
      expect(await podman.must('inspect', '--format', '{{.State.Status}}', WEB)).toBe('paused');
      await podman.must('unpause', WEB);
      expect(await podman.must('stats', '--no-stream', '--format', '{{.Name}}', WEB)).toBe(WEB);
    });

    test('runs with a cgroup that the runtime makes', async () => {
      const own = podman.with('--cgroup-manager=cgroupfs');
      const { status, stdout } = await own.call(['run', '--rm', ...ALONE, ...script('echo own')]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'own\n' });
    });
  },
);
