// How a setting is made of one file and one value, and which numbers of config.json mean "not set" or "no limit".

import type { CgroupSetting } from './settings.js';

/** The start of every path in here. */
export const RESOURCES = 'linux.resources';

/** The setting that writes `value` to `file`, which belongs to the controller it is named after (`memory.swap.max` to `memory`). */
export function makeSetting(path: string, file: string, value: string, isDefault = false): CgroupSetting {
  const dot = file.indexOf('.');
  const prefix = dot === -1 ? file : file.slice(0, dot);
  return { path, controller: prefix === 'cgroup' ? '' : prefix, choices: [{ file, value }], isDefault };
}

/** Whether a number asks for anything where, as in runc, 0 and being absent are the same. */
export function isGiven(value: number | bigint | undefined): value is number | bigint {
  return value !== undefined && (value > 0 || value < 0);
}

/** A limit as the kernel reads it: what cgroup v1 wrote as -1 is `max`. */
export function limitText(value: number | bigint): string {
  return value < 0 ? 'max' : String(value);
}
