// What every topic of the compiler is given: the inputs, what follows directly from them, and where problems are collected.

import type { CgroupManager } from '../base/cgroup-manager.js';
import type { SpecProblem } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import { FILTER_PROGRAM, readAnnotation } from '../spec/annotations.js';
import { type FilterProgram, parseFilterProgram } from '../spec/filter-program.js';
import type { Spec } from '../spec/types.js';
import type { CgroupLocation } from './cgroup-location.js';
import { readEnvironment } from './environment.js';
import { isNew, type Namespaces, viewNamespaces } from './namespaces.js';
import { addNotifySocket, type NotifyRequest } from './notify.js';

/** What concerns the program, whichever process of a container it is. */
export interface ProgramRequest {
  readonly id: string;
  /** The bundle: an absolute path without symlinks. */
  readonly bundle: string;
  readonly noNewKeyring: boolean;
  /** How many descriptors from 3 on the program keeps, those of socket activation included. */
  readonly preserveFds: number;
  /** How many descriptors were passed by socket activation (LISTEN_FDS). */
  readonly listenFds: number;
  /** Their names, as the caller gave them (LISTEN_FDNAMES). */
  readonly listenNames?: string | undefined;
  readonly pidFile?: string | undefined;
  /** Absolute path of the socket that gets the terminal; undefined: the command relays it, in the foreground. */
  readonly consoleSocket?: string | undefined;
  /** The command waits for the program, and takes orphans of the container meanwhile (PR_SET_CHILD_SUBREAPER). */
  readonly reapsOrphans?: boolean | undefined;
  /** Absolute path of a socket that gets a pidfd of the process. */
  readonly pidfdSocket?: string | undefined;
  /** Who the program is, where a name says so: the container's own files are asked, and the ids of process.user do not count. */
  readonly account?: Account | undefined;
}

/** Names or numbers; no group: the user's own, and those that list the user as a member. */
export interface Account {
  readonly user: string;
  readonly group: string;
}

/** What the caller of the runtime asked for, beside config.json. */
export interface CompileRequest extends ProgramRequest {
  readonly cgroupManager: CgroupManager;
  /** The rootfs: an absolute path. */
  readonly rootfs: string;
  readonly noPivot: boolean;
  /** `fifo`: the container waits for `start`; `none`: it goes on at once (`run`). */
  readonly barrier: 'fifo' | 'none';
  /** The caller waits for the readiness of the container (NOTIFY_SOCKET). */
  readonly notify?: NotifyRequest | undefined;
}

/** What the topics of the program need: of init, and of what exec starts beside it. */
export interface ProgramContext {
  readonly spec: Spec;
  readonly request: ProgramRequest;
  readonly namespaces: Namespaces;
  /** The program's environment: each name once, the last value. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where the container's cgroup is; null: it gets none. */
  readonly cgroup: CgroupLocation | null;
  /** A filter of system calls that comes whole, in an annotation; null: linux.seccomp says what it is made of. */
  readonly filterProgram: FilterProgram | null;
  readonly problems: SpecProblem[];
  readonly warnings: string[];
}

export interface CompileContext extends ProgramContext {
  readonly facts: HostFacts;
  readonly request: CompileRequest;
  /** The last mount slot given out; slot 0 is the rootfs. */
  lastSlot: number;
}

const MAX_SLOT = 16383;

export function newContext(
  spec: Spec,
  facts: HostFacts,
  request: CompileRequest,
  cgroup: CgroupLocation | null,
): CompileContext {
  const program = newProgramContext(spec, request, cgroup);
  const environment = addNotifySocket(program.environment, request);
  return { ...program, environment, facts, request, lastSlot: 0 };
}

/** The part of a context that exec has. */
export function newProgramContext(spec: Spec, request: ProgramRequest, cgroup: CgroupLocation | null): ProgramContext {
  const namespaces = viewNamespaces(spec.linux?.namespaces ?? []);
  const problems: SpecProblem[] = [];
  const environment = readEnvironment(spec, request, problems);
  const filterProgram = readFilterProgram(spec);
  return { spec, request, namespaces, environment, cgroup, filterProgram, problems, warnings: [] };
}

/** What is wrong with one, the checks of config.json say. */
function readFilterProgram(spec: Spec): FilterProgram | null {
  const text = readAnnotation(spec, FILTER_PROGRAM);
  const program = text === undefined ? '' : parseFilterProgram(text);
  return typeof program === 'string' ? null : program;
}

/** A slot that no other mount has. `path` is the part of config.json that needs it. */
export function takeSlot(context: CompileContext, path: string): number {
  if (context.lastSlot === MAX_SLOT) {
    addProblem(context, path, `too many mounts: a plan holds at most ${MAX_SLOT}`);
    return MAX_SLOT;
  }
  context.lastSlot += 1;
  return context.lastSlot;
}

export function addProblem(context: Pick<ProgramContext, 'problems'>, path: string, message: string): void {
  context.problems.push({ path, message });
}

/** True if the container's init is in a user namespace of its own, new or joined. */
export function hasUserNamespace(context: CompileContext): boolean {
  return context.namespaces.user !== undefined;
}

/** True if init is in a user namespace, its own or that of the runtime: the host's devices and kernel are not its root's to command. */
export function isInUserNamespace(context: CompileContext): boolean {
  return context.facts.inUserNamespace || hasUserNamespace(context);
}

/**
 * Who clones the mounts of the host that are bound in the container. Without root only the container's user namespace gives the right to,
 * so init does. A runtime that is root in a user namespace may have a mount namespace of its own there, or still be in the host's: whoever
 * may. Into a mount namespace that is joined nobody can take them but the runtime.
 */
export function whoTakesSources(context: CompileContext): 'runtime' | 'init' | 'either' {
  if (!isNew(context.namespaces, 'mount')) {
    return 'runtime';
  }
  if (context.facts.uid !== 0 && hasUserNamespace(context)) {
    return 'init';
  }
  return context.facts.inUserNamespace ? 'either' : 'runtime';
}

/** True if the container has a mount namespace of its own, new or joined: without one nothing may be mounted. */
export function hasMountNamespace(context: CompileContext): boolean {
  return context.namespaces.mount !== undefined;
}
