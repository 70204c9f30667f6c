// Limits of tsrun's caller (getrlimit(2)): tsrun works under them or says in one line which is too low, and a container has those of its config.
import { describe, expect, test } from 'vitest';
import { TSRUN } from '../support/paths.js';
import { parseReport } from '../support/probe.js';
import type { Outcome } from '../support/tsrun.js';
import { type Condition, callAs, callerOf, RLIMIT } from './caller.js';
import { ALL, Rig } from './rig.js';

const MIB = 1 << 20;

function limit(resource: keyof typeof RLIMIT, value: number): Condition {
  return ['limit', RLIMIT[resource], value, value];
}

/** Without limits of its own, which this caller could not raise. */
function newRig(args: readonly string[]): Rig {
  return new Rig(args, (spec) => {
    spec.process.rlimits = [];
  });
}

/** Works without a complaint, or complains of these limits and leaves the container as it was. */
function expectBorne(rig: Rig, outcome: Outcome, words: RegExp, what: string): boolean {
  if (outcome.status === 0) {
    expect(outcome.stderr, what).toBe('');
    return true;
  }
  rig.expectWorded(outcome, what);
  expect(outcome.stderr, what).toMatch(words);
  return false;
}

/** Every verb once, each in its turn from a state that a caller without limits has made where the limited one could not. */
async function walkThrough(conditions: readonly Condition[], words: RegExp): Promise<number> {
  const rig = newRig(['/probe', 'sleep', '60']);
  const call = (...args: string[]) => callAs(rig, conditions, args);
  let done = 0;
  const step = (args: string[]) => {
    const worked = expectBorne(rig, call(...args), words, args[0] ?? '');
    if (worked) done += 1;
    return worked;
  };
  if (!step(rig.createArguments())) {
    rig.call('delete', '--force', rig.id);
    await rig.expectNothingLeft('create');
    rig.create();
  }
  if (step(['state', rig.id])) expect(JSON.parse(call('state', rig.id).stdout)).toMatchObject({ status: 'created' });
  if (!step(['start', rig.id])) {
    expect(rig.expectValidState('start')).toBe('created');
    rig.must('start', rig.id);
  }
  step(['exec', rig.id, '/probe', 'true']);
  step(['list', '--quiet']);
  expect(rig.expectValidState('exec')).toBe('running');
  // A teardown that has no descriptor left has killed already, and goes on the next time.
  step(['delete', '--force', rig.id]);
  await rig.expectDeletable('delete');
  return done;
}

const FEW_FILES = /RLIMIT_NOFILE|\(EMFILE\)/;
const counts = Array.from({ length: 30 }, (_, index) => index + 3);
const LEAST_FILES = 16;

describe('a caller who may have few descriptors', () => {
  test.each(ALL ? counts : [3, 5, 6, 9, 15, 16, 17, 20, 32])('%i: everything works, or says so', async (count) => {
    const done = await walkThrough([limit('NOFILE', count)], FEW_FILES);
    expect(done > 0, `${done} steps`).toBe(count >= LEAST_FILES);
    if (count >= 2 * LEAST_FILES) expect(done).toBe(6);
  });
});

test.each<[string, Condition, RegExp]>([
  ['512 MiB of address space', limit('AS', 512 * MIB), /^$/],
  ['no core dump', limit('CORE', 0), /^$/],
  ['no locked memory', limit('MEMLOCK', 0), /^$/],
  ['512 KiB of stack', limit('STACK', 512 * 1024), /^$/],
  ['a soft limit of 64 KiB of stack', ['limit', RLIMIT.STACK, 65536, 8 * MIB], /^$/],
  ['a soft limit of 64 MiB of address space', ['limit', RLIMIT.AS, 64 * MIB, 1024 * MIB], /^$/],
])('a caller with %s gets everything done', async (_, condition, words) => {
  expect(await walkThrough([condition], words)).toBe(6);
});

test.each<[string, Condition, string]>([
  ['a stack of 64 KiB', limit('STACK', 65536), 'RLIMIT_STACK'],
  ['8 MiB of address space', limit('AS', 8 * MIB), 'RLIMIT_AS'],
  ['128 MiB of address space', limit('AS', 128 * MIB), 'RLIMIT_AS'],
])('a caller with %s is told which limit is too low, and of the engine nothing else', (_, condition, name) => {
  const rig = newRig(['/probe', 'true']);
  for (const args of [rig.createArguments(), ['list'], ['delete', '--force', rig.id]]) {
    const outcome = callAs(rig, [condition], args);
    expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(new RegExp(`^tsrun: cannot work with a limit of \\d+ \\(${name}, [^\\n]*\\n$`));
  }
});

/** What tsrun says through pipes: files could not be written to. */
function callPiped(rig: Rig, conditions: readonly Condition[], args: readonly string[]): Outcome {
  const script = '{ { "$@" | cat >&3; } 2>&1 | cat >&2; } 3>&1';
  const command = [...callerOf(rig, ...conditions), TSRUN, '--root', rig.tsrun.root, ...args];
  return rig.tsrun.execute('/bin/bash', ['-o', 'pipefail', '-c', script, 'bash', ...command], rig.options());
}

describe('a caller who may write no file', () => {
  const nothing = [limit('FSIZE', 0)];

  test('is told so by create, which leaves nothing', async () => {
    const rig = newRig(['/probe', 'true']);
    for (const verb of ['create', 'run']) {
      const outcome = callPiped(rig, nothing, [verb, '--bundle', rig.bundle.path, rig.id]);
      rig.expectWorded(outcome, verb);
      expect(outcome.stderr).toContain('file too large (EFBIG)');
      await rig.expectNothingLeft(verb);
    }
  });

  test('can look at a container, start it and delete it', async () => {
    const rig = newRig(['/probe', 'sleep', '60']);
    rig.create();
    expect(JSON.parse(callPiped(rig, nothing, ['state', rig.id]).stdout)).toMatchObject({ status: 'created' });
    expect(callPiped(rig, nothing, ['start', rig.id])).toMatchObject({ status: 0, stderr: '' });
    expect(callPiped(rig, nothing, ['list', '--quiet'])).toMatchObject({ status: 0, stdout: `${rig.id}\n` });
    expect(callPiped(rig, nothing, ['delete', '--force', rig.id])).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft('delete');
  });
});

test('a container has the limits of its config and the default action of SIGXFSZ, whatever its caller has', () => {
  const rig = new Rig(['/probe', 'report'], (spec) => {
    spec.process.rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 80, hard: 81 },
      { type: 'RLIMIT_STACK', soft: 1 * MIB, hard: 2 * MIB },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ];
  });
  const soft: Condition = ['limit', RLIMIT.STACK, 65536, 8 * MIB];
  const outcome = callAs(rig, [soft, limit('NOFILE', 128)], ['run', '--bundle', rig.bundle.path, rig.id]);
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  const { rlimits, sigIgn } = parseReport(outcome.stdout);
  expect(rlimits).toMatchObject({
    RLIMIT_NOFILE: { soft: '80', hard: '81' },
    RLIMIT_STACK: { soft: String(MIB), hard: String(2 * MIB) },
    RLIMIT_CORE: { soft: '0', hard: '0' },
  });
  expect(sigIgn).toBe('0000000000000000');
});

test("a container without limits in its config has its caller's, also those that were raised for the engine", () => {
  const rig = newRig(['/probe', 'report']);
  const outcome = callAs(
    rig,
    [
      ['limit', RLIMIT.STACK, 65536, 8 * MIB],
      ['limit', RLIMIT.AS, 64 * MIB, 1024 * MIB],
    ],
    ['run', '--bundle', rig.bundle.path, rig.id],
  );
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(parseReport(outcome.stdout).rlimits).toMatchObject({
    RLIMIT_STACK: { soft: '65536', hard: String(8 * MIB) },
    RLIMIT_AS: { soft: String(64 * MIB), hard: String(1024 * MIB) },
  });
});

test('a user who may have no other process is told so in one line by every verb', () => {
  const rig = newRig(['/probe', 'true']);
  const alone: Condition[] = [limit('NPROC', 1), ['user', 4242]];
  for (const args of [rig.createArguments(), ['list'], ['delete', '--force', rig.id], ['features']]) {
    const outcome = callAs(rig, alone, args);
    rig.expectWorded(outcome, args[0] ?? '');
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr.toLowerCase()).toContain('resource temporarily unavailable (eagain)');
  }
});
