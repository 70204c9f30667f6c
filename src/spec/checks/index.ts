// Everything that is checked of a config.json beyond its schema, in the order of the specification, and what is only warned of.

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';
import { checkAnnotations, warnAnnotationNames, warnAnnotations } from './annotations.js';
import { warnCapabilities } from './capabilities.js';
import { checkDevices } from './devices.js';
import { checkHooks } from './hooks.js';
import { checkIdMappings } from './id-mappings.js';
import { checkIntelRdt } from './intel-rdt.js';
import { checkMasks } from './masks.js';
import { checkMemoryPolicy } from './memory-policy.js';
import { checkMounts, warnMounts } from './mounts.js';
import { checkHostname, checkNamespaceNeeds, checkNamespaces, checkTimeOffsets } from './namespaces.js';
import { checkNetDevices } from './net-devices.js';
import { warnPersonality } from './personality.js';
import { checkProcess } from './process.js';
import { checkResources } from './resources.js';
import { checkRlimits } from './rlimits.js';
import { checkRoot } from './root.js';
import { checkSeccomp, warnSeccomp } from './seccomp.js';
import { checkSysctl } from './sysctl.js';
import { checkUser } from './user.js';
import { checkVersion, warnVersion } from './version.js';

/** Pure, and given only a spec that its schema accepts; returns everything that is wrong with its topic. */
export type SpecCheck = (spec: Spec) => SpecProblem[];

export const CHECKS: readonly SpecCheck[] = [
  checkVersion,
  checkRoot,
  checkMounts,
  checkProcess,
  checkUser,
  checkRlimits,
  checkHostname,
  checkHooks,
  checkAnnotations,
  checkNamespaces,
  checkNamespaceNeeds,
  checkIdMappings,
  checkTimeOffsets,
  checkDevices,
  checkNetDevices,
  checkResources,
  checkIntelRdt,
  checkMemoryPolicy,
  checkSysctl,
  checkSeccomp,
  checkMasks,
];

export const WARNINGS: readonly SpecCheck[] = [
  warnVersion,
  warnMounts,
  warnCapabilities,
  warnSeccomp,
  warnAnnotations,
  warnAnnotationNames,
  warnPersonality,
];
