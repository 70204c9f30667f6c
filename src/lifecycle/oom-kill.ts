// Whether the kernel killed a process of a stopped container for want of memory: its cgroup counts it, and the end of `run --keep` noted it.
// systemd removes the cgroup of a scope as soon as nobody is in it; then only the note tells.
import { join } from 'node:path';
import { readKernelFile } from '../host/files.js';
import { readExit } from '../state/exit.js';
import type { Snapshot } from '../state/status.js';

/** True if a process of this container was killed because a memory limit was reached, or the host ran out of memory. */
export function wasOomKilled({ status, record }: Snapshot, stateDirectory: string): boolean {
  if (status !== 'stopped' || record.cgroup === null) return false;
  const { root, path } = record.cgroup;
  const events = readKernelFile(join(root, path, 'memory.events'));
  if (events !== null) return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0) > 0;
  return (readExit(stateDirectory)?.oomKills ?? 0) > 0;
}
