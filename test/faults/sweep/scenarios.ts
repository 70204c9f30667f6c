// What the sweep goes through: one table of what tsrun is asked to do, of which processes that consists, how it begins, and what has to be
// true afterwards. What has to be true after every fault, whatever it hit, is in examine.ts.
import type { Bundle, SpecDraft } from '../../support/bundle.js';
import { inUserNamespace } from '../../support/idmap.js';
import * as expectations from './expectations.js';
import type { SweepRig } from './sweep-rig.js';

/**
 * Which process a fault hits: `front`, tsrun up to where it becomes the `helper`; the `engine`; `init`, or the `process` of an exec with the
 * `stage` that enters for it; a `hook` before its program is executed.
 */
export type Role = 'front' | 'helper' | 'engine' | 'init' | 'stage' | 'process' | 'hook';

export interface Scenario {
  readonly verb: string;
  /** What is special about it. */
  readonly variant?: string;
  /** Of each process its place in the order of birth; `waiting`: the init that runs already. */
  readonly processes: Readonly<Partial<Record<Role, number | 'waiting'>>>;
  /** What the container executes; default: sleep. */
  readonly program?: readonly string[];
  readonly mutate?: (spec: SpecDraft, bundle: Bundle) => void;
  /** What is needed once, such as a socket. */
  readonly prepare?: (rig: SweepRig) => Promise<void> | void;
  /** Brings the container to where the verb finds it, each time. */
  readonly begin?: (rig: SweepRig) => void;
  readonly args: (rig: SweepRig) => string[];
  /** What success promises. */
  readonly succeeded: expectations.Expectation;
  /** What failure promises beside what every failure does. */
  readonly failed?: expectations.Expectation;
  /** Builds what a program is confined by: then a failed call that is not an error of the command has to be in tolerated.ts. */
  readonly confines?: true;
  /** A warning with which it may have succeeded, and left a container that has stopped. */
  readonly leaves?: RegExp;
  /** Calls, or those of a role, that may fail here beside those, and why that weakens nothing. */
  readonly tolerates?: Readonly<Record<string, string>>;
  /** Its status may be that of the program. */
  readonly passesStatus?: true;
  /** So many times as many points as others in a sample; default 1. */
  readonly weight?: number;
}

/** A flag that changes nothing, and that the front leaves to the engine. */
const BY_ENGINE = '--rootless=auto';

const run = (rig: SweepRig) => void rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
const create = (rig: SweepRig) => rig.create();
const createArguments = (rig: SweepRig) => rig.createArguments();

const CREATE = {
  verb: 'create',
  args: createArguments,
  succeeded: expectations.created,
  failed: expectations.undone,
  confines: true,
} as const;

const RUN = {
  verb: 'run',
  tolerates: {
    openat: 'who removes the container may not be written down, which only others read',
    'helper poll': 'it only waits for a signal, and looks for its child in any case',
    'helper read':
      'it was told of a signal, or notes who removes the container; what is read to confine it is in create',
    'helper write': 'as openat; what is written to confine it is in create',
  },
  program: ['/probe', 'true'],
  args: (rig: SweepRig) => ['run', '--bundle', rig.bundle.path, rig.id],
  succeeded: expectations.gone,
  // Its status is that of the program, which has ended by then.
  leaves: /^tsrun: warning: (kill what is in cgroup|remove cgroup|remove state|take its lock)/,
  confines: true,
  passesStatus: true,
} as const;

const START = {
  verb: 'start',
  begin: create,
  args: (rig: SweepRig) => ['start', rig.id],
  succeeded: expectations.running,
} as const;

const EXEC = {
  verb: 'exec',
  begin: run,
  args: (rig: SweepRig) => ['exec', rig.id, '/probe', 'exit', '0'],
  succeeded: expectations.alone,
  failed: expectations.alone,
  tolerates: {
    'helper poll': 'it only waits for a signal, and looks for its child in any case',
    'helper read': 'it was told of a signal',
  },
  passesStatus: true,
} as const;

const UPDATE = {
  verb: 'update',
  mutate: expectations.setLimits,
  prepare: expectations.writeLimits,
  begin: run,
  args: expectations.updateArguments,
  succeeded: expectations.updated,
  failed: expectations.whole,
} as const;

const KILL = {
  verb: 'kill',
  begin: run,
  args: (rig: SweepRig) => ['kill', rig.id, 'KILL'],
  succeeded: expectations.stopped,
} as const;

const DELETE = {
  verb: 'delete',
  begin: create,
  args: (rig: SweepRig) => ['delete', rig.id],
  succeeded: expectations.gone,
} as const;

const PAUSE = {
  verb: 'pause',
  begin: run,
  args: (rig: SweepRig) => ['pause', rig.id],
  succeeded: expectations.paused,
  failed: expectations.freezable,
} as const;

const RESUME = {
  verb: 'resume',
  begin: (rig: SweepRig) => {
    run(rig);
    rig.must('pause', rig.id);
  },
  args: (rig: SweepRig) => ['resume', rig.id],
  succeeded: expectations.running,
  failed: expectations.freezable,
} as const;

const STATE = {
  verb: 'state',
  begin: run,
  args: (rig: SweepRig) => ['state', rig.id],
  succeeded: expectations.told,
} as const;

const OF_HOOKS = { read: 'the output of a hook only illustrates its status', write: 'a hook need not read its state' };

/** Hooks of both sides: the parent of the one is the helper, of the other init. */
function addHooks(spec: SpecDraft): void {
  spec.hooks = { createRuntime: [{ path: '/bin/true' }], createContainer: [{ path: '/bin/true' }] };
}

export const SCENARIOS: readonly Scenario[] = [
  { ...CREATE, processes: { front: 0, helper: 0, engine: 1, init: 2 }, weight: 4 },
  {
    ...CREATE,
    variant: 'with hooks',
    processes: { helper: 0, init: 2, hook: 3 },
    mutate: addHooks,
    tolerates: OF_HOOKS,
  },
  { ...CREATE, variant: 'with a user namespace', processes: { helper: 0, init: 2 }, mutate: inUserNamespace() },
  {
    ...CREATE,
    variant: 'with a terminal',
    processes: { helper: 0, init: 2 },
    mutate: (spec) => {
      spec.process.terminal = true;
    },
    prepare: expectations.listenForTerminal,
    args: expectations.terminalArguments,
  },
  {
    ...CREATE,
    variant: 'that a caller waits for',
    processes: { helper: 0, init: 2 },
    tolerates: { mount_setattr: 'it is repeated without what the source may lock, and each of that on its own' },
    prepare: expectations.receiveReadiness,
  },
  { ...RUN, processes: { front: 0, helper: 0, engine: 1, init: 2 } },
  {
    ...RUN,
    variant: '--detach',
    processes: { helper: 0, init: 2 },
    program: ['/probe', 'sleep', '60'],
    args: (rig) => ['run', '--detach', '--bundle', rig.bundle.path, rig.id],
    succeeded: expectations.running,
  },
  { ...START, processes: { front: 0, helper: 0, init: 'waiting' } },
  { ...START, variant: 'by the engine', processes: { engine: 1 }, args: (rig) => [BY_ENGINE, 'start', rig.id] },
  {
    ...START,
    variant: 'that waits for readiness',
    processes: { helper: 0 },
    program: ['/probe', 'notify', '-', '60', 'READY=1'],
    prepare: expectations.receiveReadiness,
  },
  { ...EXEC, processes: { front: 0, helper: 0, stage: 1, process: 2 }, confines: true, weight: 2 },
  {
    ...EXEC,
    variant: 'by the engine',
    processes: { helper: 0, engine: 1 },
    args: (rig) => [BY_ENGINE, ...EXEC.args(rig)],
  },
  {
    ...EXEC,
    variant: 'with a user namespace',
    processes: { stage: 1, process: 2 },
    mutate: inUserNamespace(),
    confines: true,
  },
  {
    ...EXEC,
    variant: 'with a terminal',
    processes: { helper: 0, process: 3 },
    prepare: expectations.listenForTerminal,
    args: expectations.execTerminalArguments,
    confines: true,
  },
  { ...KILL, processes: { front: 0 } },
  { ...KILL, variant: 'by the engine', processes: { engine: 1 }, args: (rig) => [BY_ENGINE, ...KILL.args(rig)] },
  {
    ...KILL,
    variant: '--all',
    processes: { helper: 0 },
    args: (rig) => ['kill', '--all', rig.id, 'KILL'],
  },
  { ...DELETE, processes: { front: 0, helper: 0, engine: 1 } },
  {
    ...DELETE,
    variant: '--force',
    processes: { helper: 0, engine: 1 },
    begin: run,
    args: (rig) => ['delete', '--force', rig.id],
  },
  {
    ...DELETE,
    variant: '--force of what was ready',
    processes: { helper: 0 },
    program: ['/probe', 'notify', '-', '60', 'READY=1'],
    prepare: expectations.receiveReadiness,
    begin: (rig) => {
      create(rig);
      rig.must('start', rig.id);
    },
    args: (rig) => ['delete', '--force', rig.id],
  },
  { ...UPDATE, processes: { front: 0, engine: 1, helper: 2 } },
  { ...PAUSE, processes: { front: 0, helper: 0, engine: 1 } },
  { ...RESUME, processes: { helper: 0, engine: 1 } },
  { ...STATE, processes: { front: 0 } },
  { ...STATE, variant: 'by the engine', processes: { engine: 1 }, args: (rig) => [BY_ENGINE, 'state', rig.id] },
  {
    verb: 'list',
    processes: { front: 0, engine: 1 },
    begin: run,
    args: () => ['list'],
    succeeded: expectations.listed,
  },
];

export function titleOf({ verb, variant }: Pick<Scenario, 'verb' | 'variant'>): string {
  return variant === undefined ? verb : `${verb} ${variant}`;
}
