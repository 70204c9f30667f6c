// What a caller brings along, or others of the host see: terminals, umask, sockets, and fields of any length.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle, type SpecDraft, shareNamespace } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { PROBE } from '../support/paths.js';
import { parseReport, runBundle } from '../support/probe.js';
import { runOnTerminal, startOnTerminal } from '../support/terminal.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const NOBODY = 65_534;

describe('the terminal that a container without one was called on', () => {
  const attempt = ['attempt', 'inject', '/dev/tty', 'inject', '/proc/self/fd/0'];

  test('can be typed on by a program of the host: the next test shows something', async () => {
    const { ended } = await startOnTerminal([PROBE, ...attempt], {});
    expect((await ended).shown).toMatch(/inject \/proc\/self\/fd\/0: ok/);
  });

  test('is not typed on', async () => {
    const tsrun = newTsrun();
    const { path } = makeBundle({ args: ['/probe', ...attempt] });
    const { ended } = await runOnTerminal(tsrun, ['run', '--bundle', path, tsrun.newId()]);
    const { shown } = await ended;
    expect(shown).toContain('inject /dev/tty: ENXIO');
    expect(shown).toMatch(/inject \/proc\/self\/fd\/0: (EPERM|EIO|EACCES)/);
  });

  test('is not typed on by a process of exec either', async () => {
    const host = startHost();
    const { ended } = await runOnTerminal(host.tsrun, ['exec', host.id, '/probe', ...attempt]);
    const { shown } = await ended;
    expect(shown).toContain('inject /dev/tty: ENXIO');
    expect(shown).toMatch(/inject \/proc\/self\/fd\/0: (EPERM|EIO|EACCES)/);
  });
});

describe('the state of a container', () => {
  test.each(['000', '022', '077', '777'])('is closed to other users under umask %s', (umask) => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { path } = makeBundle({ args: ['/probe', 'true'] });
    const { status, stderr } = tsrun.callFrom(`umask ${umask}; exec "$@"`, ['create', '--bundle', path, id]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(statSync(tsrun.root).mode & 0o7777).toBe(0o700);
    const directory = join(tsrun.root, id);
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
    for (const [program, ...args] of [
      ['ls', tsrun.root],
      ['ls', directory],
      ['cat', join(directory, 'state.json')],
      ['sh', '-c', 'cd "$1"', 'sh', directory],
    ] as const) {
      expect(tsrun.execute(program, args, { uid: NOBODY }).status, `${program} ${args.join(' ')}`).not.toBe(0);
    }
    for (const name of readdirSync(directory).filter((found) => found !== 'exec.fifo')) {
      expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
    }
  });
});

/** Names of the sockets of a process, as the network namespace has them. */
function socketsOf(pid: number): string[] {
  const lines = readFileSync(`/proc/${pid}/net/unix`, 'utf8').trimEnd().split('\n').slice(1);
  const inodes = readdirSync(`/proc/${pid}/fd`).map(
    (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1],
  );
  return lines
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, , , , , , inode, name = '']) => (inodes.includes(inode) ? [name] : []));
}

test('no process of tsrun listens at an abstract socket, which a container with the network of the host could reach', async () => {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const { path } = makeBundle({ args: ['/probe', 'sleep', '60'], mutate: (spec) => shareNamespace(spec, 'network') });
  const running = await runOnTerminal(tsrun, ['run', '--bundle', path, id]);
  const created = tsrun.newId();
  tsrun.must(['create', '--bundle', path, created]);
  await waitFor('the container', () => tsrun.state(id)?.status === 'running');
  const pids = [running.pid, tsrun.state(created)?.pid ?? 0];
  expect(pids.flatMap(socketsOf).filter((name) => name !== '')).toEqual([]);
  tsrun.must(['kill', id, 'KILL']);
  await running.ended;
});

describe('no number of a descriptor is a way out', () => {
  // The caller has none of these open: whatever there is, is the runtime's.
  const numbers = Array.from({ length: 14 }, (_, index) => index + 3);

  test.each(numbers)('as the working directory /proc/self/fd/%d', (number) => {
    const cwd = `/proc/self/fd/${number}`;
    const { status, stderr } = runBundle({
      args: ['/probe', 'attempt', 'list', '..'],
      mutate: (spec) => {
        spec.process.cwd = cwd;
      },
    });
    expect(stderr).toContain(cwd);
    expect(status).toBe(1);
  });

  test('as the working directory of exec', () => {
    const { exec } = startHost();
    for (const number of numbers) {
      const { status, stdout } = exec(['/probe', 'report'], ['--cwd', `/proc/self/fd/${number}`]);
      // The root of the container, by the descriptor that exec has of it, is where a program may be.
      if (status === 0) expect(parseReport(stdout).cwd).toBe('/');
    }
  });
});

describe('a field of any length', () => {
  const AROUND = [65_535, 65_536, 65_537, 70 * 1024];

  test('arrives as it is, also around 2^16', () => {
    const values = AROUND.map((length, index) => `LONG${index}=${String(index).repeat(length - 6)}`);
    const { status, stdout } = runBundle({
      mutate: (spec) => {
        spec.process.env.push(...values);
      },
    });
    expect(status).toBe(0);
    expect(parseReport(stdout).env.filter((entry) => entry.startsWith('LONG'))).toEqual(values);
  });

  test.each(AROUND)('of %d bytes that no path or name can have is refused, and nothing runs', (length) => {
    const long = 'a'.repeat(length);
    const places: ((spec: SpecDraft) => void)[] = [
      (spec) => {
        spec.process.cwd = `/${long}`;
      },
      (spec) => {
        spec.hostname = long;
      },
      (spec) => {
        spec.mounts.push({ destination: `/${long}`, type: 'tmpfs', source: 'tmpfs' });
      },
    ];
    for (const mutate of places) {
      const { status, stdout, stderr } = runBundle({ mutate });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      // The path is told up to its longest, and no more.
      expect(stderr.length).toBeLessThan(8192);
    }
  });

  test.each([
    // More than the kernel takes (user_namespaces(7)), and more than a document may have.
    [1000, /uidMappings/],
    [100_000, /values|uidMappings/],
  ])('%d mappings of ids are refused, and the program does not run without', (count, words) => {
    const { status, stdout, stderr } = runBundle({
      mutate: (spec) => {
        spec.linux.namespaces.push({ type: 'user' });
        const map = Array.from({ length: count }, (_, index) => ({
          containerID: index,
          hostID: 200_000 + 2 * index,
          size: 1,
        }));
        spec.linux.uidMappings = map;
        spec.linux.gidMappings = map;
      },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(words);
  });
});
