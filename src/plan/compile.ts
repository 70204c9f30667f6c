// The compiler: from config.json and the facts about the host to the plan. The only place that states the order in which a container is
// built, started and removed; each topic has its file. Pure.

import { codeOfProblems, SpecError } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import type { Spec } from '../spec/types.js';
import { setBoundingCapabilities, setCapabilities } from './capabilities.js';
import { attachInit, makeCgroup, removeCgroup } from './cgroup.js';
import { type CgroupLocation, locateCgroup } from './cgroup-location.js';
import { type CompileContext, type CompileRequest, isRootless, newContext } from './context.js';
import { compileDevices } from './devices.js';
import { findExecutable, setEnvironment, setHome } from './environment.js';
import { type HookSubject, runContainerHooks, runHooks } from './hooks.js';
import { setIdMaps } from './id-maps.js';
import * as identity from './identity.js';
import { compileMasks } from './masks.js';
import { compileMounts } from './mounts.js';
import * as namespaces from './namespaces.js';
import { type Op, PLAN_VERSION, type Plan } from './ops.js';
import { setProcessLimits } from './process-limits.js';
import * as rootfs from './rootfs.js';
import { setNames, writeSysctls } from './system.js';

export type { CompileRequest } from './context.js';

export interface CompileResult {
  readonly plan: Plan;
  /** The container's cgroup; null: it gets none. */
  readonly cgroup: CgroupLocation | null;
  /** What config.json asks for and does not get, in words, without being wrong. */
  readonly warnings: readonly string[];
}

/** The plan of a container. Throws one SpecError with every problem found, each with its JSON path. */
export function compilePlan(spec: Spec, facts: HostFacts, request: CompileRequest): CompileResult {
  const { cgroup, error } = tryLocateCgroup(spec, facts, request);
  const context = newContext(spec, facts, request, cgroup);
  if (error !== null) {
    context.problems.push(...error.problems);
  }
  const args = identity.listArguments(context);
  const sections = {
    create: compileCreate(context, args),
    start: compileStart(context, args),
    teardown: listTeardown(context, cgroup),
  };
  if (context.problems.length > 0) {
    throw new SpecError(codeOfProblems(context.problems), context.problems);
  }
  return { plan: { version: PLAN_VERSION, sections }, cgroup, warnings: context.warnings };
}

// Where the side changes, host and init hand over the turn: steps of one side stand together wherever their order is free.
function compileCreate(context: CompileContext, args: readonly string[]): Op[] {
  const mounts = compileMounts(context);
  const devices = compileDevices(context);
  const sources = [...mounts.open, ...devices.open];
  return [
    takeFromHost(context, sources),
    enterNamespaces(context),
    buildRootfs(context, sources, [...mounts.attach, ...devices.make], mounts.seal),
    takeIdentity(context, args),
    publish(context),
  ].flat();
}

/** Runtime side: all that comes from the host is taken before init exists, and init is made what only its parent can make it. */
function takeFromHost(context: CompileContext, sources: readonly Op[]): Op[] {
  return [
    makeCgroup(context),
    namespaces.openNamespaces(context),
    isRootless(context) ? [] : sources,
    namespaces.spawnInit(context),
    attachInit(context),
    setIdMaps(context),
    setProcessLimits(context),
  ].flat();
}

/** Without root the right to clone a mount comes with the container's own user namespace: init takes the sources itself. */
function takeInside(op: Op): Op {
  return op.op === 'open-tree' ? { ...op, op: 'open-host-tree' } : op;
}

/** Init from here to `publish`, hooks in the runtime namespace excepted. */
function enterNamespaces(context: CompileContext): Op[] {
  return [
    one({ op: 'new-session' }),
    identity.joinKeyring(context),
    namespaces.joinNamespaces(context),
    namespaces.becomeRoot(context),
    namespaces.unshareNamespaces(context),
    namespaces.raiseLoopback(context),
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
    isRootless(context) ? sources.map(takeInside) : [],
    rootfs.takeRootfs(context),
    contents,
    runHooks(context, 'prestart'),
    runHooks(context, 'createRuntime'),
    runContainerHooks(context, 'createContainer'),
    compileMasks(context),
    seals,
    rootfs.sealRootfs(context),
    rootfs.enterRootfs(context),
    rootfs.setRootPropagation(context),
  ].flat();
}

function takeIdentity(context: CompileContext, args: readonly string[]): Op[] {
  return [
    setNames(context),
    writeSysctls(context),
    one({ op: 'reset-affinity' }),
    identity.setUmask(context),
    identity.makeWorkingDirectory(context),
    identity.setPersonality(context),
    identity.setNoNewPrivileges(context),
    setEnvironment(context),
    identity.changeDirectory(context, 'ignore'),
    setBoundingCapabilities(context),
    identity.setUser(context),
    setCapabilities(context),
    identity.changeDirectory(context, 'error'),
    setHome(context),
    findExecutable(context, args[0] ?? ''),
    identity.keepDescriptors(context),
  ].flat();
}

/** Runtime side again: the container is created, and from here on others can see it. */
function publish(context: CompileContext): Op[] {
  const { barrier, pidFile } = context.request;
  return [
    barrier === 'fifo' ? one({ op: 'make-start-fifo' }) : [],
    pidFile === undefined ? [] : one({ op: 'write-pid-file', path: pidFile }),
    one({ op: 'publish-init' }),
  ].flat();
}

function compileStart(context: CompileContext, args: readonly string[]): Op[] {
  return [
    context.request.barrier === 'fifo' ? one({ op: 'release-init' }) : [],
    one({ op: 'await-start' }),
    runContainerHooks(context, 'startContainer'),
    one({ op: 'exec', args }),
    one({ op: 'await-exec' }),
    runHooks(context, 'poststart'),
  ].flat();
}

/** What removing a container needs to know of it. */
export interface TeardownSubject {
  readonly id: string;
  readonly bundle: string;
  readonly cgroup: CgroupLocation | null;
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
      : listTeardown({ spec, request: subject, environment: new Map() }, subject.cgroup);
  return { version: PLAN_VERSION, sections: { create: [], start: [], teardown } };
}

// runtime.md: poststop hooks run after the container is deleted, so nothing of it is left when they do.
function listTeardown(subject: HookSubject, cgroup: CgroupLocation | null): Op[] {
  return [removeCgroup(cgroup), one({ op: 'remove-state' }), runHooks(subject, 'poststop')].flat();
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
