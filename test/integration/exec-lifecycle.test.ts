// When exec may be, what it says when it may not, and what is left when it, or the container, ends in the middle.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { besideBundle, type Host, startHost } from '../support/exec.js';
import { cgroupRoot } from '../support/host.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** The first line is the error; a hint may follow. */
function expectRefused({ status, stdout, stderr }: Outcome, words: string): void {
  expect({ status, stdout, stderr }).toEqual({
    status: 255,
    stdout: '',
    stderr: expect.stringMatching(/^tsrun: .*\n(hint: .*\n)?$/),
  });
  expect(stderr.split('\n')[0]).toBe(`tsrun: ${words}`);
}

/** Pids in the cgroup of the container, ascending. */
function members({ id }: Host): number[] {
  const file = join(cgroupRoot(), id, 'cgroup.procs');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map(Number).sort((a, b) => a - b);
}

/** Waits until exec has executed its program: what is in the cgroup before is still tsrun. */
async function programOf(host: Host): Promise<void> {
  await waitFor('the program to run', () => {
    const pid = members(host).find((one) => one !== host.pid);
    return pid !== undefined && readName(pid) === 'probe\n';
  });
}

/** Null: the process in between has gone meanwhile. */
function readName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return null;
  }
}

describe('exec is refused', () => {
  test('without a container', () => {
    expectRefused(newTsrun().call(['exec', 'absent', '/probe']), 'container "absent" does not exist');
  });

  test('in a stopped container', async () => {
    const { tsrun, id, exec } = startHost();
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('the container to stop', () => tsrun.state(id)?.status === 'stopped');
    expectRefused(exec(['/probe', 'true']), 'cannot exec in a stopped container');
  });

  test('in a paused container, which then stays as it was', () => {
    const host = startHost();
    host.tsrun.must(['pause', host.id]);
    expectRefused(host.exec(['/probe', 'true']), 'cannot exec in a paused container (use --ignore-paused to override)');
    expect(members(host)).toEqual([host.pid]);
    host.tsrun.must(['resume', host.id]);
    expect(host.exec(['/probe', 'true']).status).toBe(0);
  });

  test('where a terminal could go nowhere, or somebody waits for one that is not', () => {
    const { exec } = startHost();
    expectRefused(
      exec(['/probe'], ['--tty', '--detach']),
      'cannot allocate tty if runc will detach without setting console socket',
    );
    for (const flags of [[], ['--detach'], ['--tty']]) {
      expectRefused(
        exec(['/probe'], [...flags, '--console-socket', '/run/absent']),
        'cannot use console socket if runc will not detach or allocate tty',
      );
    }
  });

  test('for a program that cannot run, in the words that managers look for', () => {
    const { exec } = startHost({ fill: (rootfs) => mkdirSync(join(rootfs, 'directory')) });
    const reasons = [
      ['/absent', 'exec: "/absent": no such file or directory'],
      ['absent', 'exec: "absent": executable file not found in $PATH'],
      ['/directory', 'exec: "/directory": is a directory'],
      ['/proc/version', 'exec: "/proc/version": permission denied'],
    ] as const;
    for (const [program, words] of reasons) {
      const { status, stderr } = exec([program]);
      expect(stderr).toContain(`: ${words}\n`);
      expect(status).toBe(255);
    }
  });
});

describe('exec --ignore-paused', () => {
  test('waits for the container to go on', async () => {
    const host = startHost();
    host.tsrun.must(['pause', host.id]);
    const running = host.tsrun.spawn(['exec', '--ignore-paused', host.id, '/probe', 'echo', 'went on']);
    await waitFor('the process to be there', () => members(host).length === 2);
    expect(running.stdout()).toBe('');
    host.tsrun.must(['resume', host.id]);
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'went on\n', stderr: '' });
  });

  test('can be ended meanwhile, and leaves nothing', async () => {
    const host = startHost();
    host.tsrun.must(['pause', host.id]);
    const running = host.tsrun.spawn(['exec', '--ignore-paused', host.id, '/probe', 'true']);
    await waitFor('the process to be there', () => members(host).length === 2);
    running.child.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    expect(stderr).toMatch(/^tsrun: cannot exec in container .*: interrupted/);
    expect(status).toBe(255);
    expect(members(host)).toEqual([host.pid]);
    host.tsrun.must(['resume', host.id]);
  });
});

describe('exec in the foreground', () => {
  test('hands signals on to the program', async () => {
    const { tsrun, id } = startHost();
    const running = tsrun.spawn(['exec', id, '/probe', 'exit-on-signal']);
    await waitFor('the program to be ready', () => running.stdout() !== '');
    running.child.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    expect({ status: (status ?? 0) > 0, stderr }).toEqual({ status: true, stderr: '' });
  });

  test('does not end with the container, but by it', async () => {
    const host = startHost();
    const { tsrun, id } = host;
    const running = tsrun.spawn(['exec', id, '/probe', 'sleep', '60']);
    await programOf(host);
    tsrun.must(['kill', id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137, stderr: '' });
  });

  test('of which tsrun is killed leaves the program to the container', async () => {
    const host = startHost();
    const running = host.tsrun.spawn(['exec', host.id, '/probe', 'sleep', '60']);
    await programOf(host);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(members(host)).toHaveLength(2);
    host.tsrun.must(['delete', '--force', host.id]);
    expect(existsSync(join(cgroupRoot(), host.id))).toBe(false);
  });
});

describe('many execs', () => {
  test('at once do not disturb each other', async () => {
    const host = startHost();
    const running = Array.from({ length: 12 }, (_, i) =>
      host.tsrun.spawn(['exec', host.id, '/probe', 'exit', String(i)]),
    );
    const outcomes = await Promise.all(running.map(({ ended }) => ended));
    expect(outcomes.map(({ status, stderr }) => `${status}${stderr}`)).toEqual(running.map((_, i) => String(i)));
    expect(members(host)).toEqual([host.pid]);
  });

  test('leave nothing in the state directory', () => {
    const host = startHost();
    const list = () => readdirSync(join(host.tsrun.root, host.id)).sort();
    const before = list();
    host.exec(['/probe', 'true']);
    host.exec(['/absent']);
    host.exec(['/probe', 'true'], ['--detach']);
    expect(list()).toEqual(before);
  });

  test('during a delete run, or say why not, and are gone with the container', async () => {
    const host = startHost();
    const execs = Array.from({ length: 6 }, () => host.tsrun.spawn(['exec', host.id, '/probe', 'sleep', '60']));
    const removal = host.tsrun.spawn(['delete', '--force', host.id]);
    const later = Array.from({ length: 6 }, () => host.tsrun.spawn(['exec', host.id, '/probe', 'sleep', '60']));
    expect(await removal.ended).toMatchObject({ status: 0, stderr: '' });
    for (const { status, stderr } of await Promise.all([...execs, ...later].map(({ ended }) => ended))) {
      expect([137, 255]).toContain(status);
      if (status === 255) expect(stderr).toMatch(/^tsrun: .*\n(hint: .*\n)?$/);
      expect(stderr).not.toContain('defect');
    }
    expect(host.tsrun.leftovers()).toEqual([]);
    expect(existsSync(join(cgroupRoot(), host.id))).toBe(false);
  });
});

describe('the pid file', () => {
  test('that cannot be written ends the program', () => {
    const host = startHost();
    const path = besideBundle(host, 'absent/pid');
    const { status, stderr } = host.exec(['/probe', 'sleep', '60'], ['--detach', '--pid-file', path]);
    expect(stderr).toMatch(/: write the pid file ".*absent\/pid" .*: no such file or directory \(ENOENT\)\n/);
    expect(status).toBe(255);
    expect(members(host)).toEqual([host.pid]);
  });

  test('holds the pid as tsrun sees it', async () => {
    const host = startHost();
    const path = besideBundle(host, 'pid');
    const running = host.tsrun.spawn(['exec', '--pid-file', path, host.id, '/probe', 'sleep', '60']);
    const text = await waitFor('the pid file', () => existsSync(path) && readFileSync(path, 'utf8'));
    expect(members(host)).toContain(Number(text));
    process.kill(Number(text), 'SIGKILL');
    expect((await running.ended).status).toBe(137);
  });
});

describe('--cgroup', () => {
  test('is a cgroup below the own one, which has to be there', () => {
    const host = startHost();
    const below = join(cgroupRoot(), host.id, 'part');
    const { status, stderr } = host.exec(['/probe', 'true'], ['--cgroup', 'part']);
    expect(stderr).toMatch(new RegExp(`: find cgroup ".*/${host.id}/part": no such file or directory \\(ENOENT\\)\\n`));
    expect(status).toBe(255);
    mkdirSync(below);
    const path = besideBundle(host, 'pid');
    expect(host.exec(['/probe', 'sleep', '60'], ['-d', '--pid-file', path, '--cgroup', '/part/'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(readFileSync(join(below, 'cgroup.procs'), 'utf8')).toBe(`${readFileSync(path, 'utf8')}\n`);
  });

  test.each([['../other'], ['a/../../b'], ['cpu,memory:part']])('%j is refused', (cgroup) => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--cgroup', cgroup]);
    expect(stderr).toMatch(/^tsrun: cannot use cgroup /);
    expect(status).toBe(255);
  });

  test('/ is the own one', () => {
    expect(startHost().exec(['/probe', 'true'], ['--cgroup', '/'])).toMatchObject({ status: 0, stderr: '' });
  });
});
