// The watch, on plain files: inotify(7) tells of a change of them as of one of an interface file.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CgroupWatch } from '../../../src/cgroup/watch.js';
import { makeTemporary } from '../../support/temporary.js';

function newWatch(names: readonly string[]) {
  const directory = makeTemporary();
  const change = (name: string) => writeFileSync(join(directory, name), `${performance.now()}\n`);
  for (const name of names) change(name);
  const watch = new CgroupWatch(directory);
  onTestFinished(() => watch.close());
  return { watch, change };
}

/** Milliseconds that a wait takes. */
async function measure(watch: CgroupWatch, milliseconds: number, signal?: AbortSignal): Promise<number> {
  const begin = performance.now();
  await watch.wait(milliseconds, signal);
  return performance.now() - begin;
}

describe('CgroupWatch', () => {
  it.each(['cgroup.events', 'memory.events'])('wakes when %s has changed', async (name) => {
    const { watch, change } = newWatch(['cgroup.events', 'memory.events']);
    setTimeout(() => change(name), 50);
    expect(await measure(watch, 10_000)).toBeLessThan(900);
  });

  it('remembers a change that came between two waits', async () => {
    const { watch, change } = newWatch(['cgroup.events']);
    change('cgroup.events');
    await sleep(100);
    expect(await measure(watch, 10_000)).toBeLessThan(90);
  });

  it('waits no longer than it is told, and than a second', async () => {
    const { watch } = newWatch(['cgroup.events']);
    expect(await measure(watch, 50)).toBeLessThan(900);
    expect(await measure(watch, 10_000)).toBeGreaterThan(900);
  });

  it('wakes when the signal is aborted, and does not wait when it was', async () => {
    const { watch } = newWatch([]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect(await measure(watch, 10_000, controller.signal)).toBeLessThan(900);
    expect(await measure(watch, 10_000, controller.signal)).toBeLessThan(90);
  });
});
