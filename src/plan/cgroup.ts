// What is done with the container's cgroup: made, given its controllers, limits and owner, and removed. Init is born in it, so all of it
// holds from init's first instruction on.

import { append } from '../base/append.js';
import { DELEGATE_CGROUP, delegatedCgroup } from '../spec/annotations.js';
import type { CgroupLocation } from './cgroup-location.js';
import { isCgroupType } from './cgroup-mount.js';
import { addProblem, type CompileContext } from './context.js';
import { loadDeviceProgram } from './device-program.js';
import { toHostId } from './id-maps.js';
import { isNew } from './namespaces.js';
import type { Op } from './ops.js';
import { compileResources } from './resources/index.js';
import type { CgroupSetting } from './resources/settings.js';
import { parseAnnotations } from './systemd/annotations.js';
import { resetCall, startCall, stopCall } from './systemd/busctl.js';
import { scopeProperties } from './systemd/scope-properties.js';
import { isUserScope } from './user-scope.js';

/** Enabled for every container where they can be, as by runc: statistics and a later update need them. */
const USUAL_CONTROLLERS = ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb', 'rdma'];

/** Everything about the cgroup before init. Where the container gets none, what is asked for is warned of. */
export function makeCgroup(context: CompileContext): Op[] {
  const { cgroup, request } = context;
  if (request.cgroupManager === 'disabled') {
    warnOfDisabled(context);
    return [];
  }
  const settings = readSettings(context);
  if (cgroup === null) {
    warnOfMissing(context);
    if (settings.length > 0)
      addProblem(context, 'linux.resources', 'nothing can be limited: the container has no cgroup');
    return loadDeviceProgram(context);
  }
  return [
    takeCgroup(context, cgroup, settings),
    enableControllers(context, cgroup, settings),
    loadDeviceProgram(context),
    settings.map(writeSetting),
    delegateCgroup(context),
    isUserScope(cgroup) ? [{ op: 'leave-cgroup' } as const] : [],
  ].flat();
}

/** Device rules are also the default of a config.json that says nothing of them, so nobody would miss them. Without root there are none anyway. */
function warnOfMissing({ facts, warnings }: CompileContext): void {
  if (facts.cgroupRoot === null && facts.uid === 0) {
    warnings.push(
      'this host has no cgroup2 mounted: the container has no cgroup, and nothing limits the devices it can use',
    );
  }
}

function warnOfDisabled(context: CompileContext): void {
  const resources: Record<string, unknown> = { ...context.spec.linux?.resources };
  const asked = Object.keys(resources).filter((key) => asksForSomething(resources[key]));
  if (asked.length > 0) {
    const paths = asked.map((key) => `linux.resources.${key}`);
    context.warnings.push(`cgroups are disabled, so these are not applied: ${paths.join(', ')}`);
  }
}

function asksForSomething(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function readSettings(context: CompileContext): readonly CgroupSetting[] {
  const { facts, spec } = context;
  if (facts.resources === null) {
    return [];
  }
  const { settings, warnings, problems } = compileResources(spec.linux?.resources, facts.resources);
  append(context.warnings, warnings);
  append(context.problems, problems);
  return settings;
}

function takeCgroup(
  context: CompileContext,
  { root, path, scope }: CgroupLocation,
  settings: readonly CgroupSetting[],
): Op {
  if (scope === undefined) {
    return { op: 'open-cgroup', root, path };
  }
  const { unit, slice, systemd } = scope;
  const { id } = context.request;
  const annotated = parseAnnotations(context.spec.annotations ?? {});
  const { properties, problems } = scopeProperties({
    id,
    slice,
    settings,
    annotated: annotated.properties,
  });
  append(context.problems, [...annotated.problems, ...problems]);
  const { head, tail } = startCall(unit, properties, systemd);
  return { op: 'start-scope', root, path, unit, env: systemd.environment, head, tail, reset: resetCall(unit, systemd) };
}

/**
 * Beside v1 hierarchies only what is asked for: the v2 tree is somebody's who counts on its few controllers. What a setting needs has to be
 * there; what is only usual is enabled where it can be.
 */
function enableControllers(
  { facts }: CompileContext,
  { root, path }: CgroupLocation,
  settings: readonly CgroupSetting[],
): Op[] {
  const needed = settings.filter(({ controller, isDefault }) => controller !== '' && !isDefault);
  const required = [...new Set(needed.map(({ controller }) => controller))];
  const ops: Op[] = [];
  if (!facts.hybridCgroup) {
    ops.push({ op: 'enable-controllers', root, path, controllers: USUAL_CONTROLLERS, denial: 'ignore' });
  }
  if (required.length > 0) {
    ops.push({ op: 'enable-controllers', root, path, controllers: required, denial: 'error' });
  }
  return ops;
}

/** One setting as the operation that writes it. */
export function writeSetting({ path, choices, isDefault, isOptional }: CgroupSetting): Op {
  const [first] = choices;
  if (choices.length === 1 && first !== undefined) {
    const denial = isDefault || isOptional ? 'ignore' : 'error';
    return { op: 'write-cgroup', file: first.file, value: first.value, for: path, denial };
  }
  return {
    op: 'write-cgroup-choice',
    files: choices.map(({ file }) => file),
    values: choices.map(({ value }) => value),
    for: path,
  };
}

/**
 * A container that has a cgroup namespace of its own, and may write to its cgroup tree, owns it: config-linux.md, "Cgroup ownership". It is
 * given to the host's uid of the process's user.
 */
function delegateCgroup(context: CompileContext): Op[] {
  const { namespaces, facts, spec } = context;
  const writable = (spec.mounts ?? []).some(
    ({ type, options = [] }) =>
      isCgroupType(type ?? '') && !isLast(options, 'ro', 'rw') && !isLast(options, 'rro', 'rrw'),
  );
  if (!writable || !isNew(namespaces, 'cgroup')) {
    return [];
  }
  const uid = findHostUid(context, context.spec.process?.user?.uid ?? 0);
  return uid === null || uid === facts.uid ? [] : [{ op: 'delegate-cgroup', uid }];
}

/**
 * The cgroup that crun's annotation asks for, below the container's own: init enters it once its cgroup namespace is made, which so has the
 * container's own for a root. Its owner is the root of the container; the limits are above it and stay the runtime's.
 */
export function enterDelegatedCgroup(context: CompileContext): Op[] {
  const below = delegatedCgroup(context.spec);
  const { cgroup, facts } = context;
  if (below === undefined) {
    return [];
  }
  if (cgroup === null) {
    context.warnings.push(`annotations["${DELEGATE_CGROUP}"]: is ignored: the container has no cgroup`);
    return [];
  }
  const { root, path } = cgroup;
  const controllers = facts.hybridCgroup ? [] : USUAL_CONTROLLERS;
  const uid = findHostUid(context, 0);
  const enter: Op = { op: 'enter-sub-cgroup', root, path: `${path}/${below}`, controllers };
  return uid === null || uid === facts.uid ? [enter] : [enter, { op: 'delegate-sub-cgroup', uid }];
}

/** Of two mount options that undo each other the last one counts. */
function isLast(options: readonly string[], option: string, opposite: string): boolean {
  return options.lastIndexOf(option) > options.lastIndexOf(opposite);
}

/** Null for a uid that is not mapped, which process.user refuses. */
function findHostUid({ spec, facts, namespaces }: CompileContext, uid: number): number | null {
  if (namespaces.user === undefined) {
    return uid;
  }
  const joined = facts.ids?.joined?.uidMap ?? [];
  return toHostId(uid, isNew(namespaces, 'user') ? (spec.linux?.uidMappings ?? []) : joined);
}

/** Undoes makeCgroup, for the container's teardown. */
export function removeCgroup(cgroup: CgroupLocation | null): Op[] {
  if (cgroup === null) {
    return [];
  }
  const { root, path } = cgroup;
  return [{ op: 'kill-cgroup', root, path }, ...stopScope(cgroup), { op: 'remove-cgroup', root, path }];
}

function stopScope({ root, path, scope }: CgroupLocation): Op[] {
  if (scope === undefined) {
    return [];
  }
  const { unit, systemd } = scope;
  const stop = stopCall(unit, systemd);
  return [{ op: 'stop-scope', root, path, unit, env: systemd.environment, stop, reset: resetCall(unit, systemd) }];
}
