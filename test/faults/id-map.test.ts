// Whatever fails or is killed while the ids of a mount are mapped: no container whose mounts have other owners than they should, and no
// process that holds a user namespace, is left.
import { chownSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { setNamespace } from '../support/bundle.js';
import { CONTAINER_MAP, HOST_ROOT, makeTree } from '../support/idmap.js';
import { type FaultyOutcome, Rig } from './rig.js';
import { errorOf, isTolerated } from './tolerated.js';

const HELPER = 0;
/** After the engine and init. */
const HOLDER = 3;

/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

/** Two mounts with maps of their own. */
function newRig(): Rig {
  const own = (hostID: number) => [{ containerID: 0, hostID, size: 10 }];
  return new Rig(undefined, (spec) => {
    spec.mounts.push(
      {
        destination: '/own',
        source: makeTree(),
        options: ['bind', 'idmap'],
        uidMappings: own(500),
        gidMappings: own(600),
      },
      {
        destination: '/other',
        source: makeTree(),
        options: ['bind', 'idmap'],
        uidMappings: own(700),
        gidMappings: own(800),
      },
    );
  });
}

/** The same mounts with the maps of the container. */
function newMappedRig(): Rig {
  const rig = new Rig(undefined, (spec) => {
    setNamespace(spec, 'user');
    spec.linux.uidMappings = [...CONTAINER_MAP];
    spec.linux.gidMappings = [...CONTAINER_MAP];
    for (const destination of ['/own', '/other']) {
      spec.mounts.push({ destination, source: makeTree(), options: ['bind', 'idmap'] });
    }
  });
  chownSync(rig.bundle.rootfs, HOST_ROOT, HOST_ROOT);
  return rig;
}

/** The helper's calls that map ids, as indexes from 1: all from the birth of init to the last mount. */
function findCalls(rig: Rig): { from: number; to: number } {
  rig.create();
  rig.must('delete', '--force', rig.id);
  const calls = rig.record(HELPER, rig.createArguments());
  rig.must('delete', '--force', rig.id);
  const birth = calls.indexOf('clone3', calls.lastIndexOf(HELPER_BEGINS));
  return { from: birth + 2, to: calls.lastIndexOf('mount_setattr') + 1 };
}

function mappedMounts(rig: Rig): string[] {
  const lines = readFileSync(`/proc/${rig.init().pid}/mountinfo`, 'utf8').split('\n');
  return lines.filter((line) => line.includes('idmapped')).map((line) => line.split(' ')[4] ?? '');
}

/** A create either says what is wrong and leaves nothing, or has made a container with both maps. */
async function expectMapsOrNothing(rig: Rig, outcome: FaultyOutcome, what: string): Promise<void> {
  if (outcome.status === 0) {
    expect(mappedMounts(rig), what).toEqual(['/own', '/other']);
  } else {
    rig.expectWorded(outcome, what);
    await rig.expectNothingLeft(what);
  }
  await rig.expectDeletable(what);
}

for (const [name, make] of [
  ['their own', newRig],
  ["the container's", newMappedRig],
] as const) {
  test(`no call that fails makes a container whose mounts lack ${name} maps`, async () => {
    const rig = make();
    const { from, to } = findCalls(rig);
    expect(to - from).toBeGreaterThan(10);
    for (let index = from; index <= to; index += 1) {
      const error = errorOf(index);
      const outcome = rig.inflict({ process: HELPER, index }, error, rig.createArguments());
      const what = `call ${index}, ${outcome.hit}, errno ${error}`;
      if (outcome.status === 0) expect(isTolerated(outcome.hit, error), what).toBe(true);
      await expectMapsOrNothing(rig, outcome, what);
    }
  });

  test(`a helper that is killed while mounts get ${name} maps leaves nothing that delete --force does not remove`, async () => {
    const rig = make();
    const { from, to } = findCalls(rig);
    for (let index = from; index <= to; index += 1) {
      const outcome = rig.inflict({ process: HELPER, index }, 'kill', rig.createArguments());
      expect(outcome.hit, `call ${index}`).not.toBeNull();
      await rig.expectDeletable(`killed at call ${index}, ${outcome.hit}`);
    }
  });
}

test.each(['kill', constants.errno.EINVAL] as const)(
  'the process that holds a new user namespace can end early (%s)',
  async (fault) => {
    const rig = newRig();
    rig.create();
    rig.must('delete', '--force', rig.id);
    let hits = 0;
    // It lives for so short a time that it is often killed before it has made its first call.
    for (let turn = 0; turn < 40 && hits < 3; turn += 1) {
      const outcome = rig.inflict({ process: HOLDER, index: 1 }, fault, rig.createArguments());
      if (outcome.hit !== null) hits += 1;
      await expectMapsOrNothing(rig, outcome, `${fault}, ${outcome.hit}`);
    }
    expect(hits).toBeGreaterThan(0);
  },
);
