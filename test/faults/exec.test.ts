// exec, killed or refused at each of its system calls: the container goes on as it was, with nobody in it who was not there before.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type Fault, type FaultyOutcome, Rig, sample } from './rig.js';
import { errorOf, isTolerated } from './tolerated.js';

/** A plain exec has no engine: the front goes on as the helper. */
const HELPER = 0;
/** It enters the namespaces, and has the process as a child. */
const STAGE = 1;
const PROCESS = 2;
/** Where there is one, it comes before these two. */
const ENGINE = 1;
/** A flag that changes nothing, and that the front leaves to the engine. */
const BY_ENGINE = ['--rootless=auto'];
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

const NEVER_RAN = 255;

/** A running container, and what is there of it; `program` is what exec is to run. */
class Subject {
  readonly rig = new Rig();
  files: readonly string[];
  readonly args: string[];

  constructor(program: readonly string[], flags: readonly string[] = []) {
    this.rig.must('run', '--detach', '--bundle', this.rig.bundle.path, this.rig.id);
    this.files = this.listFiles();
    this.args = [...flags, 'exec', this.rig.id, ...program];
  }

  record(process: number): string[] {
    return this.rig.record(process, this.args);
  }

  inflict(process: number, index: number, fault: Fault): FaultyOutcome {
    return this.rig.inflict({ process, index }, fault, this.args);
  }

  listFiles(): string[] {
    return readdirSync(this.rig.file('.')).sort();
  }

  /** The container is what it was, at the latest after a moment. */
  async expectUntouched(what: string): Promise<void> {
    const { rig } = this;
    try {
      await waitFor('init to be alone', () => rig.processes().length === 1);
    } catch {
      expect(rig.processes(), what).toEqual([]);
    }
    expect(rig.expectValidState(what), what).toBe('running');
    expect(this.listFiles(), what).toEqual(this.files);
  }

  /** In words, and with the status of a program that has not run. */
  expectRefused(outcome: FaultyOutcome, what: string): void {
    this.rig.expectWorded(outcome, what);
    expect(outcome.status, what).toBe(NEVER_RAN);
  }
}

describe.each([
  { title: 'its helper', process: HELPER, step: 6, flags: [] },
  { title: 'its helper beside an engine', process: HELPER, step: 17, flags: BY_ENGINE },
  { title: 'its engine', process: ENGINE, step: 23, flags: BY_ENGINE },
  { title: 'the process that enters', process: STAGE, step: 2, flags: [] },
  { title: 'the new process', process: PROCESS, step: 15, flags: [] },
])('$title', ({ title, process, step, flags }) => {
  test('killed at any step leaves the container as it was', async () => {
    const subject = new Subject(['/probe', 'true'], flags);
    let hits = 0;
    for (const index of sample(subject.record(process).length, step)) {
      const outcome = subject.inflict(process, index, 'kill');
      if (outcome.hit === null) continue;
      hits += 1;
      const what = `${title}, killed at call ${index}, ${outcome.hit}`;
      await subject.expectUntouched(what);
      // One that is killed when it has told who its child is was not needed any more.
      if (process === STAGE && flags !== BY_ENGINE && outcome.status !== 0) subject.expectRefused(outcome, what);
      if (index % 2 === 1) expect(subject.rig.call(...subject.args), what).toMatchObject({ status: 0, stderr: '' });
    }
    expect(hits).toBeGreaterThan(2);
  });
});

/** A call by the front alone, and what it has to find each time. */
function plainExec(): { subject: Subject; prepare: () => void } {
  return { subject: new Subject(['/probe', 'exit', '0']), prepare: () => {} };
}

function execOfKnownDocument(): { subject: Subject; prepare: () => void } {
  const subject = new Subject([]);
  const document = join(subject.rig.directory, 'process.json');
  writeFileSync(document, JSON.stringify({ args: ['/probe', 'exit', '0'], cwd: '/', env: [] }));
  subject.args.splice(1, 0, '--process', document);
  for (const _ of [1, 2]) subject.rig.must(...subject.args);
  subject.files = subject.listFiles();
  const kept = subject.rig.file(subject.files.find((name) => /^exec\.\d$/.test(name)) ?? '');
  const content = readFileSync(kept);
  expect(content.toString()).toContain('tsrun-kept');
  return { subject, prepare: () => writeFileSync(kept, content) };
}

test.each([
  ['of a program', plainExec],
  ['of a known document', execOfKnownDocument],
])('what the front cannot do by itself of an exec %s the engine does', async (_, newSubject) => {
  const { subject, prepare } = newSubject();
  const all = subject.record(HELPER);
  // From where it looks at the state root to where its copy is executed.
  const first = all.findIndex((call) => call.startsWith('openat'));
  const last = all.lastIndexOf('execveat');
  const done: string[] = [];
  for (let index = first + 1; index <= last + 1; index += 1) {
    prepare();
    const outcome = subject.inflict(HELPER, index, errorOf(index));
    if (outcome.hit === null || NOT_OURS.has(outcome.hit)) continue;
    const what = `call ${index}, ${outcome.hit}`;
    if (outcome.status !== 0) subject.expectRefused(outcome, what);
    else done.push(what);
    await subject.expectUntouched(what);
  }
  expect(done.length).toBeGreaterThan(8);
});

test('the process that enters is not waited for when it has done its part', () => {
  const subject = new Subject(['/probe', 'true']);
  // What a container does that freezes its own cgroup: behind the message that tells of the new process, nothing is left to be done.
  const index = subject.record(STAGE).lastIndexOf('sendmsg') + 2;
  expect(subject.inflict(STAGE, index, 'stop')).toMatchObject({ status: 0, stderr: '' });
});

/** Calls of the C library before main, which ends the program in its own words; and close(2), which never leaves a descriptor open, as the injector does. */
const NOT_OURS = new Set(
  'arch_prctl brk close getrandom mprotect prlimit64 readlink rseq set_robust_list set_tid_address'.split(' '),
);

describe.each([
  { title: 'its helper', process: HELPER, step: 3, begin: HELPER_BEGINS },
  { title: 'the process that enters', process: STAGE, step: 1, begin: null },
  { title: 'the new process', process: PROCESS, step: 7, begin: null },
])('$title', ({ title, process, step, begin }) => {
  test('of which any system call fails says so, and leaves the container as it was', async () => {
    const subject = new Subject(['/probe', 'exit', '0']);
    const all = subject.record(process);
    const first = begin === null ? 0 : all.lastIndexOf(begin);
    const last = process === HELPER ? lastOfBuilding(all) : all.lastIndexOf('execve');
    const problems: string[] = [];
    for (const [turn, offset] of sample(last - first, step).entries()) {
      if (NOT_OURS.has(all[first + offset - 1] ?? '')) continue;
      const error = errorOf(turn);
      const outcome = subject.inflict(process, first + offset, error);
      const what = `${title}, call ${first + offset}, ${outcome.hit}, errno ${error}`;
      if (NOT_OURS.has(outcome.hit ?? '')) continue;
      try {
        if (outcome.status === 0) expect(isTolerated(outcome.hit, error), what).toBe(true);
        else subject.expectRefused(outcome, what);
        await subject.expectUntouched(what);
      } catch (failure) {
        problems.push(`${what}: ${String(failure)}`);
      }
    }
    expect(problems).toEqual([]);
  });
});

/** The helper has built the process when it waits for its execution; what follows is the supervision of a program that runs. */
function lastOfBuilding(calls: readonly string[]): number {
  return calls.lastIndexOf('recvmsg');
}
