// The tables of the command line: what verbs there are, their flags and positionals, and where each is implemented. No logic.
import type { CgroupManager } from '../index.js';
import type { Flag, FlagValues } from './flags.js';

/** The global flags, read. */
export interface Globals {
  readonly root: string;
  readonly log: string | undefined;
  readonly logFormat: 'text' | 'json';
  readonly debug: boolean;
  readonly cgroupManager: CgroupManager;
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
    description: 'auto, true or false: accepted, as what may be done follows from the caller (default "auto")',
  },
];

const BUNDLE: Flag = {
  name: 'bundle',
  short: 'b',
  value: 'dir',
  description: 'path of the bundle (default: the current directory)',
};

const CREATE_FLAGS: readonly Flag[] = [
  BUNDLE,
  { name: 'console-socket', value: 'path', description: 'socket that receives the terminal' },
  { name: 'pidfd-socket', value: 'path', description: 'socket that receives a pidfd of init', hidden: true },
  { name: 'pid-file', value: 'path', description: 'file that receives the pid of init' },
  { name: 'no-pivot', description: 'use chroot(2) instead of pivot_root(2), for a rootfs on a ramdisk' },
  { name: 'no-new-keyring', description: 'do not create a session keyring' },
  { name: 'preserve-fds', value: 'n', description: 'pass n descriptors, from 3 on, to the program' },
];

const UPDATE_FLAGS: readonly Flag[] = [
  { name: 'resources', short: 'r', value: 'file', description: 'linux.resources as JSON, "-" for standard input' },
  { name: 'dry-run', description: 'print what would be changed, and change nothing' },
  { name: 'memory', value: 'bytes', description: 'memory limit, such as 512m; -1 for none' },
  { name: 'memory-reservation', value: 'bytes', description: 'memory that is reclaimed last (memory.low)' },
  { name: 'memory-swap', value: 'bytes', description: 'limit of memory and swap together; -1 for none' },
  { name: 'cpu-period', value: 'microseconds', description: 'period of the CPU quota' },
  { name: 'cpu-quota', value: 'microseconds', description: 'CPU time in each period; -1 for no limit' },
  { name: 'cpu-burst', value: 'microseconds', description: 'CPU time that may be saved up beyond the quota' },
  { name: 'cpu-share', value: 'shares', description: 'CPU time relative to other containers' },
  { name: 'cpu-idle', value: '0|1', description: 'run only when nobody else wants the CPU' },
  { name: 'cpuset-cpus', value: 'list', description: 'CPUs to run on, such as 0-2,7' },
  { name: 'cpuset-mems', value: 'list', description: 'memory nodes to use' },
  { name: 'pids-limit', value: 'count', description: 'most processes and threads; -1 for no limit' },
  { name: 'blkio-weight', value: 'weight', description: 'I/O relative to other containers, 10 to 1000' },
  { name: 'cpu-rt-period', value: 'microseconds', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'cpu-rt-runtime', value: 'microseconds', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'kernel-memory', value: 'bytes', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'kernel-memory-tcp', value: 'bytes', description: 'accepted: cgroup v2 has none', hidden: true },
  { name: 'l3-cache-schema', value: 'schema', description: 'refused: Intel RDT is not supported', hidden: true },
  { name: 'mem-bw-schema', value: 'schema', description: 'refused: Intel RDT is not supported', hidden: true },
];

const ID = 'container-id';

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
      { name: 'no-subreaper', description: 'accepted for compatibility', hidden: true },
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
    name: 'features',
    description: 'print what this runtime can do, as JSON',
    positionals: [],
    flags: [],
    load: async () => (await import('./features.js')).features,
  },
];
