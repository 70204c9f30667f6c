// The facts about this host that one container needs: what costs time to read is read only for a config.json that asks for it.
import type { CgroupManager } from '../base/cgroup-manager.js';
import type { HostFacts } from '../base/host-facts.js';
import { readHostFacts, readSystemdFacts } from '../host/facts.js';
import { asksForLimits } from '../plan/resources/index.js';
import type { Spec } from '../spec/types.js';

/** @throws TsrunError HOST_UNSUPPORTED where systemd is to make the cgroup and does not run. */
export async function readSpecFacts(spec: Spec, cgroupManager: CgroupManager): Promise<HostFacts> {
  return readHostFacts({
    limits: asksForLimits(spec.linux?.resources),
    systemd: cgroupManager === 'systemd' ? await readSystemdFacts() : null,
  });
}
