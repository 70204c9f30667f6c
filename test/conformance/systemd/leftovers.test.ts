// No scope and no slice is left: not of many containers, not of one that failed, was killed or ran out of memory.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ALL } from '../../faults/rig.js';
import { makeBundle } from '../../support/bundle.js';
import { type Container, createContainer, tryCreate } from '../../support/container.js';
import { listUnits, showUnit } from '../../support/systemd.js';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';

const MIB = 1024 * 1024;
const globals = ['--systemd-cgroup'];

const look = () => ({
  units: listUnits('*tsrun*'),
  slices: listUnits('*.slice'),
  cgroups: readdirSync('/sys/fs/cgroup'),
});

/** systemd forgets a scope a moment after it has become empty. */
async function waitForNothingBut(before: ReturnType<typeof look>): Promise<void> {
  await waitFor('systemd to forget', () => JSON.stringify(look()) === JSON.stringify(before)).catch(() => {});
  expect(look()).toEqual(before);
}

describe('nothing is left', () => {
  const rounds = ALL ? 100 : 30;

  test(`of ${2 * rounds} containers that two callers make at a time`, async () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.linux.resources = { memory: { limit: 64 * MIB }, pids: { limit: 10 } };
      },
    });
    const before = look();
    const callers = [0, 1].map(async (caller) => {
      for (let round = 0; round < rounds; round += 1) {
        const id = `many-${caller}-${round}`;
        for (const args of [
          ['create', '--bundle', bundle.path, id],
          ['delete', '--force', id],
        ]) {
          expect(await tsrun.spawn([...globals, ...args]).ended).toMatchObject({ status: 0, stderr: '' });
        }
      }
    });
    await Promise.all(callers);
    await waitForNothingBut(before);
    expect(tsrun.leftovers()).toEqual([]);
  }, 900_000);

  test('of a container in a slice of its own, but the slice', () => {
    const { tsrun, id, cgroup } = createContainer({ globals, cgroupsPath: 'testslice-deep.slice:pre:web' });
    tsrun.must(['delete', '--force', id]);
    expect(listUnits('*pre-web*')).toEqual([]);
    expect(existsSync(cgroup)).toBe(false);
    expect(existsSync('/sys/fs/cgroup/testslice.slice/testslice-deep.slice')).toBe(true);
  });

  test('of a create that fails', async () => {
    const before = look();
    const { status, tsrun } = tryCreate({ globals, args: ['/no/such/program'] });
    expect({ status, left: tsrun.leftovers() }).toEqual({ status: 1, left: [] });
    await waitForNothingBut(before);
  });

  test('of a create under a limit that is too small, which says so', async () => {
    const before = look();
    const { status, stderr } = tryCreate({ globals, resources: { memory: { limit: 64 * 1024 } } });
    expect(status).toBe(1);
    expect(stderr).toContain('linux.resources.memory.limit');
    await waitForNothingBut(before);
  });

  for (const milliseconds of [50, 100, 200, 400, 800]) {
    test(`of a create that is killed after ${milliseconds} ms, once it is deleted by force`, async () => {
      const tsrun = newTsrun();
      const before = look();
      const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] });
      const running = tsrun.spawn([...globals, 'create', '--bundle', bundle.path, 'killed']);
      await sleep(milliseconds);
      running.child.kill('SIGKILL');
      await running.ended;
      tsrun.must([...globals, 'delete', '--force', 'killed']);
      await waitForNothingBut(before);
      expect(tsrun.leftovers()).toEqual([]);
    });
  }

  // systemd moves a process that has ended and was not waited for as any other, and no cgroup tells that it is gone.
  test('of a scope that systemd started with a placeholder that was dead by then', async () => {
    const tsrun = newTsrun();
    const before = look();
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] });
    const running = tsrun.spawn([...globals, 'create', '--bundle', bundle.path, 'killed']);
    await waitFor('the claim', () => existsSync(join(tsrun.root, 'killed')));
    running.child.kill('SIGKILL');
    await running.ended;
    await waitForNothingBut(before);
    const zombie = await makeZombie();
    startScope('tsrun-killed.scope', zombie);
    await waitFor('the scope', () => showUnit('tsrun-killed.scope', ['SubState']).SubState === 'running');
    tsrun.must([...globals, 'delete', '--force', 'killed']);
    await waitForNothingBut(before);
  });

  test('of a container that ran out of memory, once it is deleted', async () => {
    const before = look();
    const container = await runOutOfMemory();
    container.tsrun.must([...globals, 'delete', container.id]);
    await waitForNothingBut(before);
  });
});

/** The pid of a process that has ended, and whose parent, the shell's successor, does not ask. */
async function makeZombie(): Promise<string> {
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  await waitFor('its end', () => /^State:\tZ/m.test(readFileSync(`/proc/${String(pid).trim()}/status`, 'utf8')));
  return String(pid).trim();
}

function startScope(unit: string, pid: string): void {
  const service = 'org.freedesktop.systemd1';
  const call = ['call', service, `/${service.replaceAll('.', '/')}`, `${service}.Manager`, 'StartTransientUnit'];
  execFileSync('busctl', ['--quiet', ...call, 'ssa(sv)a(sa(sv))', unit, 'fail', '1', 'PIDs', 'au', '1', pid, '0']);
}

/** A created container that is started, and stopped by the OOM killer. */
async function runOutOfMemory(): Promise<Container> {
  const memory = { limit: 32 * MIB, swap: 32 * MIB };
  const container = createContainer({ globals, args: ['/probe', 'allocate', '48'], resources: { memory } });
  container.tsrun.must(['start', container.id]);
  await waitFor('its end', () => container.tsrun.state(container.id)?.status === 'stopped');
  return container;
}

test('state tells of a program that ran out of memory, whose scope is gone by then', async () => {
  const { tsrun, id } = await runOutOfMemory();
  expect(JSON.parse(tsrun.must(['state', id]).stdout)).toMatchObject({ oomKilled: true });
});
