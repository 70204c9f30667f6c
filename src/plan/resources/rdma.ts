// linux.resources.rdma: config-linux.md, "RDMA".

import { joinPath } from '../../spec/json-path.js';
import type { Rdma } from '../../spec/types.js';
import { makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

/** One line a device; what a line does not name keeps its value. 0 is a limit here. */
export function compileRdma(devices: Readonly<Record<string, Rdma>>): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(devices)) {
    const words = [device];
    if (hcaHandles !== undefined) {
      words.push(`hca_handle=${encodeLimit(hcaHandles)}`);
    }
    if (hcaObjects !== undefined) {
      words.push(`hca_object=${encodeLimit(hcaObjects)}`);
    }
    if (words.length > 1) {
      settings.push(makeSetting(joinPath(`${RESOURCES}.rdma`, device), 'rdma.max', words.join(' ')));
    }
  }
  return settings;
}

/** The kernel counts in 31 bits, of which the largest number is no limit, and refuses what is above (kernel/cgroup/rdma.c). */
const NO_LIMIT = 2 ** 31 - 1;

function encodeLimit(limit: number): string {
  return limit >= NO_LIMIT ? 'max' : String(limit);
}
