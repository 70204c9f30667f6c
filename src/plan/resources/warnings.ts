// What linux.resources can ask of cgroup v1 and cgroup v2 does not have: it is ignored, as by runc, but never without a word.

import type { BlockIO, CPU, Memory, Network, Resources } from '../../spec/types.js';
import { RESOURCES } from './make-setting.js';

const NO_REALTIME = 'cgroup v2 has no limit on realtime tasks';
const NO_LEAF_WEIGHT = 'cgroup v2 has no leaf weights';

const CPU_WARNINGS: readonly (readonly [keyof CPU, string])[] = [
  ['realtimeRuntime', NO_REALTIME],
  ['realtimePeriod', NO_REALTIME],
];

const MEMORY_WARNINGS: readonly (readonly [keyof Memory, string])[] = [
  ['kernel', 'cgroup v2 counts memory of the kernel in the limit on memory'],
  ['kernelTCP', 'cgroup v2 counts memory of sockets in the limit on memory'],
  ['swappiness', 'cgroup v2 has no swappiness of a cgroup'],
  ['disableOOMKiller', 'cgroup v2 cannot switch the OOM killer off'],
  ['useHierarchy', 'cgroup v2 always counts what is below'],
];

/** One line each, beginning with its JSON path; nothing for the values that callers write for "not set": 0, -1, false, an empty list. */
export function listWarnings({ cpu, memory, blockIO, network }: Resources): string[] {
  return [
    ...warnFields('memory', memory ?? {}, MEMORY_WARNINGS),
    ...warnLeafWeights(blockIO ?? {}),
    ...warnFields('cpu', cpu ?? {}, CPU_WARNINGS),
    ...warnNetwork(network ?? {}),
  ];
}

function warnFields<T extends object>(
  name: string,
  topic: T,
  table: readonly (readonly [keyof T, string])[],
): string[] {
  return table
    .filter(([key]) => Number(topic[key] ?? 0) > 0)
    .map(([key, reason]) => warning(`${name}.${String(key)}`, reason));
}

function warnLeafWeights({ leafWeight = 0, weightDevice = [] }: BlockIO): string[] {
  const warnings = leafWeight > 0 ? [warning('blockIO.leafWeight', NO_LEAF_WEIGHT)] : [];
  for (const [index, device] of weightDevice.entries()) {
    if ((device.leafWeight ?? 0) > 0) {
      warnings.push(warning(`blockIO.weightDevice[${index}].leafWeight`, NO_LEAF_WEIGHT));
    }
  }
  return warnings;
}

function warnNetwork({ classID = 0, priorities = [] }: Network): string[] {
  const warnings = classID > 0 ? [warning('network.classID', 'cgroup v2 has no controller net_cls')] : [];
  if (priorities.length > 0) {
    warnings.push(warning('network.priorities', 'cgroup v2 has no controller net_prio'));
  }
  return warnings;
}

function warning(path: string, reason: string): string {
  return `${RESOURCES}.${path}: ignored: ${reason}`;
}
