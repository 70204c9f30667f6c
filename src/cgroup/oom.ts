// How often the kernel has killed in a cgroup because its memory was full.
import { parseFlatKeyed } from './formats.js';
import { type Cgroup, cgroupDirectory, readInterfaceFile } from './interface-file.js';

/**
 * The number of processes of this cgroup, and of those below it, that the OOM killer has killed (memory.events, `oom_kill`); 0 without a
 * memory controller, and when the cgroup is gone.
 */
export function readOomKills(cgroup: Cgroup): number {
  const text = readInterfaceFile(cgroupDirectory(cgroup), 'memory.events');
  return Number(parseFlatKeyed(text ?? '').get('oom_kill') ?? 0n);
}
