// What the other tests of this ring take for granted of their machine.
import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { expect, test } from 'vitest';

const CGROUP2_SUPER_MAGIC = 0x63677270;

test('systemd is PID 1, rules a pure cgroup v2 and answers', () => {
  expect(readFileSync('/proc/1/comm', 'utf8')).toBe('systemd\n');
  expect(statfsSync('/sys/fs/cgroup').type).toBe(CGROUP2_SUPER_MAGIC);
  expect(execFileSync('systemctl', ['show', '-p', 'Version', '--value'], { encoding: 'utf8' })).toMatch(/^\d/);
});
