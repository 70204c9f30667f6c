// exec: a program beside the container's init, in all that the container is.
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { besideBundle, reportBeside, startHost } from '../support/exec.js';
import { cgroupRoot } from '../support/host.js';
import { parseReport } from '../support/probe.js';
import { waitFor } from '../support/wait-for.js';

const NAMESPACES = ['pid', 'net', 'mnt', 'ipc', 'uts', 'cgroup'];

describe('exec', () => {
  test('runs a program in the namespaces, the root and the cgroup of the container', () => {
    const host = startHost();
    const report = reportBeside(host);
    for (const name of NAMESPACES) expect(report.namespaces[name]).toBe(readlinkSync(`/proc/${host.pid}/ns/${name}`));
    expect(report.hostname).toBe('probe-host');
    expect(report.pid).toBeGreaterThan(1);
    expect(report.ppid).toBe(0);
    expect(report.cwd).toBe('/');
    expect(report.cgroup).toContain('0::/');
  });

  test("gives it the identity and the limits of the container's own process", () => {
    const host = startHost({
      args: ['/probe', 'sleep', '3600'],
      mutate: ({ process }) => {
        process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o27 };
        process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }];
        process.oomScoreAdj = 700;
        process.cwd = '/tmp';
        process.env.push('OWN=value');
      },
    });
    const { uid, gid, groups, umask, capEff, capBnd, noNewPrivs, rlimits, oomScoreAdj, cwd, env, sid, pid } =
      reportBeside(host);
    expect({ uid, gid, groups, umask, noNewPrivs, cwd, oomScoreAdj: oomScoreAdj?.trim() }).toEqual({
      uid: 1000,
      gid: 1001,
      groups: [5, 7],
      umask: '0027',
      noNewPrivs: 1,
      cwd: '/tmp',
      oomScoreAdj: '700',
    });
    expect(rlimits.nofile ?? rlimits.RLIMIT_NOFILE).toEqual({ soft: '100', hard: '200' });
    expect([capEff, capBnd]).toEqual(['0000000000000000', '0000000020000420']);
    expect(env).toContain('OWN=value');
    expect(sid).toBe(pid);
  });

  test('answers the status of the program, and 128 and the signal that ended it', () => {
    const { exec } = startHost();
    expect(exec(['/probe', 'exit', '7'])).toMatchObject({ status: 7, stderr: '' });
    expect(exec(['/probe', 'kill-self', '9'])).toMatchObject({ status: 137, stderr: '' });
  });

  test('passes standard input and output through', () => {
    const { exec } = startHost();
    expect(exec(['/probe', 'cat-stdin'], [], { input: 'through' })).toMatchObject({ status: 0, stdout: 'through' });
  });

  test('leaves what follows the id to the program, whatever it looks like', () => {
    const { exec } = startHost();
    expect(exec(['/probe', 'echo', '--detach', '-e', '--', '--help']).stdout).toBe('--detach -e -- --help\n');
    expect(exec(['--', '/probe', 'echo']).status).toBe(255);
  });

  test('begins with no descriptor but the first three', () => {
    const { descriptors } = reportBeside(startHost());
    expect(descriptors.map(({ fd }) => fd).filter((fd) => fd < 3)).toEqual([0, 1, 2]);
    expect(descriptors.filter(({ fd, target }) => fd > 2 && !`${target}`.startsWith('/proc'))).toEqual([]);
  });

  test('begins with default signals', () => {
    const { sigBlk, sigIgn, sigCgt } = reportBeside(startHost());
    expect([sigBlk, sigIgn, sigCgt]).toEqual(Array(3).fill('0000000000000000'));
  });

  test("shows nobody in the container the caller's command line", async () => {
    const host = startHost({ args: ['/probe', 'watch-command-lines', 'not-for-others', '/seen'] });
    const seen = join(host.bundle.rootfs, 'seen');
    await waitFor('the watch', () => existsSync(seen));
    // Many, as the watch may be late for one.
    for (let i = 0; i < 20; i++) host.exec(['/probe', 'true'], ['--env', 'SECRET=not-for-others']);
    expect(readFileSync(seen, 'utf8')).toBe('');
  });

  test('works beside an init that still waits for its start', () => {
    const host = startHost();
    const id = host.tsrun.newId();
    host.tsrun.must(['create', '--bundle', host.bundle.path, id]);
    const { status, stdout } = host.tsrun.call(['exec', id, '/probe', 'report']);
    expect(status).toBe(0);
    expect(parseReport(stdout).hostname).toBe('probe-host');
    expect(host.tsrun.state(id)?.status).toBe('created');
  });

  test('is in the cgroup of the container', () => {
    const host = startHost();
    const file = besideBundle(host, 'pid');
    expect(host.exec(['/probe', 'sleep', '60'], ['--detach', '--pid-file', file])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const pid = readFileSync(file, 'utf8');
    const members = readFileSync(join(cgroupRoot(), host.id, 'cgroup.procs'), 'utf8')
      .trim()
      .split('\n');
    expect(members).toEqual([String(host.pid), pid]);
  });
});

describe('exec --detach', () => {
  test('answers when the program runs, and leaves it running', async () => {
    const host = startHost();
    const file = besideBundle(host, 'pid');
    expect(host.exec(['/probe', 'sleep', '60'], ['-d', '--pid-file', file]).status).toBe(0);
    const pid = Number(readFileSync(file, 'utf8'));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('/probe\0sleep\x0060\0');
    host.tsrun.must(['delete', '--force', host.id]);
    await waitFor('the program to end', () => !existsSync(`/proc/${pid}/exe`));
  });

  test('of a program that is not there fails, and writes no pid file', () => {
    const host = startHost();
    const file = besideBundle(host, 'pid');
    const { status, stderr } = host.exec(['/absent'], ['-d', '--pid-file', file]);
    expect(stderr).toMatch(
      new RegExp(`^tsrun: cannot exec in container "${host.id}": exec: "/absent": no such file or directory\\n`),
    );
    expect(status).toBe(255);
    expect(existsSync(file)).toBe(false);
  });
});
