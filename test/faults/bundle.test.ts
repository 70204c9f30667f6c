// Bundles that change after create: a container is what it was made of, and whatever is at the path of its bundle later is somebody else's.
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { Rig } from './rig.js';

/** Its mounts do not keep a rootfs: whoever removes that has removed the program. */
function moveAway(path: string): void {
  renameSync(path, join(makeTemporary(), 'moved'));
}

/** Everything that is done with a container, from `created` on. */
async function goThrough(rig: Rig, what: string): Promise<void> {
  expect(rig.tsrun.state(rig.id), what).toMatchObject({ status: 'created', bundle: rig.bundle.path });
  for (const args of [
    ['start', rig.id],
    ['exec', rig.id, '/probe', 'true'],
    ['exec', '--cap', 'CAP_KILL', rig.id, '/probe', 'true'],
    ['update', '--pids-limit=-1', '--dry-run', rig.id],
    ['pause', rig.id],
    ['resume', rig.id],
    ['kill', rig.id, 'KILL'],
  ]) {
    const { status, stderr } = rig.call(...args);
    // This host's cgroup2 tree may have no controller for it.
    if (args[0] === 'update' && status !== 0) expect(stderr, what).toContain('has no controller "pids"');
    else expect({ status, stderr }, `${what}: ${args.join(' ')}`).toEqual({ status: 0, stderr: '' });
  }
  expect(rig.call('delete', '--force', rig.id), what).toMatchObject({ status: 0, stderr: '' });
}

test('a container whose bundle is renamed goes through everything', async () => {
  const rig = new Rig();
  rig.create();
  moveAway(rig.bundle.path);
  await goThrough(rig, 'renamed');
  await rig.expectNothingLeft('renamed');
});

test('a container whose bundle is removed, but for the rootfs, goes through everything', async () => {
  const rig = new Rig();
  rig.create();
  moveAway(rig.bundle.rootfs);
  rmSync(rig.bundle.path, { recursive: true });
  await goThrough(rig, 'removed');
  await rig.expectNothingLeft('removed');
});

test('a container whose bundle is replaced is what it was, and nothing of the other one is touched', async () => {
  const rig = new Rig();
  rig.create();
  const other = makeBundle({ args: ['/canary'] });
  writeFileSync(join(other.rootfs, 'canary'), 'untouched');
  rmSync(join(other.rootfs, 'probe'));
  const config = readFileSync(other.config, 'utf8');
  moveAway(rig.bundle.path);
  renameSync(other.path, rig.bundle.path);
  await goThrough(rig, 'replaced');
  expect(readFileSync(rig.bundle.config, 'utf8')).toBe(config);
  expect(readdirSync(rig.bundle.rootfs)).toEqual(['canary']);
  await rig.expectNothingLeft('replaced');
});
