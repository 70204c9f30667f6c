// `update`: what a container has and what is to change, as one linux.resources. runc's rules (its update.go).

import type { BlockIO, CPU, Memory, Resources } from '../../spec/types.js';
import { listSettings } from './list-settings.js';
import { isGiven } from './make-setting.js';

/**
 * `current` with what `change` gives. A field that is absent, or has a value that callers write for "not set", stays; lists are merged by
 * device or page size, maps by key; devices and network are replaced as a whole. The result is to be checked like any linux.resources:
 * a new limit may contradict an old swap.
 */
export function mergeResources(current: Resources | undefined, change: Resources): Resources {
  const old = current ?? {};
  const merged: Resources = { ...old, ...change };
  if (change.memory !== undefined) {
    merged.memory = mergeMemory(old.memory, change.memory);
  }
  if (change.cpu !== undefined) {
    merged.cpu = mergeCpu(old.cpu, change.cpu);
  }
  if (change.pids !== undefined) {
    merged.pids = { ...old.pids, ...change.pids };
  }
  if (change.blockIO !== undefined) {
    merged.blockIO = mergeBlockIO(old.blockIO, change.blockIO);
  }
  mergeNamed(merged, old, change);
  return merged;
}

/** What a limit of -1 says of swap is said here, since the old swap would hide it. */
function mergeMemory(old: Memory | undefined, change: Memory): Memory {
  const given = withoutUnset(change, ['limit', 'reservation', 'swap', 'kernel', 'kernelTCP']);
  const isUnlimited = given.limit !== undefined && given.limit < 0;
  return { ...old, ...(isUnlimited ? { swap: -1 } : {}), ...given };
}

/** Quota and period of 0 are the default beside each other, so they count as given. The kernel has no shares for an idle cgroup. */
function mergeCpu(old: CPU | undefined, change: CPU): CPU {
  const given = withoutUnset(change, ['shares', 'cpus', 'mems']);
  const merged: CPU = { ...old, ...given };
  if (given.idle !== undefined && given.shares === undefined) {
    delete merged.shares;
  }
  return merged;
}

function mergeBlockIO(old: BlockIO | undefined, change: BlockIO): BlockIO {
  const merged: BlockIO = { ...old, ...withoutUnset(change, ['weight', 'leafWeight']) };
  if (change.weightDevice !== undefined) {
    merged.weightDevice = upsert(old?.weightDevice, change.weightDevice, deviceOf);
  }
  for (const key of ['ReadBps', 'WriteBps', 'ReadIOPS', 'WriteIOPS'] as const) {
    const rates = change[`throttle${key}Device`];
    if (rates !== undefined) {
      merged[`throttle${key}Device`] = upsert(old?.[`throttle${key}Device`], rates, deviceOf);
    }
  }
  return merged;
}

function mergeNamed(merged: Resources, old: Resources, change: Resources): void {
  if (change.hugepageLimits !== undefined) {
    merged.hugepageLimits = upsert(old.hugepageLimits, change.hugepageLimits, ({ pageSize }) => pageSize);
  }
  if (change.rdma !== undefined) {
    const devices = Object.entries(change.rdma).map(([name, limits]) => [name, { ...old.rdma?.[name], ...limits }]);
    merged.rdma = { ...old.rdma, ...Object.fromEntries(devices) };
  }
  const unified = { ...withoutOverwritten(old.unified ?? {}, change), ...change.unified };
  if (Object.keys(unified).length > 0) {
    merged.unified = unified;
  } else {
    delete merged.unified;
  }
}

/** `unified` is written last: an old entry for a file that the change sets by a field of its own would undo the change. */
function withoutOverwritten(unified: Readonly<Record<string, string>>, change: Resources): Record<string, string> {
  const written = new Set(listSettings(change).flatMap(({ choices }) => choices.map(({ file }) => file)));
  return Object.fromEntries(Object.entries(unified).filter(([file]) => !written.has(file)));
}

function withoutUnset<T extends object>(fields: T, keys: readonly (keyof T)[]): T {
  const given = { ...fields };
  for (const key of keys) {
    const value = given[key];
    if (value === '' || ((typeof value === 'number' || typeof value === 'bigint') && !isGiven(value))) {
      delete given[key];
    }
  }
  return given;
}

function deviceOf({ major, minor }: { major: number | bigint; minor: number | bigint }): string {
  return `${major}:${minor}`;
}

/** Entries of the same key are merged in their old place, new ones come last. */
function upsert<T>(old: readonly T[] | undefined, change: readonly T[], keyOf: (entry: T) => string): T[] {
  const entries = new Map((old ?? []).map((entry) => [keyOf(entry), entry]));
  for (const entry of change) {
    entries.set(keyOf(entry), { ...entries.get(keyOf(entry)), ...entry });
  }
  return [...entries.values()];
}
