// The process of an exec: what the container's own process, or a document, becomes by what the caller changes. Pure.

import type { Process } from '../spec/types.js';
import type { Account } from './context.js';

/** What a caller changes; what is undefined stays. */
export interface ProcessChanges {
  readonly args?: readonly string[] | undefined;
  readonly terminal?: boolean | undefined;
  readonly cwd?: string | undefined;
  /** `NAME=value` each; added, and of two values of a name the last counts. */
  readonly env?: readonly string[] | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Instead of ids: names, which the container's own files have (compileExec()). */
  readonly account?: Account | undefined;
  /** Added to those that the process has. */
  readonly additionalGids?: readonly number[] | undefined;
  /** Added to the bounding, effective and permitted sets, and to the ambient one of a process that has inheritable ones. */
  readonly capabilities?: readonly string[] | undefined;
  readonly noNewPrivileges?: boolean | undefined;
  readonly apparmorProfile?: string | undefined;
  readonly selinuxLabel?: string | undefined;
}

/**
 * What a document leaves out of these is the container's, as with runc: a process that names no capabilities must not have more of them than
 * the container, nor fewer limits, nor no label.
 */
export function completeProcess(document: Process, own: Process): Process {
  const inherited = Object.fromEntries(INHERITED.map((key) => [key, own[key]]));
  // Go's encoder, and so most callers, cannot tell an empty string from an absent one.
  const given = Object.entries(document).filter(([, value]) => value !== '');
  return { ...withoutUndefined(inherited), ...Object.fromEntries(given), cwd: document.cwd };
}

const INHERITED = [
  'capabilities',
  'rlimits',
  'oomScoreAdj',
  'apparmorProfile',
  'selinuxLabel',
  'scheduler',
  'ioPriority',
  'execCPUAffinity',
] as const satisfies readonly (keyof Process)[];

/** `base` with the changes, merged as runc merges its flags. */
export function changeProcess(base: Process, changes: ProcessChanges): Process {
  const { args, terminal, cwd, noNewPrivileges, apparmorProfile, selinuxLabel } = changes;
  const plain = { args: args && [...args], terminal, cwd, noNewPrivileges, apparmorProfile, selinuxLabel };
  return {
    ...base,
    ...withoutUndefined(plain),
    ...(changes.env === undefined ? {} : { env: [...(base.env ?? []), ...changes.env] }),
    ...withoutUndefined({ user: changeUser(base.user, changes) }),
    ...withoutUndefined({ capabilities: addCapabilities(base.capabilities, changes.capabilities ?? []) }),
  };
}

type User = NonNullable<Process['user']>;

/** The supplementary groups of a process are those of its user: who is somebody else by name has others. */
function changeUser(user: User | undefined, changes: ProcessChanges): User | undefined {
  const { uid, gid, account, additionalGids = [] } = changes;
  if (uid === undefined && gid === undefined && account === undefined && additionalGids.length === 0) {
    return user;
  }
  const { additionalGids: own, ...rest } = user ?? { uid: 0, gid: 0 };
  const base: User = account === undefined && own !== undefined ? { ...rest, additionalGids: own } : rest;
  return {
    ...base,
    ...withoutUndefined({ uid, gid }),
    ...(additionalGids.length === 0 ? {} : { additionalGids: [...(base.additionalGids ?? []), ...additionalGids] }),
  };
}

/** A process without any has all that the container's root has: there is nothing to add to. */
function addCapabilities(own: Process['capabilities'], added: readonly string[]): Process['capabilities'] {
  if (own === undefined || added.length === 0) {
    return own;
  }
  const { bounding = [], effective = [], permitted = [], inheritable = [], ambient = [] } = own;
  return {
    ...own,
    bounding: [...bounding, ...added],
    effective: [...effective, ...added],
    permitted: [...permitted, ...added],
    ...(inheritable.length === 0 ? {} : { ambient: [...ambient, ...added] }),
  };
}

type Defined<Type> = { [Key in keyof Type]: Exclude<Type[Key], undefined> };

function withoutUndefined<Type extends object>(value: Type): Partial<Defined<Type>> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<Defined<Type>>;
}
