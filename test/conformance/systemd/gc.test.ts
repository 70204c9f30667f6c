// gc in a tree that systemd has: a scope whose container's state is gone, and those of others beside it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContainer } from '../../support/container.js';
import { isAlive } from '../../support/host.js';
import { listUnits } from '../../support/systemd.js';
import { waitFor } from '../../support/wait-for.js';

const globals = ['--systemd-cgroup'];

test('gc ends the scope of a container whose state was removed, and no other', async () => {
  const lost = createContainer({ globals });
  const { tsrun } = lost;
  const kept = createContainer({ globals, tsrun });
  tsrun.must(['start', lost.id]);
  rmSync(join(tsrun.root, lost.id), { recursive: true });
  const line = `cgroup "${lost.cgroup}": it is of container "${lost.id}", which does not exist any more\n`;
  expect(tsrun.call(['gc', '--dry-run'])).toMatchObject({ status: 0, stderr: '', stdout: `would remove ${line}` });
  expect(isAlive(lost.pid)).toBe(true);
  expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: `removed ${line}` });
  await waitFor('systemd to forget it', () => listUnits(`*${lost.id}*`).length === 0);
  expect(tsrun.state(kept.id)).toMatchObject({ status: 'created', pid: kept.pid });
  expect(tsrun.call(['gc'])).toMatchObject({ status: 0, stderr: '', stdout: '' });
});
