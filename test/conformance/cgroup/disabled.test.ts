// --cgroup-manager=disabled: a container in the cgroup of its caller, which is told what is not applied.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createContainer, tryCreate } from '../../support/container.js';

const globals = ['--cgroup-manager=disabled'];

describe('--cgroup-manager=disabled', () => {
  test('leaves the container in the cgroup of tsrun, and makes none', () => {
    const before = readdirSync('/sys/fs/cgroup');
    const { tsrun, id, cgroup } = createContainer({ globals });
    expect(cgroup).toBe('/sys/fs/cgroup/');
    expect(readdirSync('/sys/fs/cgroup')).toEqual(before);
    tsrun.must(['start', id]);
    tsrun.must(['delete', '--force', id]);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('warns of each limit that is not applied', () => {
    const resources = { pids: { limit: 10 }, memory: { limit: 64 * 1024 * 1024 } };
    const { status, stderr } = tryCreate({ globals, resources });
    expect(status).toBe(0);
    expect(stderr).toMatch(/warning/);
    expect(stderr).toContain('linux.resources.memory');
    expect(stderr).toContain('linux.resources.pids');
  });

  test('without limits has nothing to warn of', () => {
    expect(tryCreate({ globals })).toMatchObject({ status: 0, stderr: '' });
  });

  test('has no cgroup to pause', () => {
    const { tsrun, id } = createContainer({ globals });
    expect(tsrun.call(['pause', id])).toMatchObject({ status: 1, stderr: expect.stringContaining('cgroup') });
  });
});
