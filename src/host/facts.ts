// Finds out what the compiler of plans has to know about this host.
import { existsSync, statfsSync } from 'node:fs';
import type { HostFacts } from '../base/host-facts.js';
import { readKernelFile } from './files.js';

const CGROUP2_SUPER_MAGIC = 0x63677270;

/** The facts of this host at this moment. */
export function readHostFacts(): HostFacts {
  const hybrid = !isCgroup2('/sys/fs/cgroup');
  const cgroupRoot = hybrid
    ? isCgroup2('/sys/fs/cgroup/unified')
      ? '/sys/fs/cgroup/unified'
      : null
    : '/sys/fs/cgroup';
  return {
    cgroupRoot,
    ownCgroup: readOwnCgroup(),
    hybridCgroup: hybrid && cgroupRoot !== null,
    hasKcore: existsSync('/proc/kcore'),
    uid: process.geteuid?.() ?? 0,
  };
}

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === CGROUP2_SUPER_MAGIC;
  } catch {
    // Not there: then it is not a cgroup2 mount either.
    return false;
  }
}

/** The line of the v2 hierarchy in /proc/self/cgroup, cgroups(7): `0::/path`. */
function readOwnCgroup(): string {
  const line = (readKernelFile('/proc/self/cgroup') ?? '').split('\n').find((text) => text.startsWith('0::'));
  return line === undefined ? '/' : line.slice(3);
}
