// --console-socket: the terminal of a container that tsrun does not wait for goes to whoever listens there.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { receiveTerminal } from '../support/terminal.js';
import { makeTerminalBundle, TERMINAL } from '../support/terminal-container.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** What a descriptor is of; null: it has been closed since it was listed. */
function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

describe('the console socket', () => {
  test('gets the terminal of a created container, in one message with its name', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const terminal = await receiveTerminal();
    const bundle = makeTerminalBundle(['size'], {
      mutate: (spec) => {
        spec.process.consoleSize = { height: 50, width: 60 };
      },
    });
    tsrun.must(['create', '--console-socket', terminal.socket, '--bundle', bundle.path, id]);
    expect(await terminal.received()).toBe('1 /dev/pts/0');
    await terminal.closed();
    tsrun.must(['start', id]);
    await terminal.sees('size 50x60');
    await terminal.resize(11, 12);
    await terminal.sees('size 11x12');
    terminal.type('\r');
    await terminal.hungUp();
    await waitFor('the end of the program', () => tsrun.state(id)?.status === 'stopped');
  });

  test('gets that of run --detach, with everything that a terminal has', async () => {
    const tsrun = newTsrun();
    const terminal = await receiveTerminal();
    const bundle = makeTerminalBundle(['terminal'], {
      mutate: (spec) => {
        spec.process.user = { uid: 1000, gid: 1001 };
      },
    });
    tsrun.must(['run', '--detach', '--console-socket', terminal.socket, '--bundle', bundle.path, tsrun.newId()]);
    await terminal.hungUp();
    expect(JSON.parse(terminal.shown())).toEqual({ ...TERMINAL, rows: 0, columns: 0, uid: 1000 });
  });

  test('may have a path that is longer than an address', async () => {
    const tsrun = newTsrun();
    const directory = join(makeTemporary(), 'd'.repeat(120), 'e'.repeat(120));
    mkdirSync(directory, { recursive: true });
    const terminal = await receiveTerminal(join(directory, 'console.sock'));
    const bundle = makeTerminalBundle(['true']);
    tsrun.must(['create', '--console-socket', terminal.socket, '--bundle', bundle.path, tsrun.newId()]);
    expect(await terminal.received()).toBe('1 /dev/pts/0');
  });

  test('is closed in the container, and so is the terminal but for descriptors 0 to 2', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const terminal = await receiveTerminal();
    const bundle = makeTerminalBundle(['sleep', '3600']);
    tsrun.must(['create', '--console-socket', terminal.socket, '--bundle', bundle.path, id]);
    const targets = () => {
      const directory = `/proc/${tsrun.state(id)?.pid}/fd`;
      return readdirSync(directory).map((fd) => readLink(join(directory, fd)));
    };
    // `create` is over when init has been told so, and init then still closes what it was told by.
    await waitFor('init to wait', () => targets().every((target) => target !== null));
    expect(targets().filter((target) => /pts|socket/.test(target ?? ''))).toEqual(Array(3).fill('/dev/pts/0'));
  });

  test('does not have tsrun touch the streams of its caller', async () => {
    const tsrun = newTsrun();
    const terminal = await receiveTerminal();
    const bundle = makeTerminalBundle(['give', '5000']);
    const command = ['run', '--detach', '--console-socket', terminal.socket, '--bundle', bundle.path, tsrun.newId()];
    expect(tsrun.must(command).stdout).toBe('');
    await terminal.hungUp();
    expect(terminal.bytes().length).toBe(5000);
  });
});

describe('without anybody who would serve the terminal', () => {
  const detached = 'tsrun: cannot allocate tty if runc will detach without setting console socket\n';
  const useless = 'tsrun: cannot use console socket if runc will not detach or allocate tty\n';

  for (const [terminal, flags, message] of [
    [true, ['create'], detached],
    [true, ['run', '--detach'], detached],
    [true, ['run', '--console-socket', '/absent'], useless],
    [false, ['create', '--console-socket', '/absent'], useless],
    [false, ['run', '--detach', '--console-socket', '/absent'], useless],
    [false, ['run', '--console-socket', '/absent'], useless],
  ] as const) {
    test(`${flags.join(' ')} of terminal ${terminal} is refused in runc's words`, () => {
      const tsrun = newTsrun();
      const bundle = makeBundle({
        mutate: (spec) => {
          spec.process.terminal = terminal;
        },
      });
      const { status, stderr } = tsrun.call([...flags, '--bundle', bundle.path, tsrun.newId()]);
      expect({ status, stderr: stderr.replace(/^hint: .*\n/m, '') }).toEqual({ status: 1, stderr: message });
      expect(tsrun.leftovers()).toEqual([]);
    });
  }
});

/** What create says to a console socket, or to a container, that gives no terminal; nothing may be left. */
async function refusal(socket: string, options: Omit<BundleOptions, 'args'> = {}): Promise<string> {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const { path } = makeTerminalBundle(['true'], options);
  const { status, stderr } = tsrun.call(['create', '--console-socket', socket, '--bundle', path, id]);
  expect({ status, left: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({ status: 1, left: [], cgroup: false });
  return stderr
    .replace(/^hint: .*\n/m, '')
    .replace(id, 'ID')
    .replaceAll(socket, 'SOCKET');
}

describe('a console socket that is none', () => {
  const cannot = 'tsrun: cannot create container "ID": connect to the console socket "SOCKET": ';

  test('is not there', async () => {
    expect(await refusal(join(makeTemporary(), 'absent'))).toBe(`${cannot}no such file or directory (ENOENT)\n`);
  });

  test('is a file', async () => {
    const path = join(makeTemporary(), 'file');
    writeFileSync(path, '');
    expect(await refusal(path)).toBe(`${cannot}connection refused (ECONNREFUSED)\n`);
  });

  test('is in no directory', async () => {
    const path = join(makeTemporary(), 'file');
    writeFileSync(path, '');
    expect(await refusal(join(path, 'socket'))).toBe(`${cannot}not a directory (ENOTDIR)\n`);
  });

  test('has nobody who listens any more', async () => {
    const terminal = await receiveTerminal();
    await terminal.abandon();
    expect(await refusal(terminal.socket)).toBe(`${cannot}connection refused (ECONNREFUSED)\n`);
  });
});

describe('/dev/pts that gives no terminal', () => {
  const open = 'tsrun: cannot create container "ID": process.terminal: open a terminal in /dev/pts';

  async function withPts(options: Omit<BundleOptions, 'args'>): Promise<string> {
    return await refusal((await receiveTerminal()).socket, options);
  }

  function withRootfs(fill: (rootfs: string) => void): Omit<BundleOptions, 'args'> {
    return {
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'dev/pts'), { recursive: true });
        fill(rootfs);
      },
      mutate: (spec) => {
        spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
      },
    };
  }

  test('is missing', async () => {
    const mutate: BundleOptions['mutate'] = (spec) => {
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/pts');
    };
    expect(await withPts({ mutate })).toBe(`${open} (openat2 /dev/pts/ptmx): no such file or directory (ENOENT)\n`);
  });

  test('has a fifo for a multiplexer', async () => {
    const fill = (rootfs: string) => execFileSync('mkfifo', [join(rootfs, 'dev/pts/ptmx')]);
    expect(await withPts(withRootfs(fill))).toBe(`${open}: it is not that of a devpts (/dev/pts/ptmx)\n`);
  });

  test('has another device for a multiplexer', async () => {
    const fill = (rootfs: string) => execFileSync('mknod', [join(rootfs, 'dev/pts/ptmx'), 'c', '1', '5']);
    expect(await withPts(withRootfs(fill))).toBe(`${open}: it is not that of a devpts (/dev/pts/ptmx)\n`);
  });

  test('has the multiplexer of nobody: the device without a devpts', async () => {
    const fill = (rootfs: string) => execFileSync('mknod', [join(rootfs, 'dev/pts/ptmx'), 'c', '5', '2']);
    expect(await withPts(withRootfs(fill))).toBe(`${open}: it is not that of a devpts (/dev/pts/ptmx)\n`);
  });

  test('has a link for a multiplexer, even to a real one', async () => {
    const options = withRootfs((rootfs) => symlinkSync('/real/ptmx', join(rootfs, 'dev/pts/ptmx')));
    const mutate: BundleOptions['mutate'] = (spec, bundle) => {
      options.mutate?.(spec, bundle);
      spec.mounts.push({ destination: '/real', type: 'devpts', source: 'devpts', options: ['newinstance'] });
    };
    expect(await withPts({ ...options, mutate })).toBe(`${open}: it is not that of a devpts (/dev/pts/ptmx)\n`);
  });
});

test('a link for /dev/console is covered, not followed', async () => {
  const tsrun = newTsrun();
  const terminal = await receiveTerminal();
  const bundle = makeTerminalBundle(['terminal'], {
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'dev/pts'), { recursive: true });
      symlinkSync('/target', join(rootfs, 'dev/console'));
      writeFileSync(join(rootfs, 'target'), 'untouched\n');
    },
    mutate: (spec) => {
      spec.mounts = spec.mounts.filter(({ destination }) => !['/dev', '/dev/shm', '/dev/mqueue'].includes(destination));
    },
  });
  const command = ['run', '--detach', '--console-socket', terminal.socket, '--bundle', bundle.path];
  tsrun.must([...command, tsrun.newId()]);
  await terminal.hungUp();
  expect(JSON.parse(terminal.shown())).toMatchObject({ console: true });
  expect(readFileSync(join(bundle.rootfs, 'target'), 'utf8')).toBe('untouched\n');
});

test('a listener that never accepts does not keep create waiting for ever', async () => {
  const path = join(makeTemporary(), 'socket');
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const tsrun = newTsrun();
  tsrun.must(['create', '--console-socket', path, '--bundle', makeTerminalBundle(['true']).path, tsrun.newId()]);
});
