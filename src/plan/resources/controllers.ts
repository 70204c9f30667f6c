// Whether the host's cgroup2 tree has the controllers that settings need.

import type { SpecProblem } from '../../base/errors.js';
import type { CgroupSetting, ResourceFacts } from './settings.js';

/** The controllers that cgroup v1 has as well, io under the name blkio. */
const ALSO_IN_V1 = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma'];

const OTHER_WAYS =
  'cgroup v1 has it on this machine: boot with systemd.unified_cgroup_hierarchy=1, or run without limits with --cgroup-manager=disabled';

/** Those settings whose controller is there; of the others those that ask for a default are dropped, and each other field is one problem. */
export function checkControllers(
  settings: readonly CgroupSetting[],
  facts: ResourceFacts,
): { settings: CgroupSetting[]; problems: SpecProblem[] } {
  const kept: CgroupSetting[] = [];
  const missing = new Map<string, string>();
  for (const setting of settings) {
    if (setting.controller === '' || facts.controllers.includes(setting.controller)) {
      kept.push(setting);
    } else if (!setting.isDefault) {
      missing.set(setting.path, setting.controller);
    }
  }
  return { settings: kept, problems: wordMissing(missing, facts) };
}

/** What the host has, and what can be done, is said once, with the first field. */
function wordMissing(missing: ReadonlyMap<string, string>, { controllers, hybrid }: ResourceFacts): SpecProblem[] {
  const present = controllers.map((name) => JSON.stringify(name)).join(', ');
  const first = [...missing.keys()][0];
  const firstInV1 = [...missing].find(([, controller]) => ALSO_IN_V1.includes(controller))?.[0];
  return [...missing].map(([path, controller]) => {
    const has = path === first ? ` (it has ${present || 'none'})` : '';
    const advice = hybrid && path === firstInV1 ? `; ${OTHER_WAYS}` : '';
    return {
      path,
      message: `the cgroup2 tree has no controller ${JSON.stringify(controller)}${has}${advice}`,
      ofHost: true,
    };
  });
}
