// Processes that lose their parent in a container without a pid namespace of its own: they come to the command that waits, or not.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBundle, shareNamespace } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { newTsrun, type Running } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const shared = {
  args: ['/probe', 'orphan'],
  mutate: (spec: Parameters<typeof shareNamespace>[0]) => shareNamespace(spec, 'pid'),
};

async function readOrphan({ stdout }: Running): Promise<{ pid: number; parent: number }> {
  const [, pid, parent] = await waitFor('the orphan', () => /^orphan (\d+) of (\d+)\n/.exec(stdout()));
  return { pid: Number(pid), parent: Number(parent) };
}

/** In its own time: whoever reaps it does so when it is told. */
async function isReaped(pid: number): Promise<void> {
  await waitFor('the orphan to be reaped', () => !existsSync(`/proc/${pid}`));
}

describe('an orphan of a container in the foreground', () => {
  test('is reaped by run while the program goes on', async () => {
    const tsrun = newTsrun();
    const running = tsrun.spawn(['run', '--bundle', makeBundle(shared).path, tsrun.newId()]);
    const { pid, parent } = await readOrphan(running);
    expect(parent).toBe(running.pid);
    await isReaped(pid);
  });

  test('is left to another process with --no-subreaper', async () => {
    const tsrun = newTsrun();
    const running = tsrun.spawn(['run', '--no-subreaper', '--bundle', makeBundle(shared).path, tsrun.newId()]);
    expect((await readOrphan(running)).parent).not.toBe(running.pid);
  });

  for (const [flags, reaps] of [
    [[], true],
    [['--no-subreaper'], false],
  ] as const) {
    test(`of exec ${flags.join(' ')} likewise`, async () => {
      const { tsrun, id } = startHost({ mutate: shared.mutate });
      const running = tsrun.spawn(['exec', ...flags, id, '/probe', 'orphan']);
      const { pid, parent } = await readOrphan(running);
      expect(parent === running.pid).toBe(reaps);
      if (reaps) await isReaped(pid);
    });
  }
});
