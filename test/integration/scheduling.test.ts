// process.scheduler and process.ioPriority.
import { writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Process } from '../../src/spec/types.js';
import { shareNamespace } from '../support/bundle.js';
import { besideBundle, startHost } from '../support/exec.js';
import { runBundle, runProbe } from '../support/probe.js';

/** What `probe scheduling` prints; policies and classes by the numbers of the kernel. */
interface Scheduling {
  readonly policy: number;
  readonly flags: number;
  readonly nice: number;
  readonly priority: number;
  readonly runtime: number;
  readonly deadline: number;
  readonly period: number;
  readonly ioClass: number;
  readonly ioLevel: number;
}

const RESET_ON_FORK = 1;
const DEFAULT: Scheduling = {
  policy: 0,
  flags: 0,
  nice: 0,
  priority: 0,
  runtime: 0,
  deadline: 0,
  period: 0,
  ioClass: 0,
  ioLevel: 0,
};

function schedulingOf(process: Partial<Process>): Scheduling {
  const text = runProbe(['scheduling'], { mutate: (spec) => Object.assign(spec.process, process) });
  const { runtime, ...found } = JSON.parse(text) as Scheduling;
  // Since Linux 6.12 SCHED_OTHER tells its slice here, where nobody set one.
  return { ...found, runtime: found.policy === 6 ? runtime : 0 };
}

/** Without a scheduler. */
const INHERITED: Scheduling = { ...DEFAULT, nice: getPriority() };

describe('process.scheduler', () => {
  test.each([
    [
      { policy: 'SCHED_OTHER', nice: 5 },
      { policy: 0, nice: 5 },
    ],
    [
      { policy: 'SCHED_OTHER', nice: -5 },
      { policy: 0, nice: -5 },
    ],
    [
      { policy: 'SCHED_BATCH', nice: 19 },
      { policy: 3, nice: 19 },
    ],
    // The kernel has no nice value for it, and keeps what was there.
    [{ policy: 'SCHED_IDLE' }, { policy: 5, nice: getPriority() }],
    [
      { policy: 'SCHED_FIFO', priority: 1 },
      { policy: 1, priority: 1 },
    ],
    [
      { policy: 'SCHED_RR', priority: 99 },
      { policy: 2, priority: 99 },
    ],
    [
      { policy: 'SCHED_RR', priority: 7, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
      { policy: 2, priority: 7, flags: RESET_ON_FORK },
    ],
    [
      { policy: 'SCHED_DEADLINE', runtime: 1_000_000, deadline: 8_000_000, period: 16_000_000 },
      { policy: 6, runtime: 1_000_000, deadline: 8_000_000, period: 16_000_000 },
    ],
  ] as const)('%j is that of the program', (scheduler, expected) => {
    expect(schedulingOf({ scheduler: scheduler as NonNullable<Process['scheduler']> })).toEqual({
      ...DEFAULT,
      ...expected,
    });
  });

  test('is set for a user without privileges too, who could not have set it', () => {
    const found = schedulingOf({
      user: { uid: 1000, gid: 1000 },
      capabilities: {},
      scheduler: { policy: 'SCHED_FIFO', priority: 3 },
    });
    expect(found).toMatchObject({ policy: 1, priority: 3 });
  });

  test("is the caller's without one", () => {
    expect(schedulingOf({})).toEqual(INHERITED);
  });

  test.each([
    [{ policy: 'SCHED_ISO' }, 'process.scheduler.policy: found "SCHED_ISO"'],
    [{ policy: 'SCHED_FASTEST' }, 'process.scheduler.policy'],
    [{ policy: 'SCHED_OTHER', nice: 20 }, 'process.scheduler.nice: found 20'],
    [{ policy: 'SCHED_FIFO' }, 'process.scheduler.priority: found 0, must be from 1 to 99'],
    [{ policy: 'SCHED_RR', priority: 100 }, 'process.scheduler.priority: found 100'],
    [{ policy: 'SCHED_IDLE', priority: 1 }, 'process.scheduler.priority: found 1, must be set for "SCHED_FIFO"'],
    [{ policy: 'SCHED_OTHER', period: 5 }, 'process.scheduler.period: found 5, must be set for "SCHED_DEADLINE" only'],
    [{ policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_FASTER'] }, 'process.scheduler.flags[0]'],
  ])('%j is refused', (scheduler, words) => {
    const { status, stderr } = runBundle({ mutate: (spec) => Object.assign(spec.process, { scheduler }) });
    expect(status).toBe(1);
    expect(stderr).toContain(words);
  });

  test('that the kernel refuses is an error that says why, and nothing is left', () => {
    const { status, stderr } = runBundle({
      mutate: (spec) => {
        // Longer than sysctl kernel.sched_deadline_period_max_us, which is 4 seconds.
        const period = 60_000_000_000;
        spec.process.scheduler = { policy: 'SCHED_DEADLINE', runtime: 5_000_000, deadline: period, period };
      },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/: set the scheduler SCHED_DEADLINE: invalid argument \(EINVAL\)\n.*sched_setattr\(2\)/);
  });
});

describe('exec', () => {
  test("has the scheduling of the container's own process", () => {
    const host = startHost({
      mutate: (spec) => {
        spec.process.scheduler = { policy: 'SCHED_FIFO', priority: 4 };
        spec.process.ioPriority = { class: 'IOPRIO_CLASS_IDLE' };
      },
    });
    const { stdout } = host.exec(['/probe', 'scheduling'], ['--user', '1000']);
    expect(JSON.parse(stdout)).toMatchObject({ policy: 1, priority: 4, ioClass: 3 });
  });

  test('has that of --process instead', () => {
    const host = startHost();
    const file = besideBundle(host, 'process.json');
    const process = { args: ['/probe', 'scheduling'], cwd: '/', scheduler: { policy: 'SCHED_BATCH', nice: 7 } };
    writeFileSync(file, JSON.stringify(process));
    const { stdout } = host.exec([], ['--process', file]);
    expect(JSON.parse(stdout)).toMatchObject({ policy: 3, nice: 7 });
  });
});

describe('process.ioPriority', () => {
  test.each([
    [
      { class: 'IOPRIO_CLASS_RT', priority: 2 },
      { ioClass: 1, ioLevel: 2 },
    ],
    [
      { class: 'IOPRIO_CLASS_BE', priority: 7 },
      { ioClass: 2, ioLevel: 7 },
    ],
    [{ class: 'IOPRIO_CLASS_IDLE' }, { ioClass: 3, ioLevel: 0 }],
  ] as const)('%j is that of the program', (ioPriority, expected) => {
    expect(schedulingOf({ ioPriority })).toEqual({ ...INHERITED, ...expected });
  });

  test('is set together with a scheduler, and without a pid namespace', () => {
    const text = runProbe(['scheduling'], {
      mutate: (spec) => {
        shareNamespace(spec, 'pid');
        spec.process.scheduler = { policy: 'SCHED_BATCH', nice: 3 };
        spec.process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 0 };
      },
    });
    expect(JSON.parse(text)).toMatchObject({ policy: 3, nice: 3, ioClass: 2, ioLevel: 0 });
  });

  test.each([
    [{ class: 'IOPRIO_CLASS_BE', priority: 8 }, 'process.ioPriority.priority: found 8, must be from 0 to 7'],
    [{ class: 'IOPRIO_CLASS_NONE' }, 'process.ioPriority.class'],
  ])('%j is refused', (ioPriority, words) => {
    const { status, stderr } = runBundle({ mutate: (spec) => Object.assign(spec.process, { ioPriority }) });
    expect(status).toBe(1);
    expect(stderr).toContain(words);
  });
});
