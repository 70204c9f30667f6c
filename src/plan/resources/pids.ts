// linux.resources.pids: config-linux.md, "PIDs".

import type { Pids } from '../../spec/types.js';
import { limitText, makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

/** As in runc 1.4 and later, 0 is the strictest limit that leaves the container its first process, and any negative number is none. */
export function compilePids({ limit }: Pids): CgroupSetting[] {
  if (limit === undefined) {
    return [];
  }
  const value = Number(limit) === 0 ? '1' : limitText(limit);
  return [makeSetting(`${RESOURCES}.pids.limit`, 'pids.max', value, value === 'max')];
}
