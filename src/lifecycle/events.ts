// events: what a container uses, and that the kernel has killed in it for want of memory. Reads only.
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { encodeJson } from '../base/json.js';
import { type Cgroup, cgroupDirectory } from '../cgroup/interface-file.js';
import { readOomKills } from '../cgroup/oom.js';
import { isPopulated } from '../cgroup/processes.js';
import { type ResctrlStatistics, readResctrlStatistics } from '../cgroup/resctrl.js';
import { type CgroupStatistics, readStatistics } from '../cgroup/statistics.js';
import { CgroupWatch } from '../cgroup/watch.js';
import { type NetworkInterface, readNetworkDevices } from '../host/network-devices.js';
import { isAlive, type ProcessIdentity } from '../host/process.js';
import type { ResctrlLocation } from '../plan/resctrl.js';
import { readSnapshot } from '../state/status.js';
import { containerDirectory, readInit } from '../state/store.js';

/** What a container has used; 64-bit numbers are exact, and the keys those of runc's `events`. */
export interface Statistics extends CgroupStatistics {
  /** Empty without linux.intelRdt. */
  readonly intel_rdt: ResctrlStatistics;
  /** The devices of the container's network namespace; null when it has none of its own, or has ended. */
  readonly network_interfaces: readonly NetworkInterface[] | null;
}

/** One line of `events`. `oom`: the OOM killer has killed processes of the container, one or more. */
export type ContainerEvent =
  | { readonly type: 'stats'; readonly id: string; readonly data: Statistics }
  | { readonly type: 'oom'; readonly id: string };

export interface EventsOptions {
  /** Milliseconds from one `stats` to the next; default 5000. */
  readonly interval?: number | undefined;
  /** Ends the events when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_INTERVAL = 5000;

/** A container that can be watched. */
interface Subject {
  readonly id: ContainerId;
  readonly cgroup: Cgroup;
  readonly resctrl: ResctrlLocation | null;
  readonly init: ProcessIdentity;
}

/**
 * What the container has used until now.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, STATE_CORRUPT, CONTAINER_STATUS when it is not running, HOST_UNSUPPORTED without a cgroup.
 */
export function readContainerStatistics(root: string, idText: string): Statistics {
  const subject = findSubject(root, parseContainerId(idText));
  const statistics = readSubjectStatistics(subject);
  if (statistics === null) throw notRunningError(subject.id, 'it has just been deleted');
  return statistics;
}

/**
 * The events of a container, from now on until it ends: `stats` each interval and at the end, if its cgroup is still there by then, and `oom`
 * when it happens. Where the interval is over before the last event was taken, a `stats` is left out.
 * @throws TsrunError as readContainerStatistics(), and USAGE for an interval that is not above 0, when the first event is asked for.
 */
export async function* watchEvents(
  root: string,
  idText: string,
  { interval = DEFAULT_INTERVAL, signal }: EventsOptions = {},
): AsyncGenerator<ContainerEvent, void, undefined> {
  if (!(interval > 0)) throw new TsrunError('USAGE', `unusable interval of ${interval} ms: must be greater than 0`);
  const subject = findSubject(root, parseContainerId(idText));
  const { id, cgroup, init } = subject;
  const watch = new CgroupWatch(cgroupDirectory(cgroup));
  try {
    let kills = readOomKills(cgroup) ?? 0;
    let due = performance.now() + interval;
    for (;;) {
      // Before the kills are read: those of the last moment are still told.
      const ended = !isPopulated(cgroup) || !isAlive(init);
      const killsNow = readOomKills(cgroup) ?? 0;
      if (killsNow > kills) yield { type: 'oom', id };
      kills = Math.max(kills, killsNow);
      if (ended || performance.now() >= due) {
        const data = readSubjectStatistics(subject);
        if (data !== null) yield { type: 'stats', id, data };
        if (ended) return;
        due = Math.max(due + interval, performance.now());
      }
      await watch.wait(due - performance.now(), signal);
      if (signal?.aborted === true) return;
    }
  } finally {
    watch.close();
  }
}

function findSubject(root: string, id: ContainerId): Subject {
  const { record, status } = readSnapshot(root, id);
  const init = readInit(containerDirectory(root, id));
  if (status === 'stopped' || status === 'creating' || init === null)
    throw notRunningError(id, `its status is ${status}`);
  if (record.cgroup === null) {
    throw new TsrunError('HOST_UNSUPPORTED', `cannot read the statistics of container "${id}": it has no cgroup`, {
      hint: 'it was created with --cgroup-manager=disabled, or this host has no cgroup v2',
    });
  }
  return { id, cgroup: record.cgroup, resctrl: record.resctrl ?? null, init: init.identity };
}

function notRunningError(id: ContainerId, hint: string): TsrunError {
  return new TsrunError('CONTAINER_STATUS', `cannot read the statistics of container "${id}": container not running`, {
    hint,
  });
}

function readSubjectStatistics({ cgroup, resctrl, init }: Subject): Statistics | null {
  const statistics = readStatistics(cgroup);
  if (statistics === null) return null;
  const intel_rdt = readResctrlStatistics(resctrl);
  const devices = readNetworkDevices(init.pid);
  // Afterwards: what was read while init lived is not of another process that got its pid.
  return { ...statistics, intel_rdt, network_interfaces: isAlive(init) ? devices : null };
}

/** An event as one line of JSON, with its newline. Numbers keep all their digits: 2^64-1 is `18446744073709551615`. */
export function encodeEvent(event: ContainerEvent): string {
  return `${encodeJson(event)}\n`;
}
