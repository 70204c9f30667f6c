// Controllers are enabled where a limit needs them, down the whole path, and where that cannot be done it is said why.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createContainer, readCgroup, reserveCgroup, tryCreate } from '../../support/container.js';
import { cgroupRoot } from '../../support/host.js';
import { waitFor } from '../../support/wait-for.js';

const RESOURCES = { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 10 } };

// The kernel enables pids where processes are, as it is for threads, and then lets no process into any cgroup below: cgroup-v2.rst, "Threads".
const IN_THE_WAY = [
  ['memory', { memory: RESOURCES.memory }, /memory/],
  ['pids', { pids: RESOURCES.pids }, /pids/],
  ['both', RESOURCES, /memory|pids/],
] as const;

/** A process in that cgroup until the end of the test. */
function occupy(cgroup: string): void {
  const sleeper = spawn('sleep', ['600']);
  writeFileSync(join(cgroup, 'cgroup.procs'), String(sleeper.pid));
  onTestFinished(async () => {
    sleeper.kill('SIGKILL');
    await waitFor('its end', () => readCgroup({ cgroup }, 'cgroup.procs') === '');
  });
}

function enabled(cgroup: string): string[] {
  return readCgroup({ cgroup }, 'cgroup.subtree_control').split(' ');
}

describe('create', () => {
  test('enables what limits need in every cgroup above the container', () => {
    reserveCgroup('/test-tree/a/b/c', false);
    const container = createContainer({ cgroupsPath: '/test-tree/a/b/c', resources: RESOURCES });
    expect(readCgroup(container, 'memory.max')).toBe('67108864');
    expect(readCgroup(container, 'pids.max')).toBe('10');
    for (const path of ['', '/test-tree', '/test-tree/a', '/test-tree/a/b']) {
      expect(enabled(join(cgroupRoot(), path)), path).toEqual(expect.arrayContaining(['memory', 'pids']));
    }
  });

  test('enables nothing in the container itself', () => {
    expect(enabled(createContainer({ resources: RESOURCES }).cgroup)).toEqual(['']);
  });

  for (const [title, resources, controller] of IN_THE_WAY) {
    test(`names ${title} and the cgroup where processes are in the way, and leaves that as it was`, () => {
      const busy = reserveCgroup('/test-tree/busy');
      occupy(busy);
      const { status, stderr, tsrun } = tryCreate({ cgroupsPath: '/test-tree/busy/below/web', resources });
      expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
      expect(stderr).toMatch(controller);
      expect(stderr).toContain('"/test-tree/busy"');
      expect(stderr).toMatch(/process/);
      expect(enabled(busy)).toEqual(['']);
      expect(readCgroup({ cgroup: busy }, 'cgroup.type')).toBe('domain');
      expect(existsSync('/sys/fs/cgroup/test-tree/busy/below')).toBe(false);
    });
  }

  test('needs no controllers for a container without limits', () => {
    occupy(reserveCgroup('/test-crowd'));
    reserveCgroup('/test-crowd/web', false);
    const container = createContainer({ cgroupsPath: '/test-crowd/web' });
    container.tsrun.must(['delete', '--force', container.id]);
  });
});
