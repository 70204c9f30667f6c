// Whatever fails or is killed while groups of resctrl are made, joined and removed: what the container has made can be removed, and nothing
// else ever is.

import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type IntelRdt, mountResctrl, type Prepared, prepareIn, type Resctrl } from '../support/resctrl.js';
import { Rig } from './rig.js';

const { EPERM, ENOMEM, EIO, ENOSPC } = constants.errno;
const ERRORS = [EPERM, ENOMEM, EIO, ENOSPC];
/** What working on groups consists of, and all around it. */
const OURS = new Set(['open', 'openat', 'mkdirat', 'unlinkat', 'write', 'faccessat', 'newfstatat']);

/** A class and a monitoring group of its own; a class that others may use. */
const OWN: IntelRdt = { memBwSchema: 'MB:0=20', enableMonitoring: true };
const SHARED: IntelRdt = { closID: 'gold', memBwSchema: 'MB:0=20', enableMonitoring: true };

const prepare = async (rig: Rig, resctrl: Resctrl, intelRdt: IntelRdt): Promise<Prepared> =>
  await prepareIn(resctrl, rig.tsrun, intelRdt, {
    mutate: (spec) => void spec.process.env.push(`TSRUN_FAULTS_RIG=${rig.id}`),
  });

/** The calls of a create, by index from 1, that have to do with files, from the making of the class to the joining of its group. */
async function listPoints(rig: Rig, resctrl: Resctrl): Promise<{ calls: string[]; indexes: number[] }> {
  const { id, stateDirectory } = await prepare(rig, resctrl, OWN);
  const calls = rig.recordHelper('create', stateDirectory);
  expect(resctrl.tasks(`${id}/mon_groups/${id}`)).toHaveLength(1);
  rig.must('delete', '--force', id);
  // The first directory that is made is the cgroup.
  const first = calls.indexOf('mkdirat');
  const indexes = calls.flatMap((name, index) => (index >= first && OURS.has(name) ? [index + 1] : []));
  expect(indexes.length).toBeGreaterThan(20);
  return { calls, indexes };
}

/** Nothing but what was there before, and of a shared class nothing or all of it. */
function expectTidy(resctrl: Resctrl, id: string, what: string): void {
  expect(resctrl.has(id), what).toBe(false);
  if (resctrl.has('gold')) expect(resctrl.read('gold/schemata'), what).toContain('MB:0= 20;');
  const groups = ['mon_groups', ...(resctrl.has('gold') ? ['gold/mon_groups'] : [])];
  for (const group of groups) expect(readdirSync(join(resctrl.root, group)), what).toEqual([]);
}

for (const [name, intelRdt] of [
  ['of its own', OWN],
  ['that is shared', SHARED],
] as const) {
  test(`a create that is killed at any call leaves no group in a class ${name} that delete --force does not remove`, async () => {
    const resctrl = await mountResctrl();
    const rig = new Rig();
    const { calls, indexes } = await listPoints(rig, resctrl);
    for (const turn of indexes.keys()) {
      const index = indexes[turn] ?? 0;
      const { id, stateDirectory } = await prepare(rig, resctrl, intelRdt);
      const what = `call ${index}, ${calls[index - 1]}`;
      rig.inflictOnHelper(index, 'kill', 'create', stateDirectory);
      const { status, stderr } = rig.call('delete', '--force', id);
      expect({ status, stderr }, what).toEqual({ status: 0, stderr: '' });
      expectTidy(resctrl, id, what);
    }
  });

  test(`a create whose calls fail leaves no group in a class ${name}`, async () => {
    const resctrl = await mountResctrl();
    const rig = new Rig();
    const { calls, indexes } = await listPoints(rig, resctrl);
    for (const turn of indexes.keys()) {
      const index = indexes[turn] ?? 0;
      const { id, stateDirectory } = await prepare(rig, resctrl, intelRdt);
      const error = ERRORS[turn % ERRORS.length] ?? EIO;
      const what = `call ${index}, ${calls[index - 1]}, errno ${error}`;
      rig.inflictOnHelper(index, error, 'create', stateDirectory);
      // One that fails has removed it all, unless it was the removal; one that goes on has not needed the call.
      const { status, stderr } = rig.call('delete', '--force', id);
      expect({ status, stderr }, what).toEqual({ status: 0, stderr: '' });
      expectTidy(resctrl, id, what);
    }
  });
}
