// The security summary of `check --audit`: what a container may do that it should not, each with a reason. Pure, and given a spec that its
// schema accepts. It judges what config.json says, not what an image does.

import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import { auditCapabilities } from './capabilities.js';
import { auditDeviceRules, auditDevices } from './devices.js';
import { auditEnvironment, auditLabels, auditNamespaces, auditPrivileges, auditUser } from './isolation.js';
import { auditMounts, auditPaths } from './mounts.js';
import { auditSeccomp } from './seccomp.js';
import { auditAnnotations, auditHooks, auditLimits, auditScore, auditSysctls } from './settings.js';

const AUDITS: readonly ((spec: Spec) => Draft[])[] = [
  auditUser,
  auditCapabilities,
  auditPrivileges,
  auditNamespaces,
  auditMounts,
  auditPaths,
  auditDevices,
  auditDeviceRules,
  auditSeccomp,
  auditLabels,
  auditLimits,
  auditEnvironment,
  auditSysctls,
  auditHooks,
  auditAnnotations,
  auditScore,
];

/** Everything that stands out; none of it is an error, as it may be what the container is for. */
export function auditSpec(spec: Spec): Draft[] {
  return AUDITS.flatMap((audit) => audit(spec));
}
