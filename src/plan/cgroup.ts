// What is done with the container's cgroup: made, given its controllers, limits and owner, and removed. Init is born in it, so all of it
// holds from init's first instruction on.

import type { Spec } from '../spec/types.js';
import type { CgroupLocation } from './cgroup-location.js';
import { isCgroupType } from './cgroup-mount.js';
import type { CompileContext } from './context.js';
import { loadDeviceProgram } from './device-program.js';
import { isNew } from './namespaces.js';
import type { Op } from './ops.js';
import { compileResources } from './resources/index.js';
import type { CgroupSetting } from './resources/settings.js';
import { parseAnnotations } from './systemd/annotations.js';
import { attachCall, resetCall, startCall, stopCall } from './systemd/busctl.js';
import { scopeProperties } from './systemd/scope-properties.js';

/** Enabled for every container where they can be, as by runc: statistics and a later update need them. */
const USUAL_CONTROLLERS = ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb', 'rdma'];

/** Everything about the cgroup before init. Where the container gets none, what is asked for is warned of. */
export function makeCgroup(context: CompileContext): Op[] {
  const { cgroup, spec, request } = context;
  if (request.cgroupManager === 'disabled') {
    warnOfDisabled(context);
    return [];
  }
  const settings = readSettings(context);
  if (cgroup === null) {
    return loadDeviceProgram(context);
  }
  return [
    takeCgroup(context, cgroup, settings),
    enableControllers(context, cgroup, settings),
    loadDeviceProgram(context),
    settings.map(writeSetting),
    delegateCgroup(context, spec),
    isUserScope(cgroup) ? [{ op: 'leave-cgroup' } as const] : [],
  ].flat();
}

/** Right after init's birth: what makeCgroup could not do before. */
export function attachInit({ cgroup }: CompileContext): Op[] {
  if (cgroup?.scope === undefined || !isUserScope(cgroup)) {
    return [];
  }
  const { root, path, scope } = cgroup;
  const { unit, systemd } = scope;
  const { environment } = systemd;
  return [{ op: 'attach-to-scope', root, path, unit, env: environment, head: attachCall(unit, systemd), tail: [] }];
}

/**
 * The kernel lets nobody be born in another cgroup who may not write cgroup.procs of the one that both are below (cgroup-v2.rst, "Delegation
 * Containment"): without root that is somebody else's, as a login session is no part of the user's systemd, which has leave to move processes.
 */
function isUserScope({ scope }: CgroupLocation): boolean {
  return scope?.systemd.user === true;
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
  context.warnings.push(...warnings);
  context.problems.push(...problems);
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
  context.problems.push(...annotated.problems, ...problems);
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
function delegateCgroup({ namespaces, facts }: CompileContext, spec: Spec): Op[] {
  const writable = (spec.mounts ?? []).some(
    ({ type, options = [] }) =>
      isCgroupType(type ?? '') && !isLast(options, 'ro', 'rw') && !isLast(options, 'rro', 'rrw'),
  );
  if (!writable || !isNew(namespaces, 'cgroup')) {
    return [];
  }
  const uid = toHostUid(spec, spec.process?.user?.uid ?? 0, isNew(namespaces, 'user'));
  return uid === null || uid === facts.uid ? [] : [{ op: 'delegate-cgroup', uid }];
}

/** Of two mount options that undo each other the last one counts. */
function isLast(options: readonly string[], option: string, opposite: string): boolean {
  return options.lastIndexOf(option) > options.lastIndexOf(opposite);
}

/** Null for a uid that is not mapped, which process.user refuses. */
function toHostUid(spec: Spec, uid: number, mapped: boolean): number | null {
  if (!mapped) {
    return uid;
  }
  const mapping = (spec.linux?.uidMappings ?? []).find(
    ({ containerID, size }) => uid >= containerID && uid < containerID + size,
  );
  return mapping === undefined ? null : mapping.hostID + uid - mapping.containerID;
}

/** Undoes makeCgroup, for the container's teardown. */
export function removeCgroup(cgroup: CgroupLocation | null): Op[] {
  if (cgroup === null) {
    return [];
  }
  const { root, path, scope } = cgroup;
  return [{ op: 'kill-cgroup', root, path }, ...stopScope(scope), { op: 'remove-cgroup', root, path }];
}

function stopScope(scope: CgroupLocation['scope']): Op[] {
  if (scope === undefined) {
    return [];
  }
  const { unit, systemd } = scope;
  const { environment } = systemd;
  return [{ op: 'stop-scope', unit, env: environment, stop: stopCall(unit, systemd), reset: resetCall(unit, systemd) }];
}
