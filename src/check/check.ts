// The whole check of a config.json, in order: text, schema, specification, what tsrun makes of it; and, where asked for, what this host lacks
// and what the container may do that it should not. Pure: the host is asked through what the caller gives.

import type { CgroupManager } from '../base/cgroup-manager.js';
import type { HostFacts } from '../base/host-facts.js';
import type { HostView } from '../base/host-view.js';
import type { Spec } from '../spec/types.js';
import { auditSpec } from './audit/index.js';
import { chooseDrafts, type Draft, type Findings, locateFindings } from './finding.js';
import { checkHost } from './host/index.js';
import { Lines } from './lines.js';
import {
  checkAnnotationNames,
  checkDuplicateMounts,
  checkMountNames,
  checkSystemCalls,
  newNameSuggester,
} from './names.js';
import { checkPlan, completeHost } from './plan.js';
import type { Keys } from './pointer.js';
import { checkProperties } from './properties.js';
import { Recovery } from './recover.js';
import { checkSchema, satisfySchema } from './schema.js';
import { didYouMean } from './similar.js';
import { checkSpecification, warnOfSpecification } from './specification.js';
import { readDocument } from './text.js';
import { checkDeprecated, checkVersions } from './versions.js';

export interface CheckSubject {
  /** Absolute path of the bundle; it need not be there. */
  readonly bundle: string;
  readonly cgroupManager: CgroupManager;
  /** Also say what the container may do that it should not. */
  readonly audit: boolean;
}

/** What a host says of itself. */
export interface HostAnswers {
  readonly view: HostView;
  readonly facts: HostFacts;
  /** Why systemd could not be asked for the facts; null where it could, or need not be. */
  readonly systemdProblem: string | null;
}

/** A check up to where the host would be asked. */
export interface PreparedCheck {
  /** The document without what is wrong in it: what the facts of the host are to be read for; null where nothing of it is left. */
  readonly spec: Spec | null;
  /** The rest, with a host or without one. */
  readonly finish: (host: HostAnswers | null) => Checked;
}

export interface Checked extends Findings {
  readonly text: string;
  readonly lines: Lines;
}

/** Checks a config.json: every finding at once, each with its place in the text. */
export function prepareCheck(bytes: Uint8Array, subject: CheckSubject): PreparedCheck {
  const { text, value, drafts: faults } = readDocument(bytes);
  const lines = new Lines(text);
  const finish = (drafts: readonly Draft[]): Checked => {
    const suggest = newNameSuggester(value);
    const { kept, omitted } = chooseDrafts(mergeOptions(drafts));
    const hinted = kept.map((draft) => addHint(draft, suggest));
    return { findings: locateFindings(hinted, text, lines), omitted, text, lines };
  };
  if (value === undefined) {
    return { spec: null, finish: () => finish(faults) };
  }
  const recovery = new Recovery(value);
  const drafts = [...faults, ...checkAny(value), ...checkValid(recovery, subject)];
  const spec = recovery.value === undefined ? null : (recovery.value as Spec);
  const made = (host: HostAnswers | null) => (spec === null ? [] : checkMade(spec, recovery, subject, host));
  return { spec, finish: (host) => finish([...drafts, ...made(host)]) };
}

/** What can be said of any document. */
function checkAny(document: unknown): Draft[] {
  return [checkSchema, checkProperties, checkVersions, checkDeprecated].flatMap((check) => check(document));
}

/** What can be said of a document that its schema accepts, here without what that refused; leaves one without any problem, or none. */
function checkValid(recovery: Recovery, subject: CheckSubject): Draft[] {
  if (!satisfySchema(recovery)) {
    recovery.value = undefined;
    return [];
  }
  const spec = recovery.value as Spec;
  const refused = checkSpecification(spec);
  const drafts = [
    ...refused,
    ...warnOfSpecification(spec),
    ...[checkMountNames, checkDuplicateMounts, checkSystemCalls, checkAnnotationNames].flatMap((check) => check(spec)),
    ...(subject.audit ? auditSpec(spec) : []),
  ];
  const sure = keepSure(drafts, recovery);
  satisfyChecks(recovery, refused);
  return sure;
}

function satisfyChecks(recovery: Recovery, refused: readonly Draft[]): void {
  let problems = refused;
  for (let round = 0; problems.length > 0; round += 1) {
    if (round === 4 || !recovery.remove(problems.map(({ keys }) => keys)) || !satisfySchema(recovery)) {
      recovery.value = undefined;
      return;
    }
    problems = checkSpecification(recovery.value as Spec);
  }
}

/** What can be said of a document without any problem. */
function checkMade(spec: Spec, recovery: Recovery, subject: CheckSubject, host: HostAnswers | null): Draft[] {
  const { bundle, cgroupManager } = subject;
  const made = { bundle, rootfs: resolve(bundle, spec.root?.path ?? ''), cgroupManager };
  if (host === null) {
    return keepSure(checkPlan(spec, { ...made, facts: completeHost(cgroupManager) }), recovery);
  }
  const { facts, view, systemdProblem } = host;
  const systemd: Draft[] =
    systemdProblem === null ? [] : [{ rule: 'host/systemd', keys: ['linux', 'cgroupsPath'], message: systemdProblem }];
  const drafts = [...checkPlan(spec, { ...made, facts }), ...systemd, ...checkHost(spec, { ...made, facts, view })];
  return keepSure(drafts, recovery);
}

/** With the places of the document as it is, and without what follows only from what has been taken out of it. */
function keepSure(drafts: readonly Draft[], recovery: Recovery): Draft[] {
  const placed = drafts.map((draft) => {
    const keys = recovery.original(draft.keys);
    return keys === draft.keys ? draft : { ...draft, keys };
  });
  return placed.filter((draft) => !isDoubtful(draft, recovery));
}

function resolve(bundle: string, path: string): string {
  return path.startsWith('/') ? path : `${bundle === '/' ? '' : bundle}/${path}`;
}

const NAMESPACES: Keys = ['linux', 'namespaces'];

/** What follows only from something that was taken out, and would not be said of the document once that is put right. */
function isDoubtful(draft: Draft, recovery: Recovery): boolean {
  if (draft.span !== undefined) {
    return false;
  }
  const needsNamespaces = ['spec/missing-namespace', 'spec/id-mapping', 'audit/host-namespace', 'audit/root'];
  return (
    (draft.keys.length > 0 && recovery.isAffected(draft.keys)) ||
    (needsNamespaces.includes(draft.rule) && recovery.isAffected(NAMESPACES))
  );
}

function addHint(draft: Draft, suggest: (keys: Keys) => string | undefined): Draft {
  const hint = draft.hint ?? didYouMean(suggest(draft.keys));
  return hint === undefined ? draft : { ...draft, hint };
}

/** An option that is both refused and misspelled is one finding: what is refused, with what will have been meant. */
function mergeOptions(drafts: readonly Draft[]): Draft[] {
  const identity = ({ keys }: Draft) => keys.join('\n');
  const refused = new Set(drafts.filter(({ rule }) => rule === 'plan/refused').map(identity));
  if (refused.size === 0) return [...drafts];
  const options = new Map(
    drafts.filter(({ rule }) => rule === 'spec/mount-option').map((draft) => [identity(draft), draft]),
  );
  return drafts
    .filter((draft) => draft.rule !== 'spec/mount-option' || !refused.has(identity(draft)))
    .map((draft) => {
      const hint = draft.hint ?? options.get(identity(draft))?.hint;
      return hint === draft.hint ? draft : { ...draft, hint };
    });
}
