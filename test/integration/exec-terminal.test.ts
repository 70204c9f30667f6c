// exec with a terminal: each program that asks for one gets one of its own, from the devpts of the container.
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpecDraft } from '../support/bundle.js';
import { setNamespace } from '../support/bundle.js';
import { besideBundle, type Host, startHost } from '../support/exec.js';
import { receiveTerminal, runOnTerminal, runScriptOnTerminal } from '../support/terminal.js';
import { TERMINAL } from '../support/terminal-container.js';
import { waitFor } from '../support/wait-for.js';

// A container whose own process has no terminal has none on /dev/console.
const PLAIN = { ...TERMINAL, console: false };

async function exec(host: Host, flags: readonly string[], args: readonly string[]) {
  return await runOnTerminal(host.tsrun, ['exec', ...flags, host.id, '/probe', ...args]);
}

/** What `probe terminal` says. */
async function report(host: Host, flags: readonly string[] = ['--tty']) {
  const { status, modes, shown } = await (await exec(host, flags, ['terminal'])).ended;
  expect({ status, modes }, shown).toEqual({ status: 0, modes: 'as opened' });
  return JSON.parse(shown);
}

describe('exec --tty in the foreground', () => {
  test('gives the program a terminal of the container', async () => {
    expect(await report(startHost())).toEqual(PLAIN);
  });

  test('gives it to the user, by number and by name', async () => {
    const host = startHost({
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'etc'));
        writeFileSync(join(rootfs, 'etc/passwd'), 'somebody:x:1234:1235::/:/bin/sh\n');
      },
    });
    expect(await report(host, ['--tty', '--user', '1000:1001'])).toEqual({ ...PLAIN, uid: 1000 });
    expect(await report(host, ['--tty', '--user', 'somebody'])).toEqual({ ...PLAIN, uid: 1234 });
  });

  test('gives it in a user namespace', async () => {
    const mutate = (spec: SpecDraft, { rootfs }: { rootfs: string }) => {
      setNamespace(spec, 'user');
      spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      chownSync(rootfs, 100_000, 100_000);
    };
    expect(await report(startHost({ mutate }), ['--tty', '--user', '7'])).toEqual({ ...PLAIN, uid: 7 });
  });

  test('passes on what is typed, and the status', async () => {
    const running = await exec(startHost(), ['--tty'], ['exit-on-signal']);
    await running.sees('ready\r\n');
    expect(await running.modes()).toBe('raw');
    running.type('\x03');
    expect(await running.ended).toEqual({ status: 130, modes: 'as opened', shown: 'ready\r\n^C' });
  });

  test('lets the size follow the window', async () => {
    const running = await exec(startHost(), ['--tty'], ['size']);
    await running.sees('size 24x80');
    await running.resize(40, 120);
    await running.sees('size 40x120');
    running.type('\r');
    expect(await running.ended).toMatchObject({ status: 0 });
  });

  test('gives the next program the next terminal', async () => {
    const host = startHost();
    const first = await exec(host, ['--tty'], ['size']);
    await first.sees('size');
    expect(await report(host)).toEqual({ ...PLAIN, streams: '/dev/pts/1' });
    first.type('\r');
    await first.ended;
  });

  test('hangs the terminal of the program up with its own, and leaves the container alone', async () => {
    const host = startHost();
    const command = ['exec', '--tty', host.id, '/probe', 'note-hang-up', '/hung-up'];
    const running = await runScriptOnTerminal('trap "" HUP; "$@"', host.tsrun, command);
    await running.sees('ready');
    await running.hangUp();
    await waitFor('the end of the program', () => existsSync(join(host.bundle.rootfs, 'hung-up')));
    expect((await running.ended).status).toBe(23);
    expect(host.tsrun.state(host.id)?.status).toBe('running');
  });

  test('leaves the terminal as it was where the program cannot be executed', async () => {
    const host = startHost();
    const running = await runOnTerminal(host.tsrun, ['exec', '--tty', host.id, '/absent']);
    const { status, modes, shown } = await running.ended;
    expect({ status, modes }).toEqual({ status: 255, modes: 'as opened' });
    expect(shown).toContain('/absent');
  });

  test('says what is missing in a container without a devpts', async () => {
    const host = startHost({
      mutate: (spec) => {
        spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/pts');
      },
    });
    const { status, shown } = await (await exec(host, ['--tty'], ['true'])).ended;
    expect(status).toBe(255);
    expect(shown).toContain(
      '/dev/pts/ptmx): no such file or directory (ENOENT)\r\nhint: a terminal comes from the devpts',
    );
    expect(host.tsrun.state(host.id)?.status).toBe('running');
  });

  test('wins over the document, either way', async () => {
    const host = startHost();
    const path = besideBundle(host, 'process.json');
    const write = (terminal: boolean) =>
      writeFileSync(path, JSON.stringify({ terminal, args: ['/probe', 'terminal'], cwd: '/' }));
    write(false);
    const on = await runOnTerminal(host.tsrun, ['exec', '--process', path, '--tty', host.id]);
    expect((await on.ended).shown).toContain('/dev/pts/');
    write(true);
    expect(host.exec([], ['--process', path, '--tty=false']).stdout).not.toContain('/dev/pts/');
  });
});

describe('exec --detach', () => {
  test('sends the terminal to the console socket', async () => {
    const host = startHost();
    const terminal = await receiveTerminal();
    const flags = ['--tty', '--detach', '--console-socket', terminal.socket];
    expect(host.exec(['/probe', 'size'], flags)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(await terminal.received()).toBe('1 /dev/pts/0');
    await terminal.resize(9, 8);
    await terminal.sees('size 9x8');
    terminal.type('\r');
    await terminal.hungUp();
  });

  test('takes terminal and size from a document', async () => {
    const host = startHost();
    const terminal = await receiveTerminal();
    const document = besideBundle(host, 'process.json');
    const process = { args: ['/probe', 'size'], cwd: '/', env: [], terminal: true };
    writeFileSync(document, JSON.stringify({ ...process, consoleSize: { height: 50, width: 60 } }));
    const flags = ['exec', '--process', document, '--detach', '--console-socket', terminal.socket];
    host.tsrun.must([...flags, host.id]);
    await terminal.sees('size 50x60');
    terminal.type('\r');
    await terminal.hungUp();
  });

  test('fails before anything is done when nobody listens', async () => {
    const host = startHost();
    const socket = besideBundle(host, 'absent');
    const { status, stderr } = host.exec(['/probe', 'true'], ['-d', '-t', '--console-socket', socket]);
    expect(stderr).toMatch(/absent.*: no such file or directory \(ENOENT\)\n/);
    expect(status).toBe(255);
    await waitFor('one process', () => host.tsrun.call(['ps', '-f', 'json', host.id]).stdout === `[${host.pid}]\n`);
  });

  for (const [flags, message] of [
    [['--tty', '--detach'], 'cannot allocate tty if runc will detach without setting console socket'],
    [['--tty', '--console-socket', '/x'], 'cannot use console socket if runc will not detach or allocate tty'],
    [['--detach', '--console-socket', '/x'], 'cannot use console socket if runc will not detach or allocate tty'],
  ] as const) {
    test(`with ${flags.join(' ')} is refused in runc's words`, () => {
      const { status, stderr } = startHost().exec(['/probe', 'true'], flags);
      expect({ status, first: stderr.split('\n')[0] }).toEqual({ status: 255, first: `tsrun: ${message}` });
    });
  }
});

test('exec without --tty gives the streams of its caller to the user, whatever the container itself has', async () => {
  const host = startHost();
  const { stdout } = host.tsrun.callFrom('"$@" 2>&1 | cat', [
    ...['exec', '--user', '1000', host.id],
    ...['/probe', 'append', '/dev/stderr', 'said'],
  ]);
  expect(stdout).toBe('said');
});
