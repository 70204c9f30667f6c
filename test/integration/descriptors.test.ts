// Which descriptors a program gets, and what a created init holds while it waits.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { parseReport, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';

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
    const script = 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"';
    const { stdout } = tsrun.callFrom(script, ['run', '--bundle', bundle.path, tsrun.newId()], { passed: fds });
    const report = parseReport(stdout);
    expect(report.descriptors.filter(({ fd }) => fd > 2).map(({ fd, target }) => [fd, target])).toEqual([
      [3, paths[0]],
    ]);
    expect(report.env).toEqual(expect.arrayContaining(['LISTEN_FDS=1', 'LISTEN_PID=1']));
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
