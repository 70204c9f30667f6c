// systemctl daemon-reload writes anew what systemd knows of a scope: a container keeps its devices and limits only if systemd knows them.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Container, diskNumbers, readCgroup, runContainer } from '../../support/container.js';
import { systemctl, unitOf } from '../../support/systemd.js';
import { waitFor } from '../../support/wait-for.js';

const disk = diskNumbers('vdb');
const FILES = ['memory.max', 'memory.swap.max', 'memory.high', 'pids.max', 'cpu.max', 'cpu.weight', 'cpuset.cpus'];

/** A container that opens the disk again and again, which it may or may not. */
async function watchDisk(allow: boolean, line: string) {
  return await runContainer(
    {
      globals: ['--systemd-cgroup'],
      args: ['/probe', 'watch-open', '/dev/disk'],
      mutate: (spec) => {
        spec.linux.devices = [{ path: '/dev/disk', type: 'b', ...disk }];
        spec.linux.resources = {
          devices: [
            { allow: false, access: 'rwm' },
            { allow, type: 'b', ...disk, access: 'rwm' },
          ],
          memory: { limit: 64 * 1024 * 1024, swap: 96 * 1024 * 1024 },
          pids: { limit: 42 },
          cpu: { quota: 20_000, period: 100_000, shares: 512, cpus: '0' },
          unified: { 'memory.high': '50331648' },
        };
      },
    },
    line,
  );
}

/** Reload, and a change of one property, at which systemd writes all of them. */
async function disturb(container: Container): Promise<void> {
  systemctl('daemon-reload');
  systemctl('set-property', '--runtime', unitOf(container), 'TasksMax=43');
  await waitFor('the change', () => readCgroup(container, 'pids.max') === '43');
  await sleep(500);
}

describe('after systemctl daemon-reload', () => {
  test('an allowed device stays allowed', async () => {
    const container = await watchDisk(true, 'open');
    await disturb(container);
    expect(container.stdout()).toBe('open\n');
  });

  test('a denied device stays denied', async () => {
    const container = await watchDisk(false, 'EPERM');
    await disturb(container);
    expect(container.stdout()).toBe('EPERM\n');
  });

  test('every limit is as before', async () => {
    const container = await watchDisk(true, 'open');
    const before = FILES.map((file) => [file, readCgroup(container, file)]);
    await disturb(container);
    const after = FILES.map((file) => [file, readCgroup(container, file)]);
    expect(after).toEqual(before.map(([file, value]) => [file, file === 'pids.max' ? '43' : value]));
  });
});
