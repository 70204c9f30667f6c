// Whether the kernel killed a process of a stopped container for want of memory: its cgroup counts it, and the end of `run --keep` noted it.
// systemd removes the cgroup of a scope as soon as nobody is in it, with its counts; then the kernel's log is asked.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOomKills } from '../cgroup/oom.js';
import { countLoggedOomKills } from '../host/kernel-log.js';
import { readExit } from '../state/exit.js';
import type { Snapshot } from '../state/status.js';

/** Of the times in /proc/PID/stat: USER_HZ, which is 100 on every architecture (proc_pid_stat(5), time(7)). */
const TICKS_PER_SECOND = 100;

/** True if a process of this container was killed because a memory limit was reached, or the host ran out of memory. */
export function wasOomKilled({ status, record }: Snapshot, stateDirectory: string): boolean {
  if (status !== 'stopped' || record.cgroup === null) return false;
  const { root, path, scope } = record.cgroup;
  const counted = readOomKills({ root, path });
  if (counted !== null) return counted > 0;
  const noted = readExit(stateDirectory)?.oomKills ?? null;
  if (noted !== null) return noted > 0;
  const isGone = scope !== undefined && !existsSync(join(root, path));
  // The log's clock stands still while the machine sleeps: a kill after that may be missed, but none of an older container is told.
  return isGone && countLoggedOomKills(path, Number(record.creator.startTime) / TICKS_PER_SECOND) > 0;
}
