// exec where the front cannot do it alone, and where a process of it is stopped; every fault of it is in the table of the sweep.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type Fault, type FaultyOutcome, Rig } from './rig.js';
import { errorOf } from './tolerated.js';

/** A plain exec has no engine: the front goes on as the helper. */
const HELPER = 0;
/** It enters the namespaces, and has the process as a child. */
const STAGE = 1;

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
