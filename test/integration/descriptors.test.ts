// Which descriptors a program gets, and what a created init holds while it waits.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { receiveNotifications, receivePidfd } from '../support/listener.js';
import { parseReport, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

function openFiles(count: number): { fds: number[]; paths: string[] } {
  const directory = makeTemporary();
  const paths = Array.from({ length: count }, (_, index) => join(directory, `passed-${index}`));
  const fds = paths.map((path) => {
    writeFileSync(path, 'passed\n');
    return openSync(path, 'r+');
  });
  onTestFinished(() => {
    for (const fd of fds) closeSync(fd);
  });
  return { fds, paths };
}

/** Descriptors of the program from 3 on, with their files. */
function run(tsrun: Tsrun, flags: readonly string[], passed: readonly number[], env: Record<string, string> = {}) {
  const bundle = makeBundle();
  const { stdout } = tsrun.must(['run', ...flags, '--bundle', bundle.path, tsrun.newId()], { passed, env });
  const report = parseReport(stdout);
  return { env: report.env, fds: report.descriptors.filter(({ fd }) => fd > 2).map(({ fd, target }) => [fd, target]) };
}

describe('a program', () => {
  test('has descriptors 0, 1 and 2 only', () => {
    expect(runReport().descriptors.map(({ fd, cloexec, nonblock }) => ({ fd, cloexec, nonblock }))).toEqual(
      [0, 1, 2].map((fd) => ({ fd, cloexec: false, nonblock: false })),
    );
  });

  test('does not have what the caller left open', () => {
    expect(run(newTsrun(), [], openFiles(3).fds).fds).toEqual([]);
  });

  test('has the descriptors of --preserve-fds, and no more', () => {
    const { fds, paths } = openFiles(3);
    expect(run(newTsrun(), ['--preserve-fds', '2'], fds).fds).toEqual([
      [3, paths[0]],
      [4, paths[1]],
    ]);
  });

  test('has the descriptors of socket activation, and is told of them', () => {
    const { fds, paths } = openFiles(2);
    const tsrun = newTsrun();
    const bundle = makeBundle();
    const script = 'export LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=web; exec "$@"';
    const { stdout } = tsrun.callFrom(script, ['run', '--bundle', bundle.path, tsrun.newId()], { passed: fds });
    const report = parseReport(stdout);
    expect(report.descriptors.filter(({ fd }) => fd > 2).map(({ fd, target }) => [fd, target])).toEqual([
      [3, paths[0]],
    ]);
    expect(report.env).toEqual(expect.arrayContaining(['LISTEN_FDS=1', 'LISTEN_PID=1', 'LISTEN_FDNAMES=web']));
  });

  test('does not get what socket activation passed to another process', () => {
    const { fds, env } = run(newTsrun(), [], openFiles(1).fds, { LISTEN_FDS: '1', LISTEN_PID: '1' });
    expect(fds).toEqual([]);
    expect(env.filter((entry) => entry.startsWith('LISTEN'))).toEqual([]);
  });

  test('is not run when a descriptor to preserve is not open', () => {
    const tsrun = newTsrun();
    const { status, stderr } = tsrun.call(
      ['run', '--preserve-fds', '2', '--bundle', makeBundle().path, tsrun.newId()],
      {
        passed: openFiles(1).fds,
      },
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'tsrun: cannot preserve descriptor 4: it is not open\n' });
    expect(tsrun.leftovers()).toEqual([]);
  });
});

/** Every way to a program, and what is passed on the command line that makes its process. */
const WAYS = ['create and start', 'run', 'run --detach', 'exec', 'exec --detach'] as const;

interface Passing {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly passed?: readonly (number | 'ignore')[];
  /** Shell, before tsrun; LISTEN_PID has to be the pid of tsrun itself. */
  readonly script?: string;
}

/** Calls `tsrun WORDS`, from a shell where there is a script. */
function callAs(tsrun: Tsrun, words: readonly string[], { script, ...options }: Passing) {
  return script === undefined ? tsrun.call(words, options) : tsrun.callFrom(`${script}; exec "$@"`, words, options);
}

/** The host's pid of a sleeping program that was made in this way. */
async function makeProgram(tsrun: Tsrun, way: (typeof WAYS)[number], passing: Passing): Promise<number> {
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'sleep', '3600'] });
  const flags = passing.flags ?? [];
  const must = (words: readonly string[], with_: Passing = {}) => {
    const { status, stderr } = callAs(tsrun, words, with_);
    expect({ words, status, stderr }).toEqual({ words, status: 0, stderr: '' });
  };
  if (way === 'create and start') {
    must(['create', ...flags, '-b', bundle.path, id], passing);
    must(['start', id]);
  } else if (way === 'run') {
    const { script = ':', ...options } = passing;
    const words = ['run', ...flags, '-b', bundle.path, id];
    tsrun.spawnFrom(`${script}; exec "$@"`, words, options);
    await waitFor('the program', () => tsrun.state(id)?.status === 'running');
  } else if (way === 'run --detach') {
    must(['run', '-d', ...flags, '-b', bundle.path, id], passing);
  } else {
    must(['run', '-d', '-b', bundle.path, id]);
    return await execProgram(tsrun, id, way, passing);
  }
  return tsrun.state(id)?.pid ?? 0;
}

async function execProgram(tsrun: Tsrun, id: string, way: 'exec' | 'exec --detach', passing: Passing): Promise<number> {
  const pidFile = join(makeTemporary(), 'pid');
  const words = ['exec', ...(passing.flags ?? []), '--pid-file', pidFile, id, '/probe', 'sleep', '3600'];
  if (way === 'exec') {
    const { script = ':', ...options } = passing;
    tsrun.spawnFrom(`${script}; exec "$@"`, words, options);
  } else {
    const [verb = '', ...rest] = words;
    callAs(tsrun, [verb, '-d', ...rest], passing);
  }
  return await waitFor('the process', () => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8')));
}

/** Descriptors from 3 on, with their files, of a process that executes the probe. */
async function heldBy(pid: number): Promise<[number, string][]> {
  await waitFor('the program', () => readlinkSync(`/proc/${pid}/exe`).endsWith('/probe'));
  const names = readdirSync(`/proc/${pid}/fd`).map(Number);
  return names
    .filter((fd) => fd > 2)
    .sort((a, b) => a - b)
    .map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]);
}

describe.each(WAYS)('%s', (way) => {
  async function held(passing: Passing): Promise<[number, string][]> {
    return await heldBy(await makeProgram(newTsrun(), way, passing));
  }

  test('closes all that the caller left open, also far above', async () => {
    const { fds } = openFiles(4);
    const [first = 0, ...others] = fds;
    const far = Array.from({ length: 200 }, () => 'ignore' as const);
    expect(await held({ passed: [first, ...far, ...others] })).toEqual([]);
  });

  test('keeps exactly what --preserve-fds counts', async () => {
    const { fds, paths } = openFiles(3);
    expect(await held({ flags: ['--preserve-fds', '2'], passed: fds })).toEqual([
      [3, paths[0]],
      [4, paths[1]],
    ]);
  });

  test('keeps the descriptors of socket activation before those of --preserve-fds', async () => {
    const { fds, paths } = openFiles(4);
    const script = 'export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=web:admin';
    expect(await held({ flags: ['--preserve-fds=1'], passed: fds, script })).toEqual([
      [3, paths[0]],
      [4, paths[1]],
      [5, paths[2]],
    ]);
  });

  test('keeps nothing more where sockets of the caller are spoken to', async () => {
    const { fds, paths } = openFiles(2);
    const pidfd = await receivePidfd();
    const notify = await receiveNotifications();
    const env = { NOTIFY_SOCKET: notify.address };
    const flags = ['--preserve-fds', '1', '--pidfd-socket', pidfd.address];
    const isDetached = way === 'run --detach';
    // A detached run would wait for the program to be ready.
    const passing = { flags, passed: fds, ...(isDetached ? {} : { env }) };
    expect(await held(passing)).toEqual([[3, paths[0]]]);
    await waitFor('the pidfd', () => pidfd.messages().length === 1);
  });

  test('is refused when there is a hole in the numbers that are to be preserved', async () => {
    const { fds } = openFiles(2);
    const [first = 0, second = 0] = fds;
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'sleep', '3600'] }).path;
    const [verb = '', flag] = way.split(' ');
    const words = [verb, ...(flag === '--detach' ? [flag] : []), '--preserve-fds', '3'];
    if (verb === 'exec') tsrun.must(['run', '-d', '-b', bundle, id]);
    const rest = verb === 'exec' ? [id, '/probe', 'true'] : ['-b', bundle, id];
    const { status, stderr } = tsrun.call([...words, ...rest], { passed: [first, 'ignore', second] });
    expect({ status, stderr }).toEqual({
      status: verb === 'exec' ? 255 : 1,
      stderr: 'tsrun: cannot preserve descriptor 4: it is not open\n',
    });
  });
});

describe('a created init', () => {
  function create(flags: readonly string[] = [], passed: readonly number[] = []): number {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', ...flags, '--bundle', makeBundle().path, id], { passed });
    return tsrun.state(id)?.pid ?? 0;
  }

  function descriptors(pid: number): string[] {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory)
      .filter((fd) => Number(fd) > 2)
      .map((fd) => readlinkSync(join(directory, fd)));
  }

  test('holds only its fifo and the links it opens it by', () => {
    const held = descriptors(create()).map((target) =>
      target.replace(/^.*(?=\/exec\.fifo$)/, '').replace(/\d+/, 'PID'),
    );
    expect(held).toEqual(['/exec.fifo', '/PID/fd']);
  });

  test('holds what is preserved as well', () => {
    const { fds, paths } = openFiles(1);
    expect(descriptors(create(['--preserve-fds', '1'], fds))).toContain(paths[0]);
  });

  test('runs a sealed copy in memory, not a file of the host', () => {
    const exe = readlinkSync(`/proc/${create()}/exe`);
    expect(exe).toBe('/memfd:tsrun (deleted)');
  });

  test('runs a copy that nobody can write', () => {
    const pid = create();
    expect(() => openSync(`/proc/${pid}/exe`, 'r+')).toThrow(/ETXTBSY|EPERM/);
  });

  test('has the name by which a waiting init is known', () => {
    expect(readFileSync(`/proc/${create()}/comm`, 'utf8')).toBe('tsrun:init\n');
  });

  test("is in the root of its container, not in the host's", () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ fill: (rootfs) => mkdirSync(join(rootfs, 'only-here')) });
    tsrun.must(['create', '--bundle', bundle.path, id]);
    expect(readdirSync(`/proc/${tsrun.state(id)?.pid}/root`)).toContain('only-here');
  });
});
