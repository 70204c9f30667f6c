// linux.resources to files of cgroup v2. Devices are not here: they are a program (device-program.ts).

import type { Resources } from '../../spec/types.js';
import { checkControllers } from './controllers.js';
import { checkCpuset } from './cpuset.js';
import { checkPageSizes } from './hugetlb.js';
import { listSettings } from './list-settings.js';
import { checkMemoryInUse } from './memory.js';
import type { ResourceFacts, ResourceSettings } from './settings.js';
import { listWarnings } from './warnings.js';

/**
 * What `resources` amounts to on this host. `before` is the present text of the files of the cgroup, by name, when it has processes already
 * (`update`); it decides what is kept of cpu.max, what is written first, and checkBeforeUpdate. Expects resources that the checks of the
 * document accept, after a merge the merged ones. The settings are of use only where there are no problems.
 */
export function compileResources(
  resources: Resources | undefined,
  facts: ResourceFacts,
  before?: ReadonlyMap<string, string>,
): ResourceSettings {
  if (resources === undefined) {
    return { settings: [], warnings: [], problems: [] };
  }
  const { settings, problems } = checkControllers(listSettings(resources, before), facts);
  problems.push(
    ...checkMemoryInUse(resources.memory ?? {}, before),
    ...checkCpuset(resources.cpu ?? {}, facts),
    ...checkPageSizes(resources.hugepageLimits ?? [], facts),
  );
  return { settings, warnings: listWarnings(resources), problems };
}

/** Whether compileResources() would have anything to say, and so whether it is worth reading the facts that it needs. Devices are nothing. */
export function asksForLimits(resources: Resources | undefined): boolean {
  if (resources === undefined) return false;
  const { unified = {}, ...topics } = resources;
  return Object.keys(unified).length > 0 || listSettings(topics).length > 0 || listWarnings(topics).length > 0;
}
