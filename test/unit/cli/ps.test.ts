import { describe, expect, it } from 'vitest';
import { selectProcesses } from '../../../src/cli/ps.js';

const FULL = `UID        PID  PPID  C STIME TTY          TIME CMD
root         1     0  0 13:00 ?        00:00:01 /sbin/init
root      8109     1  0 13:35 ?        00:00:00 /probe sleep 8
10001     8110  8109  0 13:35 ?        00:00:00 worker 1
`;

describe('selectProcesses()', () => {
  it('keeps the heading and the lines of these pids', () => {
    expect(selectProcesses(FULL, [8109, 8110])).toBe(
      `UID        PID  PPID  C STIME TTY          TIME CMD
root      8109     1  0 13:35 ?        00:00:00 /probe sleep 8
10001     8110  8109  0 13:35 ?        00:00:00 worker 1
`,
    );
  });

  it('takes no other column for the pid', () => {
    expect(selectProcesses(FULL, [0, 13])).toBe('UID        PID  PPID  C STIME TTY          TIME CMD\n');
  });

  it.each([
    // A command with a space stands before it: the number ends where its heading does.
    ['COMMAND           PID\ntmux: server     8109\nprobe            8110\n', [8109], 'tmux: server     8109'],
    ['COMMAND           PID\nworker 8109      8110\n', [8109], null],
    // A name too wide for its column moves it: then it is the second word.
    ['USER       PID TTY\nveryverylongname 8109 ?\n', [8109], 'veryverylongname 8109 ?'],
    ['USER       PID TTY\nveryverylongname 8109 ?\n', [81, 810], null],
    // Numbers on the left.
    ['PID   USER     COMMAND\n8109  root     sh\n', [8109], '8109  root     sh'],
    ['  PID\n 8109\n', [8109], ' 8109'],
    ['  PID\n18109\n', [8109], null],
  ])('finds in %j those of %j', (table, pids, line) => {
    const heading = table.split('\n')[0];
    expect(selectProcesses(table, pids)).toBe(line === null ? `${heading}\n` : `${heading}\n${line}\n`);
  });

  it.each(['', 'COMMAND\nsh\n', 'PPID PGID\n1 1\n', 'error: something\n'])('refuses %j, which has no PID', (table) => {
    expect(() => selectProcesses(table, [1])).toThrow('its output has no column PID');
  });
});
