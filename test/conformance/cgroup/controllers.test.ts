// Controllers are enabled where a limit needs them, down the whole path, and where that cannot be done it is said why.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createContainer, readCgroup, reserveCgroup, tryCreate } from '../../support/container.js';
import { waitFor } from '../../support/wait-for.js';

const RESOURCES = { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 10 } };

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
    const top = reserveCgroup('/test-tree/a/b/c', false).split('/').slice(0, 5).join('/');
    const container = createContainer({ cgroupsPath: '/test-tree/a/b/c', resources: RESOURCES });
    expect(readCgroup(container, 'memory.max')).toBe('67108864');
    expect(readCgroup(container, 'pids.max')).toBe('10');
    for (const cgroup of [top, join(top, 'a'), join(top, 'a/b')].slice(0, 3)) {
      expect(enabled(cgroup), cgroup).toEqual(expect.arrayContaining(['memory', 'pids']));
    }
  });

  test('enables nothing in the container itself', () => {
    expect(enabled(createContainer({ resources: RESOURCES }).cgroup)).toEqual(['']);
  });

  test('names the controller and the cgroup where processes are in the way', () => {
    occupy(reserveCgroup('/test-tree/busy'));
    const { status, stderr, tsrun } = tryCreate({ cgroupsPath: '/test-tree/busy/below/web', resources: RESOURCES });
    expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
    expect(stderr).toMatch(/memory|pids/);
    expect(stderr).toContain('/test-tree/busy');
    expect(stderr).toMatch(/process/);
    expect(existsSync('/sys/fs/cgroup/test-tree/busy/below')).toBe(false);
  });

  test('needs no controllers for a container without limits', () => {
    occupy(reserveCgroup('/test-tree/busy'));
    reserveCgroup('/test-tree/busy/web', false);
    const container = createContainer({ cgroupsPath: '/test-tree/busy/web' });
    container.tsrun.must(['delete', '--force', container.id]);
  });
});
