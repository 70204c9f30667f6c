// Two faults in a row: a call of create's helper fails, and the helper is killed while it cleans up.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { ALL, Rig, sample } from './rig.js';

const HELPER = 0;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';
/** So many calls later nothing of the container is left to be cleaned up: the rest is the engine, which words the failure. */
const MOST = 60;

test.each(['mkdirat', 'bpf', 'clone3', 'mknodat', 'renameat'])(
  'create of which %s fails, killed at any step of its cleaning up, leaves nothing that delete --force does not remove',
  async (call) => {
    const rig = new Rig();
    const calls = rig.record(HELPER, rig.createArguments());
    await rig.expectDeletable('recorded');
    const index = calls.indexOf(call, calls.lastIndexOf(HELPER_BEGINS)) + 1;
    expect(index).toBeGreaterThan(0);
    let hits = 0;
    for (const [turn, later] of sample(MOST, ALL ? 1 : 11, call.length).entries()) {
      const outcome = rig.inflict({ process: HELPER, index }, `${constants.errno.EIO}+${later}`, rig.createArguments());
      const what = `${call}, killed ${later} calls later at ${outcome.second}`;
      // The process made one call more, or less, than when it was recorded.
      if (outcome.hit === call && outcome.second !== null) hits += 1;
      rig.expectValidState(what);
      // A create of the same id heals by itself.
      if (turn % 2 === 0 && outcome.hit === call)
        expect(rig.call(...rig.createArguments()), what).toMatchObject({ status: 0, stderr: '' });
      await rig.expectDeletable(what);
    }
    expect(hits).toBeGreaterThan(2);
  },
);
