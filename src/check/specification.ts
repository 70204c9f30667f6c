// What the specification says beyond the schema: the checks that create makes as well, each with its rule.

import { SpecError, type SpecProblem } from '../base/errors.js';
import { checkAnnotations, warnAnnotationNames, warnAnnotations } from '../spec/checks/annotations.js';
import { warnCapabilities } from '../spec/checks/capabilities.js';
import { checkDevices } from '../spec/checks/devices.js';
import { checkHooks } from '../spec/checks/hooks.js';
import { checkIdMappings } from '../spec/checks/id-mappings.js';
import { CHECKS, type SpecCheck, WARNINGS } from '../spec/checks/index.js';
import { checkIntelRdt } from '../spec/checks/intel-rdt.js';
import { checkMasks } from '../spec/checks/masks.js';
import { checkMemoryPolicy } from '../spec/checks/memory-policy.js';
import { checkMounts, warnMounts } from '../spec/checks/mounts.js';
import { checkHostname, checkNamespaceNeeds, checkNamespaces, checkTimeOffsets } from '../spec/checks/namespaces.js';
import { checkNetDevices } from '../spec/checks/net-devices.js';
import { warnPersonality } from '../spec/checks/personality.js';
import { checkProcess } from '../spec/checks/process.js';
import { checkResources } from '../spec/checks/resources.js';
import { checkRlimits } from '../spec/checks/rlimits.js';
import { checkRoot } from '../spec/checks/root.js';
import { checkSeccomp, warnSeccomp } from '../spec/checks/seccomp.js';
import { checkSysctl } from '../spec/checks/sysctl.js';
import { checkUser } from '../spec/checks/user.js';
import { checkVersion, warnVersion } from '../spec/checks/version.js';
import type { Spec } from '../spec/types.js';
import { type Draft, draftOf } from './finding.js';
import { type Keys, valueAt } from './pointer.js';
import type { RuleId } from './rules/index.js';

/** A test holds that every check of create has a rule. */
export const RULE_OF_CHECK: ReadonlyMap<SpecCheck, RuleId> = new Map<SpecCheck, RuleId>([
  [checkVersion, 'spec/version'],
  [checkRoot, 'spec/root'],
  [checkMounts, 'spec/mount'],
  [checkProcess, 'spec/process'],
  [checkUser, 'spec/user'],
  [checkRlimits, 'spec/rlimit'],
  [checkHostname, 'spec/hostname'],
  [checkHooks, 'spec/hook'],
  [checkAnnotations, 'spec/annotation'],
  [checkNamespaces, 'spec/namespace'],
  [checkNamespaceNeeds, 'spec/missing-namespace'],
  [checkIdMappings, 'spec/id-mapping'],
  [checkTimeOffsets, 'spec/time-offset'],
  [checkDevices, 'spec/device'],
  [checkNetDevices, 'spec/network-device'],
  [checkResources, 'spec/resource'],
  [checkIntelRdt, 'spec/intel-rdt'],
  [checkMemoryPolicy, 'spec/memory-policy'],
  [checkSysctl, 'spec/sysctl'],
  [checkSeccomp, 'spec/seccomp'],
  [checkMasks, 'spec/masked-path'],
  [warnVersion, 'spec/newer-version'],
  [warnMounts, 'spec/relative-destination'],
  [warnCapabilities, 'spec/capability'],
  [warnSeccomp, 'spec/seccomp'],
  [warnAnnotations, 'spec/annotation'],
  [warnAnnotationNames, 'spec/annotation-name'],
  [warnPersonality, 'spec/personality-flag'],
]);

/** Everything that the checks of create refuse. */
export function checkSpecification(spec: Spec): Draft[] {
  return run(CHECKS, spec);
}

/** Everything that they warn of. */
export function warnOfSpecification(spec: Spec): Draft[] {
  const pinpoint = newPinpointer(spec);
  return run(WARNINGS, spec).map((draft) => ({
    ...draft,
    ...splitHint(draft.message),
    keys: pinpoint(draft),
    severity: 'warning',
  }));
}

/** Warnings of capabilities are about a set, and name one: the finding is where that is. A set may have a hundred thousand, so each is indexed once. */
function newPinpointer(spec: Spec): (draft: Draft) => Keys {
  const indexes = new Map<string, ReadonlyMap<string, number>>();
  const indexOf = (keys: Keys): ReadonlyMap<string, number> => {
    const place = keys.join('.');
    const known = indexes.get(place);
    if (known !== undefined) {
      return known;
    }
    const names = valueAt(spec, keys);
    const positions = new Map<string, number>();
    // Of a name that is there twice the first is meant.
    for (let index = Array.isArray(names) ? names.length - 1 : -1; index >= 0; index -= 1) {
      positions.set(JSON.stringify((names as unknown[])[index]), index);
    }
    indexes.set(place, positions);
    return positions;
  };
  return ({ rule, keys, message }) => {
    const quoted = rule === 'spec/capability' ? /"(?:[^"\\]|\\.)*"/.exec(message)?.[0] : undefined;
    const index = quoted === undefined ? undefined : indexOf(keys).get(quoted);
    return index === undefined ? keys : [...keys, index];
  };
}

/** What create says in one sentence: here the name that was meant is the hint. */
function splitHint(sentence: string): Pick<Draft, 'message' | 'hint'> {
  const comma = sentence.endsWith('"?') ? sentence.lastIndexOf(', did you mean "') : -1;
  return comma === -1 ? { message: sentence } : { message: sentence.slice(0, comma), hint: sentence.slice(comma + 2) };
}

function run(checks: readonly SpecCheck[], spec: Spec): Draft[] {
  return checks.flatMap((check) => {
    const rule = RULE_OF_CHECK.get(check) ?? 'spec/value';
    return check(spec).map((problem) => draftOf(needsNamespace(problem) ? 'spec/missing-namespace' : rule, problem));
  });
}

/** Several checks say this in the same words, and it is one and the same rule to who reads it. */
function needsNamespace({ message }: SpecProblem): boolean {
  return message.startsWith('needs a namespace of type');
}

/** The problems of what throws a SpecError; null where it throws nothing. */
export function catchProblems<Result>(
  make: () => Result,
): { readonly result: Result } | { readonly problems: readonly SpecProblem[] } {
  try {
    return { result: make() };
  } catch (error) {
    if (error instanceof SpecError) {
      return { problems: error.problems };
    }
    throw error;
  }
}
