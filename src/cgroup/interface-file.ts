// Reads interface files of a cgroup. Files and whole cgroups go away at any moment, and a controller that is not enabled has no files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoName } from '../host/files.js';

/** Where a container's cgroup is: the mount point of the tree, and the path in it. */
export interface Cgroup {
  readonly root: string;
  readonly path: string;
}

/** The directory of a cgroup. */
export function cgroupDirectory({ root, path }: Cgroup): string {
  return join(root, path);
}

/**
 * The whole text of an interface file, which may be longer than one read(2) answers; null when there is none: no such file or cgroup, or
 * nothing to be told by it (EOPNOTSUPP: cgroup.procs of a threaded cgroup, pressure on a kernel that was started without it).
 */
export function readInterfaceFile(directory: string, name: string): string | null {
  try {
    return readFileSync(join(directory, name), 'latin1');
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** True for the errors of a file, process or cgroup that is not, or no longer, there. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENODEV', 'ENOTDIR', 'ESRCH', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoName(error) ?? '');
}
