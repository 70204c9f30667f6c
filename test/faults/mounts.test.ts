// What the words of mounts ask for is there, or there is no container: a call that fails for it is never passed over.
import { mkdirSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FaultyOutcome, Rig } from './rig.js';

const INIT = 2;
const { EPERM, EIO, ENOMEM } = constants.errno;

function newRig(): Rig {
  const rig = new Rig(undefined, (spec) => {
    const tmpfs = { destination: '/covered', type: 'tmpfs', source: 'tmpfs' };
    spec.mounts.push(
      { ...tmpfs, options: ['nosuid'] },
      { ...tmpfs, options: ['remount', 'size=64k'] },
      { destination: '/link', source: 'link', options: ['bind', 'copy-symlink'] },
    );
  });
  symlinkSync('target', join(rig.bundle.path, 'link'));
  mkdirSync(join(rig.bundle.rootfs, 'covered'), { mode: 0o711 });
  return rig;
}

/** The call that is hit may be one or two places from where it was when the calls were recorded. */
async function inflictOn(call: string, rig: Rig, index: number, error: number): Promise<FaultyOutcome> {
  for (const near of [index, index - 1, index + 1, index - 2, index + 2]) {
    const outcome = rig.inflict({ process: INIT, index: near }, error, rig.createArguments());
    if (outcome.hit === call) return outcome;
    await rig.expectDeletable(`call ${near}`);
  }
  throw new Error(`init does not call ${call} near its call ${index}`);
}

test.each([
  ['fspick', 'remount a filesystem'],
  ['fchmodat', 'give a tmpfs the mode of "/covered"'],
  ['symlinkat', 'copy the link to "/link"'],
])('a %s that fails is said and leaves nothing', async (call, words) => {
  const rig = newRig();
  // The first one also makes the mount points.
  rig.create();
  rig.must('delete', '--force', rig.id);
  const calls = rig.record(INIT, rig.createArguments());
  rig.must('delete', '--force', rig.id);
  const index = calls.indexOf(call) + 1;
  expect(index, calls.join(' ')).toBeGreaterThan(0);
  for (const error of [EPERM, EIO, ENOMEM]) {
    const outcome = await inflictOn(call, rig, index, error);
    expect(outcome.stderr).toContain(words);
    rig.expectWorded(outcome, `${call}, errno ${error}`);
    await rig.expectNothingLeft(`${call}, errno ${error}`);
    await rig.expectDeletable(call);
  }
});
