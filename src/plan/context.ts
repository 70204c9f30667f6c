// What every topic of the compiler is given: the inputs, what follows directly from them, and where problems are collected.

import type { CgroupManager } from '../base/cgroup-manager.js';
import type { SpecProblem } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import type { Spec } from '../spec/types.js';
import type { CgroupLocation } from './cgroup-location.js';
import { readEnvironment } from './environment.js';
import { isNew, type Namespaces, viewNamespaces } from './namespaces.js';

/** What the caller of the runtime asked for, beside config.json. */
export interface CompileRequest {
  readonly id: string;
  readonly cgroupManager: CgroupManager;
  /** The bundle: an absolute path without symlinks. */
  readonly bundle: string;
  /** The rootfs: an absolute path. */
  readonly rootfs: string;
  readonly pidFile?: string | undefined;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** How many descriptors from 3 on the program keeps, those of socket activation included. */
  readonly preserveFds: number;
  /** `fifo`: the container waits for `start`; `none`: it goes on at once (`run`). */
  readonly barrier: 'fifo' | 'none';
  /** How many descriptors were passed by socket activation (LISTEN_FDS). */
  readonly listenFds: number;
}

export interface CompileContext {
  readonly spec: Spec;
  readonly facts: HostFacts;
  readonly request: CompileRequest;
  readonly namespaces: Namespaces;
  /** The program's environment: each name once, the last value. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where the container's cgroup is; null: it gets none. */
  readonly cgroup: CgroupLocation | null;
  readonly problems: SpecProblem[];
  readonly warnings: string[];
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
  const namespaces = viewNamespaces(spec.linux?.namespaces ?? []);
  const problems: SpecProblem[] = [];
  const environment = readEnvironment(spec, request.listenFds, problems);
  return { spec, facts, request, namespaces, environment, cgroup, problems, warnings: [], lastSlot: 0 };
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

export function addProblem(context: CompileContext, path: string, message: string): void {
  context.problems.push({ path, message });
}

/** True if the container's init is in a user namespace of its own, new or joined. */
export function hasUserNamespace(context: CompileContext): boolean {
  return context.namespaces.user !== undefined;
}

/** True if tsrun has no privilege but what a new user namespace gives its init. */
export function isRootless(context: CompileContext): boolean {
  return context.facts.uid !== 0 && isNew(context.namespaces, 'user');
}

/** True if the container has a mount namespace of its own, new or joined: without one nothing may be mounted. */
export function hasMountNamespace(context: CompileContext): boolean {
  return context.namespaces.mount !== undefined;
}
