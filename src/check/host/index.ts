// What a host cannot do of what config.json asks for, as far as that can be seen without trying. Pure: the host answers through a HostView.

import type { HostFacts } from '../../base/host-facts.js';
import type { HostView } from '../../base/host-view.js';
import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { PlanSubject } from '../plan.js';
import { checkAppArmor, checkBlockDevices, checkDevices, checkNetworkDevices } from './devices.js';
import { checkBindSources, checkHookPaths, checkNamespacePaths, checkRootfs, checkSeccompAgent } from './files.js';
import * as kernel from './kernel.js';
import { checkIdMaps, checkPrivilege } from './privilege.js';

export interface HostCheck extends PlanSubject {
  readonly view: HostView;
  readonly facts: HostFacts;
}

const CHECKS: readonly ((spec: Spec, subject: HostCheck) => Draft[])[] = [
  checkPrivilege,
  checkIdMaps,
  kernel.checkKernel,
  kernel.checkNamespaces,
  kernel.checkCapabilities,
  kernel.checkRlimits,
  kernel.checkSeccomp,
  kernel.checkFilesystems,
  kernel.checkSysctls,
  checkRootfs,
  checkBindSources,
  checkHookPaths,
  checkNamespacePaths,
  checkSeccompAgent,
  checkDevices,
  checkBlockDevices,
  checkNetworkDevices,
  checkAppArmor,
];

/** Everything that this host lacks, what compilePlan() knows of it excepted. */
export function checkHost(spec: Spec, subject: HostCheck): Draft[] {
  return CHECKS.flatMap((check) => check(spec, subject));
}
