// The compiler: from config.json and the facts about the host to the plan. The only place that states the order in which a container is
// built, started and removed; each topic has its file. Pure.

import { append } from '../base/append.js';
import { codeOfProblems, SpecError } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import { PIDFD_RECEIVER, readAnnotation } from '../spec/annotations.js';
import { newSpecError } from '../spec/spec-error.js';
import type { Spec } from '../spec/types.js';
import { becomeProgram, executeProgram } from './become-program.js';
import { enterDelegatedCgroup, makeCgroup, removeCgroup } from './cgroup.js';
import { type CgroupLocation, locateCgroup } from './cgroup-location.js';
import { type CompileContext, type CompileRequest, newContext, whoTakesSources } from './context.js';
import { compileDevices } from './devices.js';
import {
  closeHookOutputs,
  type HookSubject,
  openCreateOutputs,
  openHookOutputs,
  runContainerHooks,
  runHooks,
} from './hooks.js';
import { checkGroups, checkJoinedMaps, setIdMaps } from './id-maps.js';
import * as identity from './identity.js';
import * as labels from './labels.js';
import { compileMasks } from './masks.js';
import { checkMemoryNodes } from './memory-policy.js';
import { compileMounts } from './mounts.js';
import * as namespaces from './namespaces.js';
import { findNetworkDevices, moveNetworkDevices } from './network-devices.js';
import { awaitReady, bindNotifySocket, makeNotifyDirectory } from './notify.js';
import { type Op, PLAN_VERSION, type Plan } from './ops.js';
import { setProcessLimits } from './process-limits.js';
import { joinResctrlGroups, locateResctrl, type ResctrlLocation, removeResctrlGroups } from './resctrl.js';
import { makeResctrlGroups } from './resctrl-groups.js';
import * as rootfs from './rootfs.js';
import * as seccomp from './seccomp.js';
import { setNames, writeSysctls } from './system.js';
import * as terminal from './terminal.js';
import { attachInit } from './user-scope.js';

export type { CompileRequest } from './context.js';

export interface CompileResult {
  readonly plan: Plan;
  /** The container's cgroup; null: it gets none. */
  readonly cgroup: CgroupLocation | null;
  /** Where it is in resctrl; null: config.json does not ask for it. */
  readonly resctrl: ResctrlLocation | null;
  /** What config.json asks for and does not get, in words, without being wrong. */
  readonly warnings: readonly string[];
}

/** The plan of a container. Throws one SpecError with every problem found, each with its JSON path. */
export function compilePlan(spec: Spec, facts: HostFacts, request: CompileRequest): CompileResult {
  const { cgroup, error } = tryLocateCgroup(spec, facts, request);
  const context = newContext(spec, facts, request, cgroup);
  if (error !== null) {
    append(context.problems, error.problems);
  }
  const resctrl = locateResctrl(spec, facts, request.id);
  const args = identity.listArguments(context);
  labels.checkSecurityModules(context);
  labels.checkContextType(context);
  checkMemoryNodes(context);
  checkJoinedMaps(context);
  checkGroups(context);
  const sections = {
    create: compileCreate(context, resctrl, args),
    start: compileStart(context, args),
    teardown: listTeardown(context, { cgroup, resctrl }),
  };
  if (context.problems.length > 0) {
    throw newSpecError(context.problems, 'config.json', codeOfProblems(context.problems));
  }
  return { plan: { version: PLAN_VERSION, sections }, cgroup, resctrl, warnings: context.warnings };
}

// Where the side changes, host and init hand over the turn: steps of one side stand together wherever their order is free.
function compileCreate(context: CompileContext, resctrl: ResctrlLocation | null, args: readonly string[]): Op[] {
  const mounts = compileMounts(context);
  const devices = compileDevices(context);
  const sources = [...mounts.open, ...devices.open];
  return [
    takeFromHost(context, resctrl, sources, mounts.idMap),
    enterNamespaces(context),
    buildRootfs(context, sources, [...mounts.attach, ...devices.make], mounts.seal),
    takeIdentity(context, args),
    publish(context),
  ].flat();
}

/** Runtime side: all that comes from the host is taken before init exists, and init is made what only its parent can make it. */
function takeFromHost(
  context: CompileContext,
  resctrl: ResctrlLocation | null,
  sources: readonly Op[],
  idMaps: readonly Op[],
): Op[] {
  return [
    context.request.reapsOrphans ? one({ op: 'set-child-subreaper' }) : [],
    terminal.openConsoleSocket(context),
    seccomp.makeFilter(context, 'creating'),
    findNetworkDevices(context),
    openCreateOutputs(context),
    makeCgroup(context),
    makeResctrlGroups(context, resctrl),
    namespaces.openNamespaces(context),
    makeNotifyDirectory(context),
    takeOutside(context, sources),
    namespaces.spawnInit(context),
    attachInit(context),
    joinResctrlGroups(resctrl),
    setIdMaps(context),
    idMaps,
    setProcessLimits(context),
  ].flat();
}

function takeOutside(context: CompileContext, sources: readonly Op[]): readonly Op[] {
  const who = whoTakesSources(context);
  return who === 'init' ? [] : who === 'runtime' ? sources : sources.map((op) => renameOpenTree(op, 'try-open-tree'));
}

function takeInside(context: CompileContext, sources: readonly Op[]): readonly Op[] {
  return whoTakesSources(context) === 'runtime' ? [] : sources.map((op) => renameOpenTree(op, 'open-host-tree'));
}

function renameOpenTree(op: Op, name: 'try-open-tree' | 'open-host-tree'): Op {
  return op.op === 'open-tree' ? { ...op, op: name } : op;
}

/** Init from here to `publish`, hooks in the runtime namespace excepted. */
function enterNamespaces(context: CompileContext): Op[] {
  return [
    one({ op: 'new-session' }),
    namespaces.joinNamespaces(context),
    namespaces.becomeRoot(context),
    labels.labelKeyring(context, identity.joinKeyring(context)),
    namespaces.unshareNamespaces(context),
    enterDelegatedCgroup(context),
    namespaces.raiseLoopback(context),
    moveNetworkDevices(context),
  ].flat();
}

/** Masks come before the root is entered: they need the host's /dev/null. Last of all, nothing is left to be written: read-only. */
function buildRootfs(
  context: CompileContext,
  sources: readonly Op[],
  contents: readonly Op[],
  seals: readonly Op[],
): Op[] {
  return [
    rootfs.setHostPropagation(context),
    rootfs.isolateSources(context, takeOutside(context, sources)),
    takeInside(context, sources),
    rootfs.takeRootfs(context),
    contents,
    runHooks(context, 'prestart'),
    runHooks(context, 'createRuntime'),
    runContainerHooks(context, 'createContainer'),
    closeHookOutputs(context),
    terminal.openTerminal(context),
    terminal.attachConsole(context),
    // Before anything becomes read-only: an image need not have it, and its container may have a read-only root.
    identity.makeWorkingDirectory(context),
    compileMasks(context),
    seals,
    rootfs.sealRootfs(context),
    rootfs.enterRootfs(context),
    rootfs.setRootPropagation(context),
  ].flat();
}

function takeIdentity(context: CompileContext, args: readonly string[]): Op[] {
  return [
    isEnteredWhileWaiting(context) ? one({ op: 'replace-procfs' }) : [],
    setNames(context),
    writeSysctls(context),
    one({ op: 'reset-affinity' }),
    becomeProgram(context, args),
    isEnteredWhileWaiting(context) ? one({ op: 'set-dumpable' }) : [],
  ].flat();
}

/**
 * Without root exec gets into a container that waits for `start` only if its init is dumpable (ptrace(2)): everybody in the container could
 * look at it too then, so it has to hold nothing of the host.
 */
function isEnteredWhileWaiting({ request, facts, namespaces }: CompileContext): boolean {
  return request.barrier === 'fifo' && facts.uid !== 0 && namespaces.user !== undefined;
}

/** Runtime side again: the container is created, and from here on others can see it. */
function publish(context: CompileContext): Op[] {
  const { barrier, pidFile, pidfdSocket } = context.request;
  const receiver = readAnnotation(context.spec, PIDFD_RECEIVER);
  return [
    terminal.handOverTerminal(context),
    barrier === 'fifo' ? one({ op: 'make-start-fifo' }) : [],
    // runc's order and its text: whoever gets the pidfd has it before the pid is told.
    pidfdSocket === undefined ? [] : one({ op: 'send-pidfd', path: pidfdSocket, kind: 'standard' }),
    // crun's text.
    receiver === undefined ? [] : one({ op: 'send-pidfd', path: receiver, kind: ' ' }),
    pidFile === undefined ? [] : one({ op: 'write-pid-file', path: pidFile }),
    one({ op: 'publish-init' }),
  ].flat();
}

function compileStart(context: CompileContext, args: readonly string[]): Op[] {
  return [
    bindNotifySocket(context),
    openHookOutputs(context, ['poststart']),
    context.request.barrier === 'fifo' ? one({ op: 'release-init' }) : [],
    one({ op: 'await-start' }),
    executeProgram(context, args, runContainerHooks(context, 'startContainer')),
    one({ op: 'await-exec' }),
    runHooks(context, 'poststart'),
    awaitReady(context),
  ].flat();
}

/** What removing a container needs to know of it. */
export interface TeardownSubject {
  readonly id: string;
  readonly bundle: string;
  readonly cgroup: CgroupLocation | null;
  readonly resctrl?: ResctrlLocation | null | undefined;
}

/**
 * A plan with nothing but its teardown, for a container whose own plan is lost. Of a container about which nothing is known (null), only
 * the cgroup, if at least that is known, and the state directory are removed.
 */
export function compileTeardown(
  spec: Spec | null,
  subject: TeardownSubject | null,
  cgroup: CgroupLocation | null = null,
): Plan {
  const teardown =
    spec === null || subject === null
      ? [removeCgroup(cgroup), one({ op: 'remove-state' })].flat()
      : listTeardown({ spec, request: subject, environment: new Map() }, subject);
  return { version: PLAN_VERSION, sections: { create: [], start: [], teardown } };
}

// runtime.md: poststop hooks run after the container is deleted, so nothing of it is left when they do.
function listTeardown(subject: HookSubject, places: Pick<TeardownSubject, 'cgroup' | 'resctrl'>): Op[] {
  const { cgroup, resctrl } = places;
  return [
    removeCgroup(cgroup),
    removeResctrlGroups(resctrl),
    one({ op: 'remove-state' }),
    openHookOutputs(subject, ['poststop']),
    runHooks(subject, 'poststop'),
  ].flat();
}

function one(op: Op): Op[] {
  return [op];
}

function tryLocateCgroup(
  spec: Spec,
  facts: HostFacts,
  request: CompileRequest,
): { cgroup: CgroupLocation | null; error: SpecError | null } {
  try {
    return { cgroup: locateCgroup(spec, facts, request), error: null };
  } catch (error) {
    if (error instanceof SpecError) {
      return { cgroup: null, error };
    }
    throw error;
  }
}
