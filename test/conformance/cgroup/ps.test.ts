// ps: the processes of a container, as the host sees them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCgroup, runContainer } from '../../support/container.js';

describe('ps', () => {
  test('-f json is the pids of every process, on one line', async () => {
    const container = await runContainer({ args: ['/probe', 'family', '3'] }, 'ready');
    const { stdout } = container.tsrun.must(['ps', '-f', 'json', container.id]);
    expect(stdout).toMatch(/^\[[\d,]+\]\n$/);
    const pids = JSON.parse(stdout) as number[];
    expect(pids).toHaveLength(4);
    expect(pids).toContain(container.pid);
    expect(new Set(pids)).toEqual(new Set(readCgroup(container, 'cgroup.procs').split('\n').map(Number)));
  });

  test('is the table of "ps -ef", with these processes only', async () => {
    const container = await runContainer({ args: ['/probe', 'family', '2'] }, 'ready');
    const [header = '', ...lines] = container.tsrun.must(['ps', container.id]).stdout.trimEnd().split('\n');
    expect(header.trim().split(/\s+/)).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^root .* \/probe family 2$/);
  });

  test('hands further arguments to the ps of the host', async () => {
    const { tsrun, id, pid } = await runContainer({});
    const { stdout } = tsrun.must(['ps', id, '-e', '-o', 'pid,comm']);
    expect(stdout.trim().split(/\s+/)).toEqual(['PID', 'COMMAND', String(pid), 'probe']);
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('probe\n');
  });
});
