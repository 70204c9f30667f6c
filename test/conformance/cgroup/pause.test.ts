// pause and resume: the freezer of cgroup v2, and what the other commands make of a frozen container.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createContainer, readCgroup, readCounter, runContainer } from '../../support/container.js';
import { isAlive } from '../../support/host.js';
import { waitFor } from '../../support/wait-for.js';

const SPIN = { args: ['/probe', 'spin', '600'] };

describe('pause', () => {
  test('stops every process, and resume lets them go on', async () => {
    const container = await runContainer(SPIN, 'spinning');
    const { tsrun, id } = container;
    const used = () => readCounter(container, 'cpu.stat', 'usage_usec');
    expect(tsrun.must(['pause', id])).toMatchObject({ stdout: '', stderr: '' });
    expect(tsrun.state(id)?.status).toBe('paused');
    expect(readCounter(container, 'cgroup.events', 'frozen')).toBe(1);
    const before = used();
    await sleep(500);
    expect(used() - before).toBeLessThan(20_000);
    expect(tsrun.must(['resume', id])).toMatchObject({ stdout: '', stderr: '' });
    expect(tsrun.state(id)?.status).toBe('running');
    await waitFor('it to go on', () => used() - before > 100_000);
  });

  test('of a created container keeps it created afterwards', () => {
    const { tsrun, id } = createContainer({});
    tsrun.must(['pause', id]);
    expect(tsrun.state(id)?.status).toBe('paused');
    expect(tsrun.call(['start', id]).status).toBe(1);
    tsrun.must(['resume', id]);
    expect(tsrun.state(id)?.status).toBe('created');
    tsrun.must(['start', id]);
  });

  test('is refused where there is nothing to pause', async () => {
    const { tsrun, id, pid } = await runContainer(SPIN, 'spinning');
    tsrun.must(['pause', id]);
    expect(tsrun.call(['pause', id])).toMatchObject({ status: 1, stderr: expect.stringContaining('paused') });
    tsrun.must(['resume', id]);
    expect(tsrun.call(['resume', id])).toMatchObject({ status: 1, stderr: expect.stringContaining('running') });
    expect(tsrun.call(['pause', 'absent']).stderr).toBe('tsrun: container "absent" does not exist\n');
    expect(isAlive(pid)).toBe(true);
  });

  test('and resume of a stopped container are refused', async () => {
    const { tsrun, id } = createContainer({ args: ['/probe', 'true'] });
    tsrun.must(['start', id]);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    for (const verb of ['pause', 'resume']) {
      expect(tsrun.call([verb, id])).toMatchObject({ status: 1, stderr: expect.stringContaining('stopped') });
    }
  });
});

describe('a paused container', () => {
  test('ends by kill KILL', async () => {
    const { tsrun, id, ended } = await runContainer(SPIN, 'spinning');
    tsrun.must(['pause', id]);
    tsrun.must(['kill', id, 'KILL']);
    expect((await ended).status).toBe(137);
  });

  test('gets what it was sent meanwhile when it goes on', async () => {
    const { tsrun, id, ended } = await runContainer({ args: ['/probe', 'exit-on-signal', '600'] }, 'ready');
    tsrun.must(['pause', id]);
    tsrun.must(['kill', id, 'TERM']);
    await sleep(200);
    expect(tsrun.state(id)?.status).toBe('paused');
    tsrun.must(['resume', id]);
    expect((await ended).status).toBe(143);
  });

  test('is deleted by delete --force, and not without', async () => {
    const { tsrun, id, pid } = await runContainer(SPIN, 'spinning');
    tsrun.must(['pause', id]);
    expect(tsrun.call(['delete', id])).toMatchObject({ status: 1, stderr: expect.stringContaining('paused') });
    tsrun.must(['delete', '--force', id]);
    expect(tsrun.leftovers()).toEqual([]);
    await waitFor('its end', () => !isAlive(pid));
  });
});

test('kill --all sends to every process of the container', async () => {
  const container = await runContainer({ args: ['/probe', 'family', '5'] }, 'ready');
  const { tsrun, id, pid, stdout } = container;
  expect(readCgroup(container, 'cgroup.procs').split('\n')).toHaveLength(6);
  tsrun.must(['kill', '--all', id, 'TERM']);
  await waitFor('the children', () => readCgroup(container, 'cgroup.procs') === String(pid));
  expect(stdout()).toBe(`ready\n${'terminated\n'.repeat(5)}`);
  expect(tsrun.state(id)?.status).toBe('running');
});
