// Whatever fails while a filter of system calls is made, found, loaded or handed over: there is never a container without it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Seccomp } from '../../src/spec/types.js';
import { superviseCalls } from '../support/listener.js';
import { numberOf } from '../support/seccomp.js';
import { type FaultyOutcome, Rig } from './rig.js';

const TSRUN = 0;
const INIT = 2;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

const { EPERM, ENOMEM, EIO, EINVAL, ENOSYS, ENOSPC } = constants.errno;
const ERRORS = [EPERM, ENOMEM, EIO, EINVAL, ENOSYS, ENOSPC];

const FILTER: Seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['chroot', 'reboot'], action: 'SCMP_ACT_ERRNO' }],
};

const newRig = (seccomp: Seccomp) =>
  new Rig(undefined, (spec) => {
    spec.linux.seccomp = seccomp;
    // So it is loaded by create.
    spec.process.noNewPrivileges = false;
  });

const cacheOf = (rig: Rig) => join(rig.tsrun.root, '.seccomp');

/** A create either says what is wrong and leaves nothing, or has made a container with the filter; and the cache has whole files only. */
async function expectFilterOrNothing(
  rig: Rig,
  { status, stderr }: { status: number | null; stderr: string },
  what: string,
) {
  if (status === 0) {
    const text = readFileSync(`/proc/${rig.init().pid}/status`, 'utf8');
    expect(text, what).toMatch(/^Seccomp:\t2$/m);
  } else {
    expect(stderr, what).toMatch(/^tsrun: .*\n(hint: .*\n)?$/);
    await rig.expectNothingLeft(what);
  }
  await rig.expectDeletable(what);
  const files = existsSync(cacheOf(rig)) ? readdirSync(cacheOf(rig)) : [];
  expect(
    files.filter((name) => !/^[0-9a-f]{2}$/.test(name)),
    what,
  ).toEqual([]);
}

/** The calls of a process during create, and the indexes of those that concern the filter. */
function recordCalls(
  rig: Rig,
  process: number,
  isFirst: string,
  isLast: string,
): { calls: string[]; from: number; to: number } {
  const calls = rig.record(process, rig.createArguments());
  rig.must('delete', '--force', rig.id);
  const begin = process === TSRUN ? calls.lastIndexOf(HELPER_BEGINS) : 0;
  const from = calls.indexOf(isFirst, begin);
  return { calls, from, to: calls.indexOf(isLast, from) };
}

for (const [name, forget] of [
  ['found again', () => {}],
  ['made', (rig: Rig) => rmSync(cacheOf(rig), { recursive: true, force: true })],
] as const) {
  test(`no call that fails while a filter is ${name} makes a container without it`, async () => {
    const rig = newRig(FILTER);
    rig.create();
    rig.must('delete', '--force', rig.id);
    forget(rig);
    const { from, to } = recordCalls(rig, TSRUN, HELPER_BEGINS, 'clone3');
    expect(to - from).toBeGreaterThan(10);
    for (let index = from + 2; index <= to; index += 1) {
      forget(rig);
      const error = ERRORS[index % ERRORS.length] ?? EPERM;
      const outcome = rig.inflict({ process: TSRUN, index }, error, rig.createArguments());
      await expectFilterOrNothing(rig, outcome, `call ${index}, ${outcome.hit}, errno ${error}`);
    }
  });
}

/** Init makes a call more or less than when it was recorded, so this one is looked for around its index. */
async function inflictOn(call: string, rig: Rig, index: number, error: number): Promise<FaultyOutcome> {
  for (const near of [index, index - 1, index + 1, index - 2, index + 2]) {
    const outcome = rig.inflict({ process: INIT, index: near }, error, rig.createArguments());
    if (outcome.hit === call) return outcome;
    await rig.expectDeletable(`call ${near}`);
  }
  throw new Error(`init does not call ${call} near its call ${index}`);
}

test('a filter that cannot be loaded stops create, which says so', async () => {
  const rig = newRig(FILTER);
  // The first one also makes the mount points.
  rig.create();
  rig.must('delete', '--force', rig.id);
  const { calls, from } = recordCalls(rig, INIT, 'seccomp', 'exit');
  expect(calls[from]).toBe('seccomp');
  for (const error of ERRORS) {
    const outcome = await inflictOn('seccomp', rig, from + 1, error);
    expect(outcome.stderr).toContain('load the filter of system calls (linux.seccomp)');
    await expectFilterOrNothing(rig, outcome, `errno ${error}`);
  }
});

test.each([
  ['the helper', TSRUN, 'pidfd_getfd', 'sendmsg'],
  ['init', INIT, 'seccomp', 'prctl 24'],
] as const)('a listener that %s cannot hand over stops create', async (_name, process, first, last) => {
  const agent = async () => {
    rmSync(join(rig.directory, 'agent.sock'), { force: true });
    await superviseCalls(numberOf('getppid'), EPERM, join(rig.directory, 'agent.sock'));
  };
  const rig = newRig({
    defaultAction: 'SCMP_ACT_ALLOW',
    listenerPath: '/unknown yet',
    syscalls: [{ names: ['getppid'], action: 'SCMP_ACT_NOTIFY' }],
  });
  const text = readFileSync(rig.bundle.config, 'utf8');
  writeFileSync(rig.bundle.config, text.replace('/unknown yet', join(rig.directory, 'agent.sock')));
  await agent();
  rig.create();
  rig.must('delete', '--force', rig.id);
  await agent();
  const { from, to } = recordCalls(rig, process, first, last);
  for (let index = from + 1; index <= to; index += 1) {
    await agent();
    const outcome = rig.inflict({ process, index }, EPERM, rig.createArguments());
    await expectFilterOrNothing(rig, outcome, `call ${index}, ${outcome.hit}`);
  }
});
