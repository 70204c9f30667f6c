// What tsrun itself holds in memory while a container runs.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** Pids of a process's children. */
function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Resident KiB of a process. */
function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

/** Pids of processes whose command line has this text. */
function findByArguments(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
}

describe('tsrun', () => {
  test('holds less than 2 MiB while it waits for a container in the foreground', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const running = tsrun.spawn(['run', '-b', makeBundle({ args: ['/probe', 'exit-on-signal'] }).path, id]);
    await waitFor('the program', () => running.stdout() === 'ready\n');
    const init = tsrun.state(id)?.pid ?? 0;
    const own = [running.pid, ...children(running.pid)].filter((pid) => pid !== init);
    expect(children(running.pid)).toContain(init);
    expect(own.reduce((sum, pid) => sum + residentOf(pid), 0)).toBeLessThan(2048);
    tsrun.must(['kill', id, 'KILL']);
    expect((await running.ended).status).toBe(137);
  });

  test('has no process of its own beside a detached container', () => {
    const tsrun = newTsrun();
    tsrun.must(['run', '--detach', '-b', makeBundle({ args: ['/probe', 'sleep', '600'] }).path, tsrun.newId()]);
    expect(findByArguments(tsrun.root)).toEqual([]);
  });

  test('has only init, of less than 2 MiB, beside a created container', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '-b', makeBundle().path, id]);
    const pid = tsrun.state(id)?.pid ?? 0;
    expect(findByArguments(tsrun.root).filter((other) => other !== String(pid))).toEqual([]);
    expect(residentOf(pid)).toBeLessThan(2048);
  });
});
