// The plan of an update: what is written to the files of a living container's cgroup, and the way back. Pure.

import { codeOfProblems, SpecError, type SpecProblem } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import type { DeviceRule, Resources } from '../spec/types.js';
import { writeSetting } from './cgroup.js';
import type { CgroupLocation } from './cgroup-location.js';
import { deviceProgramText } from './device-program.js';
import { type Op, PLAN_VERSION, type Plan } from './ops.js';
import { compileResources } from './resources/index.js';
import type { CgroupSetting } from './resources/settings.js';
import { setPropertiesCall } from './systemd/busctl.js';
import { resourceProperties } from './systemd/resource-properties.js';

export interface UpdateRequest {
  readonly cgroup: CgroupLocation;
  /** linux.resources as they are, and as they shall be. */
  readonly current: Resources;
  readonly next: Resources;
  /** The present text of the files of the cgroup, by name; a file that is not there is absent. */
  readonly before: ReadonlyMap<string, string>;
}

/** One file that an update changes: for a device of io.max and the like, one line of it. */
export interface CgroupChange {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface UpdatePlan {
  /** `create` has the changes; `teardown` undoes them. */
  readonly plan: Plan;
  readonly changes: readonly CgroupChange[];
  readonly warnings: readonly string[];
}

/** Files that have a value of their own for each device, in lines that begin with it, and what such a line says when nothing is set. */
const LINE_DEFAULTS: Readonly<Record<string, string>> = {
  'io.max': 'rbps=max wbps=max riops=max wiops=max',
  'io.weight': 'default',
  'io.bfq.weight': 'default',
  'io.latency': 'target=max',
  'rdma.max': 'hca_handle=max hca_object=max',
  'misc.max': 'max',
};

/** Limits and what is held to them. */
const USAGES: Readonly<Record<string, string>> = {
  'memory.max': 'memory.current',
  'memory.high': 'memory.current',
  'memory.swap.max': 'memory.swap.current',
  'pids.max': 'pids.current',
};

/** Files that compileUpdate() reads beside those that are written: what a limit is compared with, and what it is merged with. */
export const UPDATE_FILES: readonly string[] = [
  ...new Set([...Object.values(USAGES), 'memory.max', 'memory.swap.max', 'cpu.max', 'cpu.max.burst']),
];

/** The files that these resources are written to, so that they can be read beforehand. */
export function listUpdateFiles(next: Resources, facts: HostFacts): string[] {
  const { settings } = readSettings(next, facts, undefined);
  return [...new Set([...UPDATE_FILES, ...settings.flatMap(({ choices }) => choices.map(({ file }) => file))])];
}

/** @throws SpecError with every problem that the host or the use of the container has with the new limits. */
export function compileUpdate({ cgroup, current, next, before }: UpdateRequest, facts: HostFacts): UpdatePlan {
  const { settings, problems: others, warnings } = readSettings(next, facts, before);
  const missing = findMissing(settings, before);
  const problems = [...others, ...missing.filter(({ path }) => !others.some((other) => other.path.startsWith(path)))];
  if (problems.length > 0) {
    throw new SpecError(codeOfProblems(problems), problems, { document: 'linux.resources' });
  }
  const written = pickChanges(settings, before);
  const { root, path } = cgroup;
  const open: Op = { op: 'find-cgroup', root, path };
  const create = [
    open,
    setScope(cgroup, settings),
    written.map(({ setting }) => writeSetting(setting)),
    loadDevices(cgroup, next, current, facts),
  ].flat();
  const undo = written.flatMap(undoChange).reverse();
  const teardown = [
    open,
    undo,
    setScope(cgroup, [...readSettings(current, facts, before).settings, ...written.flatMap(formerSetting)]),
    loadDevices(cgroup, current, next, facts),
  ].flat();
  const changes = written.map(({ change }) => change);
  return {
    plan: { version: PLAN_VERSION, sections: { create, start: [], teardown } },
    changes,
    warnings: [...warnings, ...warnOfUse(changes, before)],
  };
}

function readSettings(next: Resources, facts: HostFacts, before: ReadonlyMap<string, string> | undefined) {
  return facts.resources === null
    ? { settings: [], warnings: [], problems: [] }
    : compileResources(next, facts.resources, before);
}

/** A controller that nothing asked for when the container was created may be there in the tree and not in its cgroup. */
function findMissing(settings: readonly CgroupSetting[], before: ReadonlyMap<string, string>): SpecProblem[] {
  const missing = settings.filter(
    ({ choices, isDefault, isOptional }) =>
      !(isDefault || isOptional) && choices.every(({ file }) => !before.has(file)),
  );
  return missing.map(({ path, choices }) => ({
    path,
    message: `the cgroup of the container has no file ${choices.map(({ file }) => JSON.stringify(file)).join(' or ')}: its controller was not enabled when the container was created, or the kernel has no such file`,
  }));
}

/** A setting, of which one file is chosen, and what it changes. */
interface Written {
  readonly setting: CgroupSetting;
  readonly change: CgroupChange;
}

/**
 * What the settings amount to; nothing where a file has its value already, or is rightly missing. Of several values of one file (a field, and
 * `unified`, which comes last) only the last counts: a first one would limit for a moment what the last allows, and stay where the last is
 * what the file has now. Lines for one device may have different limits in them, so of those each counts that follows one that is written.
 */
function pickChanges(settings: readonly CgroupSetting[], before: ReadonlyMap<string, string>): Written[] {
  const files = settings.map(({ choices }) => choose(choices, before)?.file ?? '');
  const written: Written[] = [];
  for (const [index, setting] of settings.entries()) {
    const file = files[index] ?? '';
    const found = LINE_DEFAULTS[file] !== undefined || files.lastIndexOf(file) === index ? pick(setting, before) : null;
    if (found !== null && (!isSame(found.change) || written.some(({ change }) => isSameLine(change, found.change)))) {
      written.push(found);
    }
  }
  return written;
}

function choose(choices: CgroupSetting['choices'], before: ReadonlyMap<string, string>) {
  return choices.find(({ file }) => before.has(file)) ?? choices[0];
}

function isSameLine(one: CgroupChange, other: CgroupChange): boolean {
  return one.file === other.file && keyOf(one.to) === keyOf(other.to);
}

function pick(setting: CgroupSetting, before: ReadonlyMap<string, string>): Written | null {
  const { choices, isDefault, isOptional } = setting;
  const choice = choose(choices, before);
  if (choice === undefined || ((isDefault || isOptional) && !before.has(choice.file))) {
    return null;
  }
  const from = lineOf(choice.file, choice.value, before.get(choice.file) ?? '');
  const change = { file: choice.file, from, to: choice.value };
  return { setting: { ...setting, choices: [choice] }, change };
}

/** The part of a file's text that a value replaces: all of it, or the line of the same device. */
function lineOf(file: string, value: string, text: string): string {
  const rest = LINE_DEFAULTS[file];
  if (rest === undefined) {
    return text.trim();
  }
  const key = keyOf(value);
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return line ?? (key === 'default' ? '' : `${key} ${rest}`);
}

/** A weight without a device is the default of all. */
function keyOf(value: string): string {
  return value.includes(' ') ? (value.split(' ')[0] ?? '') : 'default';
}

/** Bytes: the kernel keeps memory limits in pages, rounded down. Larger pages only make an update write what is there already. */
const PAGE = 4096n;

/** `8:0 rbps=1` changes nothing of `8:0 rbps=1 wbps=max`, and a weight of 100 nothing of `default 100`. */
function isSame({ file, from, to }: CgroupChange): boolean {
  if (LINE_DEFAULTS[file] === undefined) {
    const rounded = file.startsWith('memory.') && /^\d{5,}$/.test(to) ? String((BigInt(to) / PAGE) * PAGE) : to;
    return from === to || from === rounded;
  }
  const present = new Set(from.split(' '));
  const wanted = to.includes(' ') ? to.split(' ') : ['default', to];
  return wanted.every((word) => present.has(word));
}

function undoChange({ change: { file, from }, setting: { path } }: Written): Op[] {
  // A list of CPUs that was empty is so again by an empty line: a write of no bytes changes nothing. What else tells no value is no limit, but
  // something to be done once, such as memory.reclaim.
  if (from === '' && !file.startsWith('cpuset.')) {
    return [];
  }
  return [{ op: 'write-cgroup', file, value: from === '' ? '\n' : from, for: path, denial: 'ignore' }];
}

/** What systemd is told on the way back: without it, it would remember a limit that linux.resources did not have before. */
function formerSetting({ change: { file, from }, setting }: Written): CgroupSetting[] {
  return from === '' ? [] : [{ ...setting, choices: [{ file, value: from }] }];
}

function setScope({ scope }: CgroupLocation, settings: readonly CgroupSetting[]): Op[] {
  if (scope === undefined) {
    return [];
  }
  const { properties } = resourceProperties(settings);
  if (properties.length === 0) {
    return [];
  }
  const { unit, systemd } = scope;
  return [{ op: 'set-scope', unit, env: systemd.environment, call: setPropertiesCall(unit, properties, systemd) }];
}

/** The rules of `next`, where they are not those that hold already; without root of the host there are none, as create has warned. */
function loadDevices({ root, path }: CgroupLocation, next: Resources, current: Resources, facts: HostFacts): Op[] {
  if (facts.uid !== 0 || facts.inUserNamespace || sameRules(next.devices ?? [], current.devices ?? [])) {
    return [];
  }
  return [{ op: 'load-device-program', root, path, program: deviceProgramText(next.devices ?? []) }];
}

function sameRules(one: readonly DeviceRule[], other: readonly DeviceRule[]): boolean {
  const words = ({ allow, type, major, minor, access }: DeviceRule) =>
    `${allow} ${type ?? ''} ${major ?? ''} ${minor ?? ''} ${access ?? ''}`;
  return one.length === other.length && one.every((rule, index) => words(rule) === words(other[index] as DeviceRule));
}

function warnOfUse(changes: readonly CgroupChange[], before: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  for (const { file, to } of changes) {
    const usage = USAGES[file] ?? (/^hugetlb\..*\.max$/.test(file) ? file.replace(/max$/, 'current') : '');
    const used = before.get(usage)?.trim() ?? '';
    if (/^\d+$/.test(to) && /^\d+$/.test(used) && BigInt(used) > BigInt(to)) {
      warnings.push(`${file}: the new limit ${to} is below what is used already, ${used} (${usage})`);
    }
  }
  return warnings;
}
