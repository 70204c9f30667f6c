// How often the kernel has killed in a cgroup because its memory was full.
import { parseFlatKeyed } from './formats.js';
import { type Cgroup, cgroupDirectory, readInterfaceFile } from './interface-file.js';

/**
 * The number of processes of this cgroup, and of those below it, that the OOM killer has killed (memory.events, `oom_kill`); null without
 * a memory controller, and when the cgroup is gone.
 */
export function readOomKills(cgroup: Cgroup): number | null {
  const text = readInterfaceFile(cgroupDirectory(cgroup), 'memory.events');
  return text === null ? null : Number(parseFlatKeyed(text).get('oom_kill') ?? 0n);
}
