// Several commands on one id at the same time: one wins where only one can, the others say so, and nothing is lost or left.
import { expect, test } from 'vitest';
import type { Outcome } from '../support/tsrun.js';
import { Rig } from './rig.js';

const ROUNDS = 10;
const CROWD = 8;

/** The same command several times at once. */
async function crowd(rig: Rig, size: number, ...args: string[]): Promise<Outcome[]> {
  return await Promise.all(Array.from({ length: size }, () => rig.spawn(...args).ended));
}

/** How many succeeded; the others have to say these words. */
function countWinners(rig: Rig, outcomes: readonly Outcome[], words: RegExp): number {
  const losers = outcomes.filter(({ status }) => status !== 0);
  for (const loser of losers) {
    rig.expectWorded(loser, 'a loser');
    expect(loser.stderr).toMatch(words);
  }
  return outcomes.length - losers.length;
}

test('of eight concurrent creates of one id exactly one succeeds, and its container works', async () => {
  const rig = new Rig();
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await crowd(rig, CROWD, ...rig.createArguments());
    expect(countWinners(rig, outcomes, /container with given ID already exists/)).toBe(1);
    expect(rig.expectValidState('created')).toBe('created');
    rig.must('start', rig.id);
    expect(rig.expectValidState('started')).toBe('running');
    await rig.expectDeletable(`round ${round}`);
  }
});

test('of eight concurrent starts exactly one succeeds', async () => {
  const rig = new Rig();
  for (let round = 0; round < ROUNDS; round++) {
    rig.create();
    const outcomes = await crowd(rig, CROWD, 'start', rig.id);
    expect(countWinners(rig, outcomes, /cannot start|not running/)).toBe(1);
    expect(rig.expectValidState('started')).toBe('running');
    await rig.expectDeletable(`round ${round}`);
  }
});

test('of sixteen concurrent kills each either ends the container or finds it ended', async () => {
  const rig = new Rig();
  for (let round = 0; round < ROUNDS / 2; round++) {
    rig.create();
    rig.must('start', rig.id);
    const outcomes = await crowd(rig, 2 * CROWD, 'kill', rig.id, 'KILL');
    expect(countWinners(rig, outcomes, /not running/)).toBeGreaterThan(0);
    await rig.expectDeletable(`round ${round}`);
  }
});

test.each(['delete', 'delete --force'])(
  'of eight concurrent "%s" all that find the container remove it',
  async (verb) => {
    const rig = new Rig();
    for (let round = 0; round < ROUNDS; round++) {
      rig.create();
      const outcomes = await crowd(rig, CROWD, ...verb.split(' '), rig.id);
      expect(countWinners(rig, outcomes, /does not exist/)).toBeGreaterThan(0);
      await rig.expectNothingLeft(`round ${round}`);
    }
  },
);

test('delete --force against a create of the same id leaves a whole container or none', async () => {
  const rig = new Rig();
  for (let round = 0; round < ROUNDS; round++) {
    const creating = rig.spawn(...rig.createArguments()).ended;
    const deleted = await crowd(rig, 2, 'delete', '--force', rig.id);
    expect(deleted.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      deleted.map(() => ({ status: 0, stderr: '' })),
    );
    const { status } = await creating;
    const state = rig.expectValidState('after both');
    if (status === 0 && state !== null) expect(state).toBe('created');
    await rig.expectDeletable(`round ${round}`);
  }
});

test('create heals a killed create for one of eight at once', async () => {
  const rig = new Rig();
  for (let round = 0; round < ROUNDS; round++) {
    rig.inflict({ process: 0, index: 150 + round }, 'kill', rig.createArguments());
    const outcomes = await crowd(rig, CROWD, ...rig.createArguments());
    expect(countWinners(rig, outcomes, /container with given ID already exists/), `round ${round}`).toBe(1);
    expect(rig.expectValidState('healed')).toBe('created');
    await rig.expectDeletable(`round ${round}`);
  }
});

test('list does not fail while containers come and go', async () => {
  const rig = new Rig();
  let going = true;
  const churn = async (id: string) => {
    while (going) {
      await rig.spawn('create', '--bundle', rig.bundle.path, id).ended;
      await rig.spawn('delete', '--force', id).ended;
    }
  };
  const churning = [rig.id, rig.tsrun.newId(), rig.tsrun.newId()].map(churn);
  for (let i = 0; i < 40; i++) {
    const { status, stderr } = await rig.spawn('list', '--format', 'json').ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
  going = false;
  await Promise.all(churning);
  await rig.expectNothingLeft('churn');
});

test('of 64 concurrent creates of one id exactly one succeeds, and its container works', async () => {
  const rig = new Rig();
  const outcomes = await crowd(rig, 64, ...rig.createArguments());
  expect(countWinners(rig, outcomes, /container with given ID already exists/)).toBe(1);
  expect(rig.expectValidState('created')).toBe('created');
  rig.must('start', rig.id);
  expect(rig.call('exec', rig.id, '/probe', 'true')).toMatchObject({ status: 0, stderr: '' });
  await rig.expectDeletable('64 creates');
});

test('of 64 concurrent kills each either ends the container or finds it ended', async () => {
  const rig = new Rig();
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  const outcomes = await crowd(rig, 64, 'kill', rig.id, 'KILL');
  expect(countWinners(rig, outcomes, /not running/)).toBeGreaterThan(0);
  await rig.expectDeletable('64 kills');
});

test.each([
  ['start', []],
  ['update', ['--pids-limit', '-1']],
  ['pause', []],
  ['ps', []],
  ['events', ['--stats']],
])('delete --force against %s leaves nothing, and each says what it found', async (verb, flags) => {
  for (let round = 0; round < ROUNDS / 2; round++) {
    const rig = new Rig();
    rig.create();
    if (verb !== 'start') rig.must('start', rig.id);
    const others = Array.from({ length: 3 }, () => rig.spawn(verb, ...flags, rig.id).ended);
    const deleting = rig.spawn('delete', '--force', rig.id);
    for (const outcome of await Promise.all(others)) if (outcome.status !== 0) rig.expectWorded(outcome, verb);
    expect(await deleting.ended).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft(`${verb}, round ${round}`);
  }
});
