// process.terminal in the foreground: the container's terminal, and what is relayed between it and the one that tsrun is on.
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { PROJECT } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { runOnTerminal, runScriptOnTerminal } from '../support/terminal.js';
import { childOf, makeTerminalBundle, runContainerOnTerminal as run, TERMINAL } from '../support/terminal-container.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** What `probe terminal` says. */
async function report(options: Parameters<typeof run>[1] = {}) {
  const { status, modes, shown } = await (await run(['terminal'], options)).ended;
  expect({ status, modes }, shown).toEqual({ status: 0, modes: 'as opened' });
  return JSON.parse(shown);
}

describe('a container with a terminal', () => {
  test('has it as standard input, output and error, as controlling terminal, and on /dev/console', async () => {
    expect(await report()).toEqual(TERMINAL);
  });

  test('gives it to the user of the program', async () => {
    const user = { uid: 1000, gid: 1001 };
    expect(
      await report({
        mutate: (spec) => {
          spec.process.user = user;
        },
      }),
    ).toEqual({ ...TERMINAL, uid: 1000 });
  });

  test('has it in a user namespace of its own', async () => {
    const inUserNamespace = (spec: SpecDraft, { rootfs }: Bundle) => {
      setNamespace(spec, 'user');
      spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.process.user = { uid: 7, gid: 7 };
      chownSync(rootfs, 100_000, 100_000);
    };
    expect(await report({ mutate: inUserNamespace })).toEqual({ ...TERMINAL, uid: 7 });
  });

  test('has it where the rootfs is read-only', async () => {
    expect(
      await report({
        mutate: (spec) => {
          spec.root.readonly = true;
        },
      }),
    ).toEqual(TERMINAL);
  });

  test('has it with --no-pivot', async () => {
    expect(await report({ flags: ['--no-pivot'] })).toEqual(TERMINAL);
  });

  test('has it on /dev/console instead of what config.json mounts there', async () => {
    const onConsole = { destination: '/dev/console', type: 'bind', source: '/dev/zero', options: ['bind'] };
    expect(await report({ mutate: (spec) => void spec.mounts.push(onConsole) })).toEqual(TERMINAL);
  });

  test('has it without root, and the relay goes on when nobody has it open for a while', async () => {
    const user = 65_501;
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['reopen'], {
      mutate: (spec, { rootfs }) => {
        setNamespace(spec, 'user');
        spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'network');
        spec.linux.uidMappings = [{ containerID: 0, hostID: user, size: 1 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: user, size: 1 }];
        spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/sys'));
        const pts = spec.mounts.find(({ destination }) => destination === '/dev/pts');
        if (pts !== undefined) pts.options = ['newinstance', 'ptmxmode=0666', 'mode=0620'];
        chownSync(rootfs, user, user);
      },
    });
    mkdirSync(tsrun.root);
    chownSync(tsrun.root, user, user);
    const script = `exec setpriv --reuid ${user} --regid ${user} --clear-groups -- "$@"`;
    const command = ['--cgroup-manager=disabled', 'run', '--bundle', bundle.path, tsrun.newId()];
    expect(await (await runScriptOnTerminal(script, tsrun, command)).ended).toEqual({
      status: 0,
      modes: 'as opened',
      shown: 'again\r\n',
    });
  });

  test('runs jobs on it', async () => {
    const jobs = await run(['jobs']);
    await jobs.sees('job\r\n');
    jobs.type('\x03');
    expect(await jobs.ended).toMatchObject({ status: 0, shown: 'job\r\n^Cjob ended by signal 2\r\n' });
  });
});

describe('the size of the window', () => {
  test("is that of tsrun's own terminal when the program begins, and follows it", async () => {
    const running = await run(['size'], { rows: 31, columns: 97 });
    await running.sees('size 31x97');
    await running.resize(40, 120);
    await running.sees('size 40x120');
    running.type('\r');
    expect(await running.ended).toMatchObject({ status: 0 });
  });

  test('is that of the terminal, not of config.json, where there is one', async () => {
    const mutate = (spec: SpecDraft) => {
      spec.process.consoleSize = { height: 50, width: 60 };
    };
    expect(await report({ mutate })).toEqual(TERMINAL);
  });

  test('is that of config.json without a terminal', () => {
    const tsrun = newTsrun();
    const mutate = (spec: SpecDraft) => {
      spec.process.consoleSize = { height: 50, width: 60 };
    };
    const bundle = makeTerminalBundle(['terminal'], { mutate });
    const { stdout } = tsrun.must(['run', '--bundle', bundle.path, tsrun.newId()]);
    expect(JSON.parse(stdout)).toEqual({ ...TERMINAL, rows: 50, columns: 60 });
  });

  test('is seen on whichever stream is the terminal', async () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['terminal']);
    const out = join(makeTemporary(), 'out');
    const running = await runScriptOnTerminal(
      `"$@" <&- >${out}`,
      tsrun,
      ['run', '--bundle', bundle.path, tsrun.newId()],
      { rows: 12, columns: 34 },
    );
    expect(await running.ended).toEqual({ status: 0, modes: 'as opened', shown: '' });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({ ...TERMINAL, rows: 12, columns: 34 });
  });
});

describe("tsrun's own terminal", () => {
  test('is raw meanwhile: what is typed, ^C too, is for the container', async () => {
    const running = await run(['exit-on-signal']);
    await running.sees('ready\r\n');
    expect(await running.modes()).toBe('raw');
    running.type('\x03');
    expect(await running.ended).toEqual({ status: 130, modes: 'as opened', shown: 'ready\r\n^C' });
  });

  test('is as it was when the container could not be made', async () => {
    const { status, modes, shown } = await (
      await run(['true'], {
        mutate: (spec) => {
          spec.process.args = ['/absent'];
        },
      })
    ).ended;
    expect({ status, modes }).toEqual({ status: 1, modes: 'as opened' });
    expect(shown).toContain('/absent');
  });

  test('is as it was when the program could not be executed', async () => {
    const { status, modes, shown } = await (
      await run(['true'], {
        mutate: (spec) => {
          spec.process.args = ['/script'];
        },
        fill: (rootfs) => writeFileSync(join(rootfs, 'script'), '#!/absent\n', { mode: 0o755 }),
      })
    ).ended;
    expect({ status, modes }).toEqual({ status: 1, modes: 'as opened' });
    expect(shown).toContain('/script');
  });

  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGHUP', 1],
    ['SIGQUIT', 3],
    ['SIGUSR1', 10],
  ] as const) {
    test(`is as it was when the program ends by a ${signal} that tsrun was sent`, async () => {
      const running = await run(['exit-on-signal']);
      await running.sees('ready\r\n');
      process.kill(running.pid, signal);
      expect(await running.ended).toEqual({ status: 128 + number, modes: 'as opened', shown: 'ready\r\n' });
    });
  }

  test('is as it was when the container was killed', async () => {
    const running = await run(['exit-on-signal']);
    await running.sees('ready\r\n');
    running.tsrun.must(['kill', running.id, 'KILL']);
    expect(await running.ended).toEqual({ status: 137, modes: 'as opened', shown: 'ready\r\n' });
    expect(running.tsrun.leftovers()).toEqual([]);
  });

  test('is left as it is where what is typed does not come from it', async () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['exit-on-signal']);
    const command = ['run', '--bundle', bundle.path, tsrun.newId()];
    const running = await runScriptOnTerminal('exec "$@" </dev/null', tsrun, command);
    await running.sees('ready');
    expect(await running.modes()).toBe('as opened');
    // So the terminal makes a signal of it, which tsrun forwards.
    running.type('\x03');
    expect(await running.ended).toMatchObject({ status: 130 });
  });

  test('is left alone by tsrun in the background, which stops there as any program that needs it', async () => {
    const tsrun = newTsrun();
    const command = ['run', '--bundle', makeTerminalBundle(['size']).path, tsrun.newId()];
    const script =
      'set -m; "$@" & until grep -q "T (stopped)" /proc/$!/status; do sleep 0.02; done; echo stopped; read line; fg';
    const running = await runScriptOnTerminal(script, tsrun, command);
    await running.sees('stopped');
    expect(await running.modes()).toBe('as opened');
    running.type('\r');
    await running.sees('size 24x80');
    await running.resize(25, 81);
    await running.sees('size 25x81');
    expect(await running.modes()).toBe('raw');
    running.type('\r');
    expect(await running.ended).toMatchObject({ status: 0, modes: 'as opened' });
  });

  test('is raw again when tsrun was stopped and goes on', async () => {
    const tsrun = newTsrun();
    const command = ['run', '--bundle', makeTerminalBundle(['size']).path, tsrun.newId()];
    const running = await runScriptOnTerminal(
      'set -m; "$@"; stty sane; echo again; fg; echo "code $?"',
      tsrun,
      command,
    );
    await running.sees('size 24x80');
    const pid = await waitFor('tsrun', () => childOf(running.pid));
    process.kill(pid, 'SIGSTOP');
    await running.sees('again');
    await waitFor('tsrun to go on', () => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') S '));
    await running.resize(25, 81);
    await running.sees('size 25x81\r\n');
    expect(await running.modes()).toBe('raw');
    running.type('\r');
    expect((await running.ended).shown).toContain('code 0');
  });
});

test('bundles/terminal is an interactive shell', async () => {
  const tsrun = newTsrun();
  const bundle = join(PROJECT, 'bundles', 'terminal');
  const running = await runOnTerminal(tsrun, ['run', '--bundle', bundle, tsrun.newId()]);
  await running.sees('$ ');
  running.type('tty; stty size; stat -c "%u %a" /dev/console; exit 3\r');
  const { status, modes, shown } = await running.ended;
  expect({ status, modes }).toEqual({ status: 3, modes: 'as opened' });
  expect(shown).toContain('\r\n/dev/pts/0\r\n24 80\r\n1000 620\r\n');
});
