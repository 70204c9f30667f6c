// linux.cgroupsPath with the cgroupfs driver: where the container's cgroup is, which are refused, and what is left of it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ALL } from '../../faults/rig.js';
import type { SpecDraft } from '../../support/bundle.js';
import { makeBundle } from '../../support/bundle.js';
import { createContainer, readCgroup, reserveCgroup, runContainer, tryCreate } from '../../support/container.js';
import { isAlive } from '../../support/host.js';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';

const ROOT = '/sys/fs/cgroup';

describe('the cgroup of a container', () => {
  test('bears its id without cgroupsPath', () => {
    const { id, cgroup } = createContainer({});
    expect(cgroup).toBe(join(ROOT, id));
  });

  test('is where an absolute cgroupsPath says', () => {
    reserveCgroup('/test-paths/a/b', false);
    expect(createContainer({ cgroupsPath: '/test-paths/a/b' }).cgroup).toBe(`${ROOT}/test-paths/a/b`);
  });

  test('is beside that of tsrun with a relative cgroupsPath', () => {
    const own = reserveCgroup('/test-paths/own');
    reserveCgroup('/test-paths/beside/web', false);
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.linux.cgroupsPath = 'beside/web';
      },
    });
    const script = `echo $$ >${own}/cgroup.procs; exec "$@"`;
    const { stderr } = tsrun.callFrom(script, ['create', '--bundle', bundle.path, 'web']);
    expect(stderr).toBe('');
    expect(existsSync(`${ROOT}/test-paths/beside/web/cgroup.procs`)).toBe(true);
    tsrun.must(['delete', '--force', 'web']);
  });
});

describe('create refuses', () => {
  test('a cgroup that has processes', () => {
    const cgroup = reserveCgroup('/test-paths/busy');
    const sleeper = spawn('sleep', ['600']);
    writeFileSync(join(cgroup, 'cgroup.procs'), String(sleeper.pid));
    onTestFinished(async () => {
      sleeper.kill('SIGKILL');
      await waitFor('its end', () => readCgroup({ cgroup }, 'cgroup.procs') === '');
    });
    const { status, stderr, tsrun } = tryCreate({ cgroupsPath: '/test-paths/busy' });
    expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
    expect(stderr).toContain('/test-paths/busy');
    expect(isAlive(sleeper.pid ?? 0)).toBe(true);
  });

  test('a cgroup that is frozen', () => {
    const cgroup = reserveCgroup('/test-paths/frozen');
    writeFileSync(join(cgroup, 'cgroup.freeze'), '1');
    const { status, stderr, tsrun } = tryCreate({ cgroupsPath: '/test-paths/frozen' });
    expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
    expect(stderr).toMatch(/\/test-paths\/frozen.*frozen/);
    expect(existsSync(cgroup)).toBe(true);
  });
});

/** Its own cgroup as the container's tree, to be written. */
function mountWritable(spec: SpecDraft): void {
  const mount = spec.mounts.find(({ destination }) => destination === '/sys/fs/cgroup');
  if (mount !== undefined) mount.options = ['rw', 'nosuid', 'nodev', 'noexec'];
}

describe('delete', () => {
  test('removes the cgroups that the container made, and kills who is in them', async () => {
    const args = ['/probe', 'child-in', '/sys/fs/cgroup/below'];
    const { tsrun, id, cgroup } = await runContainer({ args, mutate: mountWritable }, 'ready');
    const below = join(cgroup, 'below');
    mkdirSync(join(below, 'deeper'));
    const pid = Number(readCgroup({ cgroup: below }, 'cgroup.procs'));
    expect(isAlive(pid)).toBe(true);
    expect(tsrun.must(['delete', '--force', id]).stderr).toBe('');
    expect(existsSync(cgroup)).toBe(false);
    expect(isAlive(pid)).toBe(false);
  });

  test('removes the cgroups that were made above it, with the last container in them', () => {
    reserveCgroup('/test-paths/pod', false);
    const first = createContainer({ cgroupsPath: '/test-paths/pod/a' });
    const second = createContainer({ cgroupsPath: '/test-paths/pod/b/c' });
    first.tsrun.must(['delete', '--force', first.id]);
    expect(existsSync(second.cgroup)).toBe(true);
    second.tsrun.must(['delete', '--force', second.id]);
    expect(existsSync(`${ROOT}/test-paths`)).toBe(false);
  });

  test('leaves the cgroup above it that was there before', () => {
    const pod = reserveCgroup('/test-paths/pod');
    const { tsrun, id, cgroup } = createContainer({ cgroupsPath: '/test-paths/pod/below/web' });
    tsrun.must(['delete', '--force', id]);
    expect(existsSync(cgroup)).toBe(false);
    expect(readdirSync(pod)).not.toContain('below');
    expect(existsSync(pod)).toBe(true);
  });

  const rounds = ALL ? 50 : 15;

  test(`leaves none of ${4 * rounds} cgroups that four callers make at a time`, async () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.linux.resources = { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 10 } };
      },
    });
    const before = readdirSync(ROOT);
    const callers = [0, 1, 2, 3].map(async (caller) => {
      for (let round = 0; round < rounds; round += 1) {
        const id = `many-${caller}-${round}`;
        for (const args of [
          ['create', '--bundle', bundle.path, id],
          ['delete', '--force', id],
        ]) {
          expect(await tsrun.spawn(args).ended).toMatchObject({ status: 0, stderr: '' });
        }
      }
    });
    await Promise.all(callers);
    expect(readdirSync(ROOT)).toEqual(before);
    expect(tsrun.leftovers()).toEqual([]);
  }, 300_000);
});
