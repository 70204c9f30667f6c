// linux.resources.blockIO: config-linux.md, "Block IO".

import type { BlockIO } from '../../spec/types.js';
import { isGiven, makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

const PATH = `${RESOURCES}.blockIO`;

/** The key in a line of io.max for each list of throttles. */
const THROTTLES = [
  ['throttleReadBpsDevice', 'rbps'],
  ['throttleWriteBpsDevice', 'wbps'],
  ['throttleReadIOPSDevice', 'riops'],
  ['throttleWriteIOPSDevice', 'wiops'],
] as const;

export function compileBlockIO(blockIO: BlockIO): CgroupSetting[] {
  const settings = compileWeight(`${PATH}.weight`, '', blockIO.weight);
  for (const [index, { major, minor, weight }] of (blockIO.weightDevice ?? []).entries()) {
    settings.push(...compileWeight(`${PATH}.weightDevice[${index}].weight`, `${major}:${minor} `, weight));
  }
  return [...settings, ...compileThrottles(blockIO)];
}

/** As in runc: the file of the BFQ scheduler, which weighs as cgroup v1 did, where there is one, otherwise that of the controller itself. */
function compileWeight(path: string, device: string, weight: number | undefined): CgroupSetting[] {
  if (!isGiven(weight)) {
    return [];
  }
  const choices = [
    { file: 'io.bfq.weight', value: `${device}${weight}` },
    { file: 'io.weight', value: `${device}${ioWeight(weight)}` },
  ];
  return [{ path, controller: 'io', choices, isDefault: false }];
}

/** The weight of io.weight, 1 to 10000, for one of cgroup v1, 10 to 1000; 0, not set, stays 0. */
export function ioWeight(weight: number): number {
  return weight === 0 ? 0 : 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/**
 * One line a device, with everything that is asked for it; of the same throttle twice the last counts. A rate of 0 is no limit, as it was
 * in cgroup v1; the kernel refuses it in io.max.
 */
function compileThrottles(blockIO: BlockIO): CgroupSetting[] {
  const devices = new Map<string, { path: string; limits: Map<string, string> }>();
  for (const [key, word] of THROTTLES) {
    for (const [index, { major, minor, rate }] of (blockIO[key] ?? []).entries()) {
      const name = `${major}:${minor}`;
      const device = devices.get(name) ?? { path: `${PATH}.${key}[${index}]`, limits: new Map() };
      device.limits.set(word, isGiven(rate) ? String(rate) : 'max');
      devices.set(name, device);
    }
  }
  return [...devices].map(([name, { path, limits }]) => {
    const words = [...limits].map(([word, value]) => `${word}=${value}`);
    const isDefault = [...limits.values()].every((value) => value === 'max');
    return makeSetting(path, 'io.max', `${name} ${words.join(' ')}`, isDefault);
  });
}
