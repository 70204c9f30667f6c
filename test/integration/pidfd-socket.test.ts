// --pidfd-socket: one message with a pidfd of the container's init.
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle, setNamespace } from '../support/bundle.js';
import { receiveNotifications, receivePidfd } from '../support/listener.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const SLEEP = ['/probe', 'sleep', '3600'];

describe('--pidfd-socket', () => {
  test('of create gets one message, "standard", with a pidfd of init', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receivePidfd();
    tsrun.must(['create', '--pidfd-socket', listener.address, '--bundle', makeBundle().path, id]);
    expect(await listener.ended).toBe(0);
    expect(listener.messages()).toEqual([{ text: 'standard', pids: [tsrun.state(id)?.pid] }]);
    expect(tsrun.state(id)?.status).toBe('created');
  });

  test('of run --detach gets a pidfd that a signal goes through', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receivePidfd(9);
    tsrun.must(['run', '-d', `--pidfd-socket=${listener.address}`, '-b', makeBundle({ args: SLEEP }).path, id]);
    listener.release();
    expect(await listener.ended).toBe(0);
    await waitFor('the end of the container', () => tsrun.state(id)?.status === 'stopped');
  });

  test('of a foreground run gets it as well', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receivePidfd(9);
    const args = ['run', '--pidfd-socket', listener.address, '-b', makeBundle({ args: SLEEP }).path, id];
    const running = tsrun.spawn(args);
    await waitFor('the pidfd', () => listener.messages().length > 0);
    await waitFor('the program', () => tsrun.state(id)?.status === 'running');
    listener.release();
    expect(await running.ended).toMatchObject({ status: 137, stderr: '' });
    expect(listener.messages().map(({ text }) => text)).toEqual(['standard']);
  });

  test('gets the pid of init in the runtime namespace, also where init joins a user namespace', async () => {
    const tsrun = newTsrun();
    const owner = tsrun.newId();
    const userSpec = makeBundle({
      args: SLEEP,
      mutate: (spec, bundle) => {
        chownSync(bundle.rootfs, 100_000, 100_000);
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
      },
    });
    tsrun.must(['run', '-d', '-b', userSpec.path, owner]);
    const joined = tsrun.newId();
    const listener = await receivePidfd();
    const bundle = makeBundle({
      mutate: (spec, { rootfs }) => {
        chownSync(rootfs, 100_000, 100_000);
        setNamespace(spec, 'user', `/proc/${tsrun.state(owner)?.pid}/ns/user`);
      },
    });
    tsrun.must(['create', '--pidfd-socket', listener.address, '-b', bundle.path, joined]);
    await listener.ended;
    expect(listener.messages()).toEqual([{ text: 'standard', pids: [tsrun.state(joined)?.pid] }]);
  });

  test('may be relative to the directory of the caller, and longer than a socket address', async () => {
    const directory = join(makeTemporary(), 'd'.repeat(120));
    const tsrun = newTsrun();
    // Only the kernel's limit of 107 bytes is in the way, so the listener binds by a short name.
    mkdirSync(directory);
    const short = join(makeTemporary(), 'short');
    symlinkSync(directory, short);
    const listener = await receivePidfd(0, join(short, 's'));
    tsrun.must(['create', '--pidfd-socket', 's', '-b', makeBundle().path, tsrun.newId()], { cwd: directory });
    expect(await listener.ended).toBe(0);
    expect(listener.messages()).toHaveLength(1);
  });

  test('leaves no descriptor of it in init', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receivePidfd();
    tsrun.must(['create', '--pidfd-socket', listener.address, '-b', makeBundle().path, id]);
    await listener.ended;
    const links = `/proc/${tsrun.state(id)?.pid}/fd`;
    // create does not wait for init to reach its fifo: until then it closes what it has.
    const held = () => readdirSync(links).filter((fd) => Number(fd) > 2);
    await waitFor('init to hold its fifo, and the way to it', () => held().length <= 2);
    const targets = held().map((fd) => readlinkSync(join(links, fd)));
    expect(targets.filter((target) => /pidfd|socket/.test(target))).toEqual([]);
  });
});

describe('--pidfd-socket of exec', () => {
  test('gets one message, "setns", with a pidfd of the new process', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const pidFile = join(makeTemporary(), 'pid');
    const listener = await receivePidfd();
    tsrun.must(['run', '-d', '-b', makeBundle({ args: SLEEP }).path, id]);
    tsrun.must(['exec', '-d', '--pid-file', pidFile, '--pidfd-socket', listener.address, id, ...SLEEP]);
    expect(await listener.ended).toBe(0);
    expect(listener.messages()).toEqual([{ text: 'setns', pids: [Number(readFileSync(pidFile, 'utf8'))] }]);
  });

  test('that is not there fails the exec with 255, and the container runs on', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const absent = join(makeTemporary(), 'absent');
    tsrun.must(['run', '-d', '-b', makeBundle({ args: SLEEP }).path, id]);
    const { status, stderr } = tsrun.call(['exec', '--pidfd-socket', absent, id, '/probe', 'true']);
    expect(stderr).toMatch(/send a pidfd of the process to .*: no such file or directory \(ENOENT\)\n$/);
    expect({ status, state: tsrun.state(id)?.status }).toEqual({ status: 255, state: 'running' });
  });
});

describe('--pidfd-socket that cannot be sent to', () => {
  for (const [what, prepare, words] of [
    ['is not there', () => undefined, 'no such file or directory (ENOENT)'],
    ['is a file', (path: string) => writeFileSync(path, ''), 'connection refused (ECONNREFUSED)'],
  ] as const) {
    for (const verb of ['create', 'run']) {
      test(`because it ${what} fails the ${verb}, and leaves nothing`, () => {
        const tsrun = newTsrun();
        const id = tsrun.newId();
        const path = join(makeTemporary(), 'socket');
        const pidFile = join(makeTemporary(), 'pid');
        prepare(path);
        const args = [verb, '--pid-file', pidFile, '--pidfd-socket', path, '-b', makeBundle().path, id];
        const { status, stderr, stdout } = tsrun.call(args);
        expect({ status, stderr, stdout }).toEqual({
          status: 1,
          stderr: `tsrun: cannot ${verb} container "${id}": send a pidfd of init to the socket "${path}": ${words}\n`,
          stdout: '',
        });
        expect({ leftovers: tsrun.leftovers(), cgroup: hasCgroup(id), pidFile: existsSync(pidFile) }).toEqual({
          leftovers: [],
          cgroup: false,
          pidFile: false,
        });
      });
    }
  }

  test('because it is of another type fails the create', async () => {
    const listener = await receiveNotifications();
    const tsrun = newTsrun();
    const { stderr } = tsrun.call([
      'create',
      '--pidfd-socket',
      listener.address,
      '-b',
      makeBundle().path,
      tsrun.newId(),
    ]);
    expect(stderr).toMatch(/protocol wrong type for socket \(EPROTOTYPE\)\n$/);
  });

  test('because its peer hangs up fails the create or is not noticed, and is never a signal', async () => {
    const path = join(makeTemporary(), 'socket');
    const server = createServer((peer) => peer.destroy()).listen(path);
    await waitFor('the server', () => existsSync(path));
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { signal } = tsrun.call(['create', '--pidfd-socket', path, '-b', makeBundle().path, id]);
    expect(signal).toBe(null);
    await new Promise((closed) => server.close(closed));
  });

  test('shows in the plan that is kept, as the last but publishing', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receivePidfd();
    tsrun.must(['create', '--pidfd-socket', listener.address, '-b', makeBundle().path, id]);
    const lines = readFileSync(join(tsrun.root, id, 'plan'), 'utf8').split('\n');
    expect(lines[lines.indexOf('section\tstart') - 2]).toBe(`send-pidfd\t${listener.address}\tstandard`);
  });
});
