// Callers whose own cgroup is nearly full, of processes or of memory: tsrun does what it was asked to or says in one line what is missing, and whatever
// the kernel kills of it then leaves nothing that delete --force does not remove.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ALL, Rig } from '../../faults/rig.js';
import { TSRUN } from '../../support/paths.js';
import type { Outcome } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';

const MIB = 1 << 20;
const ROOT = '/sys/fs/cgroup';

beforeAll(() => writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+pids +memory'));

/** A cgroup with these limits, empty again at the end of the test. */
function makeCaller(rig: Rig, limits: Readonly<Record<string, string>>): string {
  const cgroup = join(ROOT, `${rig.id}-caller`);
  mkdirSync(cgroup);
  onTestFinished(async () => {
    writeFileSync(join(cgroup, 'cgroup.kill'), '1');
    await waitFor('the end of the caller', () =>
      readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('populated 0'),
    );
    rmdirSync(cgroup);
  });
  for (const [file, value] of Object.entries(limits)) writeFileSync(join(cgroup, file), value);
  return cgroup;
}

function callIn(rig: Rig, cgroup: string, args: readonly string[]): Outcome {
  const script = 'echo $$ > "$0/cgroup.procs"; exec "$@"';
  return rig.tsrun.execute('/bin/sh', ['-c', script, cgroup, TSRUN, '--root', rig.tsrun.root, ...args], rig.options());
}

/** Every verb once, from a state that a caller without limits has made where the limited one could not; answers which worked. */
async function walkThrough(
  rig: Rig,
  call: (args: readonly string[]) => Outcome,
  expectTold: (outcome: Outcome, what: string) => void,
): Promise<string[]> {
  const worked: string[] = [];
  const step = (...args: string[]): boolean => {
    const outcome = call(args);
    const [verb = ''] = args;
    if (outcome.status === 0) worked.push(verb);
    else expectTold(outcome, verb);
    return outcome.status === 0;
  };
  if (!step(...rig.createArguments())) {
    rig.expectValidState('create');
    await rig.expectDeletable('create');
    rig.create();
  }
  step('state', rig.id);
  if (!step('start', rig.id) && rig.expectValidState('start') === 'created') rig.must('start', rig.id);
  step('exec', rig.id, '/probe', 'true');
  step('exec', '--user', '1:1', '--cap', 'CAP_KILL', rig.id, '/probe', 'true');
  step('list', '--quiet');
  step('kill', rig.id, 'KILL');
  if (!step('delete', '--force', rig.id)) rig.expectValidState('delete');
  await rig.expectDeletable('delete');
  return worked;
}

describe('a caller in a cgroup with a limit of processes', () => {
  const told = (rig: Rig) => (outcome: Outcome, what: string) => {
    rig.expectWorded(outcome, what);
    expect(outcome.stderr, what).toMatch(/\(EAGAIN\)|pids|threads/i);
  };

  const limits = ALL ? Array.from({ length: 20 }, (_, index) => index + 1) : [1, 2, 3, 5, 8, 13, 20];

  test.each(limits)('of %i works, or says so', async (limit) => {
    const rig = new Rig();
    const cgroup = makeCaller(rig, { 'pids.max': String(limit) });
    const worked = await walkThrough(rig, (args) => callIn(rig, cgroup, args), told(rig));
    // What needs no engine needs no other process.
    expect(worked).toContain('state');
    if (limit === 1) expect(worked).not.toContain('create');
    if (limit === 20) expect(worked).toHaveLength(8);
  });
});

describe('a caller in a cgroup with a limit of memory', () => {
  test.each(ALL ? [1, 2, 4, 8, 16, 24, 32, 48, 64, 128] : [1, 4, 16, 48, 128])(
    'of %i MiB works, or is killed by the kernel, or says so',
    async (size) => {
      const rig = new Rig();
      const cgroup = makeCaller(rig, { 'memory.max': String(size * MIB), 'memory.swap.max': '0' });
      const killed = () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(cgroup, 'memory.events'), 'utf8'))?.[1]);
      let before = killed();
      const worked = await walkThrough(
        rig,
        (args) => {
          before = killed();
          return callIn(rig, cgroup, args);
        },
        (outcome, what) => {
          const byKernel = outcome.signal === 'SIGKILL' && killed() > before;
          if (!byKernel) rig.expectWorded(outcome, what);
        },
      );
      if (size === 128) expect(worked).toHaveLength(8);
    },
  );
});
