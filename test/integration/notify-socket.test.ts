// NOTIFY_SOCKET, sd_notify(3): the caller of create and start, or of run, waits for the readiness of the container.
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle, shareNamespace } from '../support/bundle.js';
import { isAlive } from '../support/host.js';
import { type Listener, receiveNotifications } from '../support/listener.js';
import { mountAt, parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const INSIDE = '/run/notify/notify.sock';

/** A container whose program says these words, when `gate` is there (at once without), and goes on for some seconds. */
class Case {
  readonly tsrun: Tsrun = newTsrun();
  readonly id = this.tsrun.newId();
  readonly host = makeTemporary();

  bundle(words: readonly string[], { seconds = 3600, gated = false, ...options }: CaseOptions = {}): string {
    const args = ['/probe', 'notify', gated ? '/host/gate' : '-', String(seconds), ...words];
    return makeBundle({
      ...options,
      args,
      mutate: (spec, bundle) => {
        spec.mounts.push({ destination: '/host', type: 'bind', source: this.host, options: ['bind'] });
        options.mutate?.(spec, bundle);
      },
    }).path;
  }

  openGate(): void {
    writeFileSync(join(this.host, 'gate'), '');
  }

  pid(): number {
    return this.tsrun.state(this.id)?.pid ?? 0;
  }

  state(): string | undefined {
    return this.tsrun.state(this.id)?.status;
  }

  create(bundle: string, { address }: Pick<Listener, 'address'>): void {
    this.tsrun.must(['create', '-b', bundle, this.id], { env: { NOTIFY_SOCKET: address } });
  }
}

interface CaseOptions extends BundleOptions {
  readonly seconds?: number;
  readonly gated?: boolean;
}

/** What a caller is told of a container that is to be its main process from now on. */
function word(pid: number) {
  return [
    { text: 'READY=1', pids: [] },
    { text: `MAINPID=${pid}`, pids: [] },
    { text: 'BARRIER=1', pids: [-1] },
  ];
}

describe('create and start', () => {
  test('tell the caller when the program is ready, and whom to watch', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1']), listener);
    const outcome = it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(outcome).toMatchObject({ stderr: '', stdout: '' });
    await waitFor('three messages', () => listener.messages().length === 3);
    expect(listener.messages()).toEqual(word(it.pid()));
    expect(it.state()).toBe('running');
  });

  test('have start wait until the program is ready', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1'], { gated: true }), listener);
    const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the program', () => it.state() === 'running');
    expect(listener.messages()).toEqual([]);
    expect(start.child.exitCode).toBe(null);
    it.openGate();
    expect(await start.ended).toMatchObject({ status: 0, stderr: '' });
    expect(listener.messages()).toEqual(word(it.pid()));
  });

  test('go on at once where start has no NOTIFY_SOCKET', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1'], { gated: true }), listener);
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: '' } });
    expect(it.state()).toBe('running');
    expect(existsSync(join(it.tsrun.root, it.id, 'notify', 'notify.sock'))).toBe(false);
  });

  test('go on at once where create had none: the container cannot say that it is ready', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.tsrun.must(['create', '-b', it.bundle([]), it.id]);
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(listener.messages()).toEqual([]);
  });

  test('end when the program ends that never got ready, and tell nobody', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['STATUS=no'], { seconds: 0 }), listener);
    const outcome = it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(outcome.stderr).toBe('');
    expect(listener.messages()).toEqual([]);
    expect(it.state()).toBe('stopped');
  });

  test('hear what the program said last before its end', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['STATUS=1', 'STATUS=2', 'STATUS=3', 'READY=1'], { seconds: 0 }), listener);
    const pid = it.pid();
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(listener.messages()).toEqual(word(pid));
  });

  test('have delete remove the socket with the rest', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1']), listener);
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(readdirSync(join(it.tsrun.root, it.id, 'notify'))).toEqual(['notify.sock']);
    it.tsrun.must(['delete', '--force', it.id]);
    expect(it.tsrun.leftovers()).toEqual([]);
  });

  test('work with a state root whose paths are longer than an address', async () => {
    const it = new Case();
    const root = join(makeTemporary(), 'r'.repeat(110), 's');
    const listener = await receiveNotifications();
    const call = (...args: string[]) =>
      it.tsrun.must(['--root', root, ...args], { env: { NOTIFY_SOCKET: listener.address } });
    call('create', '-b', it.bundle(['READY=1']), it.id);
    call('start', it.id);
    expect(listener.messages().map(({ text }) => text.replace(/\d{2,}/, 'PID'))).toEqual([
      'READY=1',
      'MAINPID=PID',
      'BARRIER=1',
    ]);
    call('delete', '--force', it.id);
  });
});

describe('the socket of the caller', () => {
  test('may be an abstract one', async () => {
    const it = new Case();
    const listener = await receiveNotifications({ address: `@${it.id}` });
    it.create(it.bundle(['READY=1']), listener);
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(listener.messages()).toEqual(word(it.pid()));
  });

  test('may have a path longer than an address', async () => {
    const it = new Case();
    const directory = join(makeTemporary(), 'd'.repeat(120));
    const short = join(makeTemporary(), 'short');
    mkdirSync(directory);
    symlinkSync(directory, short);
    const listener = await receiveNotifications({ address: join(short, 's') });
    const env = { NOTIFY_SOCKET: join(directory, 's') };
    it.tsrun.must(['run', '-d', '-b', it.bundle(['READY=1']), it.id], { env });
    expect(listener.messages()).toEqual(word(it.pid()));
  });

  for (const address of ['relative', 'vsock:2:1234', '@']) {
    test(`is refused before anything is done when its address is ${JSON.stringify(address)}`, () => {
      const it = new Case();
      const { status, stderr } = it.tsrun.call(['create', '-b', it.bundle([]), it.id], {
        env: { NOTIFY_SOCKET: address },
      });
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: `tsrun: cannot use NOTIFY_SOCKET ${JSON.stringify(address)}: must be an absolute path, or begin with "@"\n`,
      });
      expect(it.tsrun.leftovers()).toEqual([]);
    });
  }

  test('that is gone fails the start, and the container still waits for one', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1']), listener);
    const gone = join(makeTemporary(), 'gone');
    const { status, stderr } = it.tsrun.call(['start', it.id], { env: { NOTIFY_SOCKET: gone } });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `tsrun: cannot start container "${it.id}": wait for the readiness of its program (connect ${gone}): no such file or directory (ENOENT)\n`,
    });
    expect(it.state()).toBe('created');
    it.tsrun.must(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(listener.messages()).toEqual(word(it.pid()));
  });

  test('that is gone fails the run, and leaves nothing', () => {
    const it = new Case();
    for (const flags of [[], ['-d']]) {
      const gone = join(makeTemporary(), 'gone');
      const outcome = it.tsrun.call(['run', ...flags, '-b', it.bundle(['READY=1']), it.id], {
        env: { NOTIFY_SOCKET: gone },
      });
      expect(outcome.status).toBe(1);
      expect(outcome.stdout).toBe('');
      expect({ leftovers: it.tsrun.leftovers(), cgroup: hasCgroup(it.id) }).toEqual({ leftovers: [], cgroup: false });
    }
  });

  test('that goes while the program gets ready is a warning, and the container runs', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1'], { gated: true }), listener);
    const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the program', () => it.state() === 'running');
    rmSync(listener.address);
    it.openGate();
    expect(await start.ended).toMatchObject({
      status: 0,
      stderr: `tsrun: warning: tell NOTIFY_SOCKET that its program is ready (connect ${listener.address}): no such file or directory (ENOENT)\n`,
    });
    expect(it.state()).toBe('running');
  });
});

describe('the program', () => {
  test('finds the socket by its environment, in a mount that it cannot write to', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const bundle = makeBundle({ mutate: (spec) => spec.process.env.push('NOTIFY_SOCKET=/elsewhere') });
    const { stdout } = it.tsrun.must(['run', '-b', bundle.path, it.id], { env: { NOTIFY_SOCKET: listener.address } });
    const report = parseReport(stdout);
    expect(report.env.filter((entry) => entry.startsWith('NOTIFY'))).toEqual([`NOTIFY_SOCKET=${INSIDE}`]);
    expect(mountAt(report, '/run/notify').options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
  });

  test('may be any user of the container, also in a user namespace', async () => {
    const listener = await receiveNotifications();
    for (const mapped of [false, true]) {
      const it = new Case();
      const bundle = it.bundle(['READY=1'], {
        mutate: (spec, { rootfs }) => {
          spec.process.user = { uid: 1000, gid: 1000 };
          if (!mapped) return;
          spec.linux.namespaces.push({ type: 'user' });
          spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
          spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
          chownSync(rootfs, 100_000, 100_000);
        },
      });
      it.tsrun.must(['run', '-d', '-b', bundle, it.id], { env: { NOTIFY_SOCKET: listener.address } });
    }
    expect(listener.messages().filter(({ text }) => text === 'READY=1')).toHaveLength(2);
  });

  test('sees a directory that others may look into, in a state directory that they may not', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle([]), listener);
    const state = join(it.tsrun.root, it.id);
    expect([state, join(state, 'notify')].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
      '700',
      '755',
    ]);
  });

  test('has no NOTIFY_SOCKET when the caller has none, but that of config.json', () => {
    const it = new Case();
    const bundle = makeBundle({ mutate: (spec) => spec.process.env.push('NOTIFY_SOCKET=/own') });
    const { stdout } = it.tsrun.must(['run', '-b', bundle.path, it.id], { env: { NOTIFY_SOCKET: '' } });
    expect(parseReport(stdout).env.filter((entry) => entry.startsWith('NOTIFY'))).toEqual(['NOTIFY_SOCKET=/own']);
  });

  test('is refused without a mount namespace, which would be the way to it', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const bundle = makeBundle({
      mutate: (spec) => {
        shareNamespace(spec, 'mount');
        Object.assign(spec, { mounts: [] });
        Object.assign(spec.linux, { maskedPaths: [], readonlyPaths: [] });
      },
    });
    const { stderr } = it.tsrun.call(['create', '-b', bundle.path, it.id], {
      env: { NOTIFY_SOCKET: listener.address },
    });
    expect(stderr).toBe(
      'tsrun: invalid config.json: linux.namespaces: NOTIFY_SOCKET needs a mount namespace: there is none\n',
    );
  });

  // What steers a unit of systemd is not the container's to say: sd_notify(3) has MAINPID=, STOPPING=1, FDSTORE=1, EXTEND_TIMEOUT_USEC= and more.
  for (const [what, text] of [
    ['alone', 'READY=1'],
    ['with a newline', 'READY=1\n'],
    ['among other words', 'STATUS=up\nMAINPID=1\nREADY=1\nSTOPPING=1\nERRNO=5'],
    ['after words that are no text', `hex:${Buffer.from('\0\xff\nREADY=1\n\0', 'latin1').toString('hex')}`],
    ['at the beginning of a message too long to be read', `READY=1\n${'x'.repeat(20_000)}`],
  ] as const) {
    test(`is heard saying READY=1 ${what}, and nothing else is handed on`, async () => {
      const it = new Case();
      const listener = await receiveNotifications();
      it.tsrun.must(['run', '-d', '-b', it.bundle([text]), it.id], { env: { NOTIFY_SOCKET: listener.address } });
      expect(listener.messages()).toEqual(word(it.pid()));
    });
  }

  for (const [what, texts] of [
    ['other words', ['MAINPID=1', 'STOPPING=1', 'STATUS=READY=1', 'BARRIER=1', 'FDSTORE=1']],
    [
      'what is nearly the word',
      ['READY=', 'READY=0', 'READY=10', ' READY=1', 'READY=1 ', 'ready=1', 'XREADY=1', 'READY=1\r'],
    ],
    ['garbage', ['', '\n', '\n\n\n', '=', 'hex:00', `hex:${'ff'.repeat(5000)}`]],
    ['the word in what is cut off', [`${'x'.repeat(20_000)}\nREADY=1`, `${'x'.repeat(4088)}\nREADY=10`]],
  ] as const) {
    test(`is not ready by ${what}`, async () => {
      const it = new Case();
      const listener = await receiveNotifications();
      const bundle = it.bundle([...texts], { seconds: 0 });
      it.tsrun.must(['run', '-d', '-b', bundle, it.id], { env: { NOTIFY_SOCKET: listener.address } });
      expect(listener.messages()).toEqual([]);
      expect(it.state()).toBe('stopped');
    });
  }

  test('may say a great deal before it is ready', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const words = [...Array.from({ length: 900 }, (_, index) => `STATUS=${index}`), 'READY=1'];
    it.tsrun.must(['run', '-d', '-b', it.bundle(words), it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(listener.messages()).toEqual(word(it.pid()));
  });

  test('is refused, and not kept waiting, when it goes on speaking after it was ready', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const words = ['READY=1', ...Array.from({ length: 100 }, () => 'WATCHDOG=1')];
    const bundle = it.bundle(words, { seconds: 0 });
    const { stdout } = it.tsrun.must(['run', '-b', bundle, it.id], { env: { NOTIFY_SOCKET: listener.address } });
    expect(new Set(stdout.trimEnd().split('\n').slice(-2))).toEqual(new Set(['ECONNREFUSED', 'notified']));
    await waitFor('the word', () => listener.messages().length > 0);
    expect(listener.messages()).toEqual([{ text: 'READY=1', pids: [] }]);
  });
});

describe('run', () => {
  test('in the foreground tells that the program is ready, and stays the process to watch', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const env = { NOTIFY_SOCKET: listener.address };
    const running = it.tsrun.spawn(['run', '-b', it.bundle(['MAINPID=1', 'READY=1'], { gated: true }), it.id], { env });
    await waitFor('the program', () => it.state() === 'running');
    expect(listener.messages()).toEqual([]);
    it.openGate();
    await waitFor('the word', () => listener.messages().length > 0);
    expect(it.state()).toBe('running');
    it.tsrun.must(['kill', it.id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137, stderr: '' });
    expect(listener.messages()).toEqual([{ text: 'READY=1', pids: [] }]);
  });

  test('in the foreground forwards signals while the program gets ready', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const bundle = makeBundle({ args: ['/probe', 'exit-on-signal'] });
    const running = it.tsrun.spawn(['run', '-b', bundle.path, it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the program', () => running.stdout() === 'ready\n');
    process.kill(running.pid, 'SIGUSR1');
    expect(await running.ended).toMatchObject({ status: 138, stderr: '' });
    expect(listener.messages()).toEqual([]);
  });

  test('in the foreground answers the status of a program that is ready and ends at once', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const bundle = it.bundle(['STATUS=1', 'READY=1'], { seconds: 0 });
    it.tsrun.must(['run', '-b', bundle, it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the word', () => listener.messages().length > 0);
    expect(listener.messages()).toEqual([{ text: 'READY=1', pids: [] }]);
    expect(it.tsrun.leftovers()).toEqual([]);
  });

  test('in the foreground warns of a socket that is gone by then, with the status of the program', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const env = { NOTIFY_SOCKET: listener.address };
    const running = it.tsrun.spawn(['run', '-b', it.bundle(['READY=1'], { gated: true, seconds: 0 }), it.id], { env });
    await waitFor('the program', () => it.state() === 'running');
    rmSync(listener.address);
    it.openGate();
    expect(await running.ended).toMatchObject({
      status: 0,
      stderr: `tsrun: warning: wait for the readiness of its program (connect ${listener.address}): no such file or directory (ENOENT)\n`,
    });
  });

  test('detached waits and tells the pid of the container', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const env = { NOTIFY_SOCKET: listener.address };
    const running = it.tsrun.spawn(['run', '-d', '-b', it.bundle(['READY=1'], { gated: true }), it.id], { env });
    await waitFor('the program', () => it.state() === 'running');
    expect(running.child.exitCode).toBe(null);
    it.openGate();
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
    expect(listener.messages()).toEqual(word(it.pid()));
  });
});

describe('a signal while the program gets ready', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    test(`ends start: ${signal} stops the container, as a start that failed does`, async () => {
      const it = new Case();
      const listener = await receiveNotifications();
      it.create(it.bundle([]), listener);
      const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
      await waitFor('the program', () => it.state() === 'running');
      start.child.kill(signal);
      expect(await start.ended).toMatchObject({
        status: 1,
        stderr: `tsrun: cannot start container "${it.id}": tell NOTIFY_SOCKET that its program is ready: interrupted system call (EINTR)\n`,
      });
      await waitFor('its end', () => it.state() === 'stopped');
    });
  }

  test('ends a detached run, and leaves nothing', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    const running = it.tsrun.spawn(['run', '-d', '-b', it.bundle([]), it.id], {
      env: { NOTIFY_SOCKET: listener.address },
    });
    await waitFor('the program', () => it.state() === 'running');
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(1);
    expect({ leftovers: it.tsrun.leftovers(), cgroup: hasCgroup(it.id) }).toEqual({ leftovers: [], cgroup: false });
  });

  test('ends the waiting for the barrier too', async () => {
    const it = new Case();
    const listener = await receiveNotifications({ hold: true });
    it.create(it.bundle(['READY=1']), listener);
    const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the barrier', () => listener.messages().length === 3);
    expect(start.child.exitCode).toBe(null);
    start.child.kill('SIGTERM');
    expect((await start.ended).status).toBe(1);
  });

  test('that kills start leaves a container that runs on, and whose words are refused', async () => {
    const it = new Case();
    const listener = await receiveNotifications();
    it.create(it.bundle(['READY=1'], { gated: true }), listener);
    const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
    await waitFor('the program', () => it.state() === 'running');
    const pid = it.pid();
    start.child.kill('SIGKILL');
    expect((await start.ended).signal).toBe('SIGKILL');
    it.openGate();
    expect(it.state()).toBe('running');
    expect(isAlive(pid)).toBe(true);
    expect(listener.messages()).toEqual([]);
  });
});

test('a caller that does not know barriers is waited for 30 seconds, and that is a warning', async () => {
  const it = new Case();
  const listener = await receiveNotifications({ hold: true });
  it.create(it.bundle(['READY=1']), listener);
  const begun = performance.now();
  const start = it.tsrun.spawn(['start', it.id], { env: { NOTIFY_SOCKET: listener.address } });
  expect(await start.ended).toMatchObject({
    status: 0,
    stderr: 'tsrun: warning: tell NOTIFY_SOCKET that its program is ready: nobody has taken it (BARRIER=1)\n',
  });
  expect(Math.round((performance.now() - begun) / 1000)).toBe(30);
  expect(it.state()).toBe('running');
});
