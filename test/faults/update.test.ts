// update, pause, resume and kill --all, killed or failed at every system call: a container has all old limits or all new ones after the next
// update, is never half frozen, nobody of it is forgotten in silence, and delete --force removes all there is.

import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { waitFor } from '../support/wait-for.js';
import { type FaultyOutcome, Rig, sample } from './rig.js';

const FRONT = 0;
const ENGINE = 1;
/** The engine runs the helper of an update as a child, since it goes on afterwards. */
const UPDATER = 2;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

/** Files that every cgroup has, whatever its controllers; the last one is not limited before. */
const FILES = ['cgroup.max.depth', 'cgroup.max.descendants', 'cgroup.pressure'];
const OLD = ['10', '20', '1'];
const NEW = ['11', '21', '0'];

function unified(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(FILES.map((file, index) => [file, values[index] ?? '']));
}

class LimitedRig extends Rig {
  readonly #change = join(this.directory, 'change.json');
  readonly #nothing = join(this.directory, 'nothing.json');
  readonly args = ['update', '--resources', this.#change, this.id];

  constructor() {
    super(undefined, (spec) => {
      spec.linux.resources = { unified: unified(OLD.slice(0, 2)) };
      delete spec.linux.resources.unified?.['cgroup.pressure'];
    });
    writeFileSync(this.#change, JSON.stringify({ unified: unified(NEW) }));
    writeFileSync(this.#nothing, '{}');
  }

  begin(): void {
    this.must('run', '--detach', '--bundle', this.bundle.path, this.id);
  }

  limits(): string[] {
    return FILES.map((file) => readFileSync(join(cgroupRoot(), this.id, file), 'utf8').trim());
  }

  /** A helper whose engine was killed ends its work all the same; a lock of the dead is given up after seconds, which are gone here. */
  async settle(): Promise<void> {
    await waitFor('the helper', () => this.processes().every((line) => line.includes('/probe')));
    const lock = this.file('update.lock');
    if (existsSync(lock)) utimesSync(lock, 0, 0);
  }

  /** The next update, which asks for nothing more, undoes what was begun or keeps what was done; then nothing is left to do. */
  expectWhole(what: string): void {
    const args = ['update', '--resources', this.#nothing, this.id];
    expect(this.call(...args), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect([OLD, NEW], what).toContainEqual(this.limits());
    expect(this.call(...args, '--dry-run'), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
    const names = readdirSync(join(this.tsrun.root, this.id));
    expect(
      names.filter((name) => /^update/.test(name)),
      what,
    ).toEqual([]);
  }
}

/** Goes through the points of one process. Answers how many were hit. */
async function sweep(
  rig: Rig & { begin(): void },
  { process, step, args }: { process: number; step: number; args: readonly string[] },
  check: (what: string, index: number) => Promise<void>,
): Promise<number> {
  rig.begin();
  const calls = rig.record(process, args);
  await rig.expectDeletable('recorded');
  let hits = 0;
  for (const index of sample(calls.length, step)) {
    rig.begin();
    const { hit } = rig.inflict({ process, index }, 'kill', args);
    if (hit !== null) hits += 1;
    const what = `process ${process} of ${args[0]}, killed at call ${index}, ${hit}`;
    await check(what, index);
    await rig.expectDeletable(what);
  }
  return hits;
}

describe('update', () => {
  test.each([
    ['its front', FRONT, 11],
    ['its engine', ENGINE, 47],
    ['its helper', UPDATER, 4],
  ])(
    'killed in %s leaves all old limits or all new ones to the next update, and nothing to delete --force',
    async (_, process, step) => {
      const rig = new LimitedRig();
      const hits = await sweep(rig, { process, step, args: rig.args }, async (what, index) => {
        await rig.settle();
        expect(rig.expectValidState(what), what).toBe('running');
        // Every third is deleted as it is.
        if (index % 3 !== 0) rig.expectWhole(what);
      });
      expect(hits).toBeGreaterThan(5);
    },
  );

  test('takes the lock of one that was killed, after its time', async () => {
    const rig = new LimitedRig();
    rig.begin();
    const calls = rig.record(ENGINE, rig.args);
    await rig.expectDeletable('recorded');
    rig.begin();
    // The last but ten: the helper has ended, the lock is still there.
    let index = calls.length - 10;
    while (!existsSync(rig.file('update.lock')) && index > 0) {
      rig.inflict({ process: ENGINE, index }, 'kill', rig.args);
      index -= 40;
    }
    expect(existsSync(rig.file('update.lock'))).toBe(true);
    const begun = performance.now();
    rig.expectWhole('the next update');
    expect(performance.now() - begun).toBeGreaterThan(2000);
    await rig.expectDeletable('with a lock that was taken');
  });

  test('of which any system call of the helper fails changes nothing, or says what the next one has to undo', async () => {
    const rig = new LimitedRig();
    rig.begin();
    const calls = rig.record(UPDATER, rig.args);
    await rig.expectDeletable('recorded');
    const first = calls.lastIndexOf(HELPER_BEGINS);
    expect(first).toBeGreaterThan(0);
    for (const offset of sample(calls.length - first, 2)) {
      const error = ERRORS[offset % ERRORS.length] ?? ENOMEM;
      rig.begin();
      const outcome = rig.inflict({ process: UPDATER, index: first + offset }, error, rig.args);
      const what = `call ${first + offset}, ${outcome.hit}, errno ${error}`;
      expectDone(rig, outcome, what);
      rig.expectWhole(what);
      await rig.expectDeletable(what);
    }
  });
});

function expectDone(rig: LimitedRig, outcome: FaultyOutcome, what: string): void {
  if (outcome.status === 0) {
    expect(rig.limits(), what).toEqual(NEW);
    return;
  }
  rig.expectWorded(outcome, what);
  if (!outcome.stderr.includes('cleaning up failed too')) expect(rig.limits(), what).toEqual(OLD);
}

class FreezableRig extends Rig {
  readonly frozen: boolean;

  constructor(frozen: boolean) {
    super();
    this.frozen = frozen;
  }

  begin(): void {
    this.must('run', '--detach', '--bundle', this.bundle.path, this.id);
    if (this.frozen) this.must('pause', this.id);
  }

  /** Frozen or not, it can be made the one and the other. */
  expectUsable(what: string): void {
    expect(['running', 'paused'], what).toContain(this.expectValidState(what));
    const { status, stderr } = this.call('pause', this.id);
    // What was asked to freeze freezes in its own time.
    if (status !== 0) expect(stderr, what).toContain('its status is paused');
    expect(this.call('resume', this.id), what).toMatchObject({ status: 0, stderr: '' });
    expect(this.expectValidState(what), what).toBe('running');
  }
}

describe.each([
  ['pause', false],
  ['resume', true],
] as const)('%s', (verb, frozen) => {
  test.each([
    ['its helper', FRONT, 7],
    ['its engine', ENGINE, 29],
  ])('killed in %s leaves a container that can be paused, resumed and deleted', async (_, process, step) => {
    const rig = new FreezableRig(frozen);
    const hits = await sweep(rig, { process, step, args: [verb, rig.id] }, async (what, index) => {
      if (index % 2 === 0) rig.expectUsable(what);
    });
    expect(hits).toBeGreaterThan(5);
  });

  test('of which any system call fails says so, and freezes nothing', async () => {
    const rig = new FreezableRig(frozen);
    rig.begin();
    const calls = rig.record(FRONT, [verb, rig.id]);
    await rig.expectDeletable('recorded');
    const first = calls.lastIndexOf(HELPER_BEGINS);
    expect(first).toBeGreaterThan(0);
    for (let index = first + 1; index <= calls.length; index++) {
      const error = ERRORS[index % ERRORS.length] ?? ENOMEM;
      rig.begin();
      const outcome = rig.inflict({ process: FRONT, index }, error, [verb, rig.id]);
      const what = `${verb}, call ${index}, ${outcome.hit}, errno ${error}`;
      if (outcome.status !== 0) rig.expectWorded(outcome, what);
      else expect(rig.expectValidState(what), what).toBe(frozen ? 'running' : 'paused');
      if (outcome.status !== 0 && !frozen) expect(rig.expectValidState(what), what).toBe('running');
      rig.expectUsable(what);
      await rig.expectDeletable(what);
    }
  });
});

test.each([0, 3])(
  'kill --all of a program with %i children, of which any system call fails, says so or has reached everybody',
  async (children) => {
    const rig = new Rig(['/probe', 'fork-slowly', String(children)], (spec) => shareNamespace(spec, 'pid'));
    const cgroup = join(cgroupRoot(), rig.id);
    const processesOf = (directory: string) =>
      readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    const below = join(cgroup, 'below');
    const begin = async () => {
      rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
      await waitFor('its children', () => processesOf(cgroup).length === children + 1);
      mkdirSync(below);
      writeFileSync(join(below, 'cgroup.procs'), processesOf(cgroup).at(-1) ?? '');
    };
    const args = ['kill', '--all', rig.id, 'TERM'];
    await begin();
    const calls = rig.record(FRONT, args);
    await rig.expectDeletable('recorded');
    const first = calls.lastIndexOf(HELPER_BEGINS);
    expect(first).toBeGreaterThan(0);
    for (const [turn, offset] of sample(calls.length - first, 2).entries()) {
      await begin();
      const error = ERRORS[turn % ERRORS.length] ?? ENOMEM;
      const outcome = rig.inflict({ process: FRONT, index: first + offset }, error, args);
      const what = `kill --all, call ${first + offset}, ${outcome.hit}, errno ${error}`;
      if (outcome.status !== 0) rig.expectWorded(outcome, what);
      else await waitFor(`the end of all: ${what}`, () => processesOf(cgroup).length + processesOf(below).length === 0);
      await rig.expectDeletable(what);
    }
  },
);
