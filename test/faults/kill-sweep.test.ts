// SIGKILL at every system call of every process that a command consists of: whatever is killed when, state tells something valid and
// delete --force removes all there is.
import { describe, expect, test } from 'vitest';
import { receiveNotifications } from '../support/listener.js';
import { type Point, Rig, sample } from './rig.js';

const HELPER = 0;
const ENGINE = 1;
const INIT = 2;

interface Sweep {
  readonly title: string;
  readonly process: number | 'init';
  /** One of how many points is taken. */
  readonly step: number;
}

/** What is done, under which conditions, and what it may leave. */
interface Subject {
  readonly program: string[];
  readonly begin: (rig: Rig) => void;
  readonly args: (rig: Rig) => string[];
  /** The caller waits for the readiness of the program. */
  readonly notified?: boolean;
}

const CREATE: Subject = {
  program: ['/probe', 'sleep', '60'],
  begin: () => {},
  args: (rig) => rig.createArguments(),
};
const RUN: Subject = {
  program: ['/probe', 'true'],
  begin: () => {},
  args: (rig) => ['run', '--bundle', rig.bundle.path, rig.id],
};
const START: Subject = { ...CREATE, begin: (rig) => rig.create(), args: (rig) => ['start', rig.id] };
/** With NOTIFY_SOCKET: there is a directory more, and a socket in it. */
const NOTIFIED: Subject = { ...START, program: ['/probe', 'notify', '-', '60', 'READY=1'], notified: true };
const DELETE: Subject = { ...START, args: (rig) => ['delete', rig.id] };
const FORCED: Subject = { ...START, args: (rig) => ['delete', '--force', rig.id] };
const READY: Subject = {
  ...NOTIFIED,
  begin: (rig) => {
    rig.create();
    rig.must('start', rig.id);
  },
  args: FORCED.args,
};

function place(rig: Rig, { process }: Sweep): Point['process'] {
  return process === 'init' ? `pid=${rig.init().pid}` : process;
}

function countCalls(rig: Rig, subject: Subject, sweep: Sweep): number {
  subject.begin(rig);
  const count = rig.record(place(rig, sweep), subject.args(rig)).length;
  rig.must('delete', '--force', rig.id);
  return count;
}

/** Goes through the points; `check` sees each that was hit. Answers how many those were. */
async function go(
  subject: Subject,
  sweep: Sweep,
  check: (rig: Rig, what: string, index: number, outcome: ReturnType<Rig['inflict']>) => Promise<void>,
): Promise<number> {
  const rig = new Rig(subject.program);
  if (subject.notified) rig.env = { NOTIFY_SOCKET: (await receiveNotifications()).address };
  let hits = 0;
  for (const index of sample(countCalls(rig, subject, sweep), sweep.step)) {
    subject.begin(rig);
    const outcome = rig.inflict({ process: place(rig, sweep), index }, 'kill', subject.args(rig));
    if (outcome.hit !== null) hits += 1;
    await check(rig, `${sweep.title}, killed at call ${index}, ${outcome.hit}`, index, outcome);
  }
  return hits;
}

/** The same id can be used again at once. */
async function expectUsable(rig: Rig, what: string): Promise<void> {
  expect(rig.call(...rig.createArguments()), what).toMatchObject({ status: 0, stderr: '' });
  expect(rig.call('delete', rig.id), what).toMatchObject({ status: 0, stderr: '' });
  await rig.expectNothingLeft(what);
}

/** A create heals what a killed create left; only a container that was published stays. */
async function expectHealing(rig: Rig, what: string, status: string | null): Promise<void> {
  const outcome = rig.call(...rig.createArguments());
  if (outcome.status !== 0) {
    expect(outcome.stderr, what).toContain('container with given ID already exists');
    expect(rig.init().pid, what).toBeGreaterThan(0);
    expect(status, what).not.toBeNull();
  }
  await rig.expectDeletable(what);
}

const makers = [
  { title: 'create, its helper', process: HELPER, step: 4, subject: CREATE },
  {
    title: 'create that a caller waits for, its helper',
    process: HELPER,
    step: 9,
    subject: { ...CREATE, notified: true },
  },
  { title: 'create, its engine', process: ENGINE, step: 9, subject: CREATE },
  { title: 'create, its init', process: INIT, step: 8, subject: CREATE },
  { title: 'run, its helper', process: HELPER, step: 7, subject: RUN },
  { title: 'run, its engine', process: ENGINE, step: 23, subject: RUN },
  { title: 'run, its init', process: INIT, step: 17, subject: RUN },
];

describe.each(makers)('$title', ({ subject, ...sweep }) => {
  test('killed at any step leaves nothing that delete --force does not remove', async () => {
    const hits = await go(subject, sweep, async (rig, what, index) => {
      const status = rig.expectValidState(what);
      if (index % 2 === 1) return await expectHealing(rig, what, status);
      await rig.expectDeletable(what);
      await expectUsable(rig, what);
    });
    expect(hits).toBeGreaterThan(5);
  });
});

const changers = [
  { title: 'start, its helper', process: HELPER, step: 5, subject: START },
  { title: 'start, the waiting init', process: 'init' as const, step: 4, subject: START },
  { title: 'start that waits for readiness, its helper', process: HELPER, step: 3, subject: NOTIFIED },
  { title: 'delete --force of what was ready, its helper', process: HELPER, step: 5, subject: READY },
  { title: 'delete, its helper', process: HELPER, step: 5, subject: DELETE },
  { title: 'delete, its engine', process: ENGINE, step: 17, subject: DELETE },
  { title: 'delete --force, its helper', process: HELPER, step: 5, subject: FORCED },
];

describe.each(changers)('$title', ({ subject, ...sweep }) => {
  test('killed at any step leaves nothing that delete --force does not remove', async () => {
    const hits = await go(subject, sweep, async (rig, what) => {
      rig.expectValidState(what);
      await rig.expectDeletable(what);
    });
    expect(hits).toBeGreaterThan(5);
  });
});

test('create undoes everything by itself when its init is killed before it is published', async () => {
  const sweep = { title: 'init', process: INIT, step: 11 };
  await go(CREATE, sweep, async (rig, what, _, outcome) => {
    // Killed after the commit, create has succeeded: then there is a stopped container.
    if (outcome.status === 0) return await rig.expectDeletable(what);
    rig.expectWorded(outcome, what);
    await rig.expectNothingLeft(what);
  });
});
