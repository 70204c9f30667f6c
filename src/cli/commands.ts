// The tables of the command line: what verbs there are, their flags and positionals, and where each is implemented. No logic.
import type { CgroupManager } from '../index.js';
import { BUNDLE, CREATE_FLAGS, EXEC_FLAGS, UPDATE_FLAGS } from './command-flags.js';
import type { Flag, FlagValues } from './flags.js';

/** The global flags, read. */
export interface Globals {
  readonly root: string;
  readonly log: string | undefined;
  readonly logFormat: 'text' | 'json';
  readonly debug: boolean;
  readonly cgroupManager: CgroupManager;
  /** undefined: auto. */
  readonly rootless: boolean | undefined;
}

/** What a verb is called with. */
export interface Invocation {
  readonly verb: string;
  readonly globals: Globals;
  readonly values: FlagValues;
  readonly positionals: readonly string[];
  readonly warn: (message: string) => void;
}

/** Does the verb and answers tsrun's exit status. */
export type Run = (invocation: Invocation) => Promise<number>;

export interface Command {
  readonly name: string;
  readonly description: string;
  /** Names of the positionals in help; one in brackets may be left out, and one with dots be many. Those are another program's arguments. */
  readonly positionals: readonly string[];
  readonly flags: readonly Flag[];
  /** Exit status of a failure that is not one of the command line; default 1. */
  readonly failureStatus?: number;
  /** Loads the implementation: a verb pays for no other verb's modules. */
  readonly load: () => Promise<Run>;
}

/** True if what follows the first positional belongs to another program, whatever it looks like. */
export function passesArguments({ positionals }: Pick<Command, 'positionals'>): boolean {
  return positionals.at(-1)?.endsWith('...]') ?? false;
}

export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: 'root',
    value: 'dir',
    description: 'directory of container state (default "/run/tsrun", or $XDG_RUNTIME_DIR/tsrun)',
  },
  { name: 'log', value: 'file', description: 'append warnings and errors to this file as well' },
  { name: 'log-format', value: 'format', description: 'format of that file: text or json (default "text")' },
  { name: 'debug', description: 'show the causes of an error' },
  { name: 'systemd-cgroup', description: 'let systemd make the cgroups, as --cgroup-manager=systemd' },
  {
    name: 'cgroup-manager',
    value: 'manager',
    description: 'who makes the cgroups: cgroupfs (tsrun itself), systemd, or disabled (default "cgroupfs")',
  },
  {
    name: 'rootless',
    value: 'mode',
    description:
      'whether a container without limits may go without a cgroup where none can be made: true, false, or auto, if the caller is not root of the host (default "auto")',
  },
  { name: 'criu', value: 'path', description: 'accepted for compatibility: runc ignores it as well', hidden: true },
];

const ID = 'container-id';

/** runc's verbs that there are not: whatever follows, the answer is that. Also to `--help`, by which podman looks whether there are checkpoints. */
export const ABSENT_VERBS: readonly string[] = ['checkpoint', 'restore'];

export const COMMANDS: readonly Command[] = [
  {
    name: 'create',
    description: 'create a container',
    positionals: [ID, '[bundle]'],
    flags: CREATE_FLAGS,
    load: async () => (await import('./create.js')).create,
  },
  {
    name: 'run',
    description: 'create and start a container',
    positionals: [ID, '[bundle]'],
    flags: [
      ...CREATE_FLAGS,
      { name: 'detach', short: 'd', description: 'do not wait for the program to end' },
      { name: 'keep', description: 'keep the container after its program has ended' },
      { name: 'no-subreaper', description: 'leave orphans of the container to another process to reap', hidden: true },
    ],
    load: async () => (await import('./create.js')).run,
  },
  {
    name: 'start',
    description: 'execute the program of a created container',
    positionals: [ID],
    flags: [],
    load: async () => (await import('./start.js')).start,
  },
  {
    name: 'exec',
    description: 'execute a program in a container',
    positionals: [ID, '[program...]'],
    flags: EXEC_FLAGS,
    failureStatus: 255,
    load: async () => (await import('./exec.js')).exec,
  },
  {
    name: 'state',
    description: 'print the state of a container as JSON',
    positionals: [ID],
    flags: [],
    load: async () => (await import('./state.js')).state,
  },
  {
    name: 'kill',
    description: 'send a signal (default "TERM") to a container',
    positionals: [ID, '[signal]'],
    flags: [{ name: 'all', short: 'a', description: 'signal every process of the container' }],
    load: async () => (await import('./kill.js')).kill,
  },
  {
    name: 'pause',
    description: 'suspend every process of a container',
    positionals: [ID],
    flags: [],
    load: async () => (await import('./pause.js')).pause,
  },
  {
    name: 'resume',
    description: 'let a paused container go on',
    positionals: [ID],
    flags: [],
    load: async () => (await import('./pause.js')).resume,
  },
  {
    name: 'update',
    description: 'change the limits of a container',
    positionals: [ID],
    flags: UPDATE_FLAGS,
    load: async () => (await import('./update.js')).update,
  },
  {
    name: 'delete',
    description: 'delete a container that is stopped or was never started',
    positionals: [ID],
    flags: [{ name: 'force', short: 'f', description: 'kill it first if it runs; succeed if it does not exist' }],
    load: async () => (await import('./delete.js')).remove,
  },
  {
    name: 'gc',
    description: 'remove what crashes have left in the state root',
    positionals: [],
    flags: [
      { name: 'dry-run', description: 'print what would be removed, and remove nothing' },
      { name: 'format', short: 'f', value: 'format', description: 'text or json (default "text")' },
    ],
    load: async () => (await import('./gc.js')).gc,
  },
  {
    name: 'list',
    description: 'list containers',
    positionals: [],
    flags: [
      { name: 'format', short: 'f', value: 'format', description: 'table or json (default "table")' },
      { name: 'quiet', short: 'q', description: 'print only the ids' },
    ],
    load: async () => (await import('./list.js')).list,
  },
  {
    name: 'ps',
    description: "list the processes of a container, with the host's ps",
    positionals: [ID, '[ps-args...]'],
    flags: [{ name: 'format', short: 'f', value: 'format', description: 'table or json (default "table")' }],
    load: async () => (await import('./ps.js')).ps,
  },
  {
    name: 'events',
    description: 'print what a container uses, and when it runs out of memory, as lines of JSON',
    positionals: [ID],
    flags: [
      { name: 'interval', value: 'duration', description: 'time from one print to the next (default "5s")' },
      { name: 'stats', description: 'print once what it has used, and end' },
    ],
    load: async () => (await import('./events.js')).events,
  },
  {
    name: 'spec',
    description: 'write a config.json to begin with',
    positionals: [],
    flags: [BUNDLE, { name: 'rootless', description: 'write one for a user without root' }],
    load: async () => (await import('./spec.js')).spec,
  },
  {
    name: 'plan',
    description: 'print what would be done for a bundle, without doing it',
    positionals: ['[bundle]'],
    flags: [
      BUNDLE,
      { name: 'format', short: 'f', value: 'format', description: 'text or json (default "text")' },
      { name: 'id', value: 'id', description: "the container's id (default: the name of the bundle)" },
      { name: 'no-pivot', description: 'as for create' },
    ],
    load: async () => (await import('./plan.js')).plan,
  },
  {
    name: 'check',
    description: 'say what is wrong with a bundle, all at once, without making a container of it',
    positionals: ['[bundle]'],
    flags: [
      BUNDLE,
      { name: 'host', description: 'also say what this machine cannot do' },
      { name: 'audit', description: 'also say what the container may do that it should not' },
      { name: 'format', short: 'f', value: 'format', description: 'text, json or sarif (default "text")' },
    ],
    load: async () => (await import('./check.js')).check,
  },
  {
    name: 'features',
    description: 'print what this runtime can do, as JSON',
    positionals: [],
    flags: [],
    load: async () => (await import('./features.js')).features,
  },
];
