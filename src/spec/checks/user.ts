// process.user: config.md, "POSIX-platform User".

import type { SpecProblem } from '../../base/errors.js';
import { findNamespace } from '../namespaces.js';
import type { IDMapping, Spec } from '../types.js';
import { MAX_LINES } from './id-mappings.js';

/** (uid_t)-1 means "leave it" to setresuid(2) and chown(2). */
const NO_ID = 4294967295;

/** Ids that exist, and that the new user namespace maps: setresuid(2) fails with EINVAL for others. */
export function checkUser(spec: Spec): SpecProblem[] {
  const user = spec.process?.user;
  const problems: SpecProblem[] = [];
  if (user?.umask !== undefined && user.umask > 0o777) {
    problems.push({
      path: 'process.user.umask',
      message: `found ${user.umask} (octal ${user.umask.toString(8)}), must be from 0 to 511 (octal 777)`,
    });
  }
  const uidMappings = newMappings(spec, 'uidMappings');
  const gidMappings = newMappings(spec, 'gidMappings');
  checkId(problems, 'process.user.uid', user?.uid ?? 0, uidMappings, 'linux.uidMappings');
  checkId(problems, 'process.user.gid', user?.gid ?? 0, gidMappings, 'linux.gidMappings');
  for (const [index, gid] of (user?.additionalGids ?? []).entries()) {
    checkId(problems, `process.user.additionalGids[${index}]`, gid, gidMappings, 'linux.gidMappings');
  }
  return problems;
}

/** The mappings of a user namespace that is to be made, unless they are too many to be any; of a joined one they are not in the document. */
function newMappings(spec: Spec, key: 'uidMappings' | 'gidMappings'): readonly IDMapping[] | null {
  const mappings = spec.linux?.[key] ?? [];
  return findNamespace(spec, 'user')?.path === undefined && mappings.length > 0 && mappings.length <= MAX_LINES
    ? mappings
    : null;
}

function checkId(
  problems: SpecProblem[],
  path: string,
  id: number,
  mappings: readonly IDMapping[] | null,
  where: string,
): void {
  if (id === NO_ID) {
    problems.push({ path, message: `found ${id}, must be at most ${NO_ID - 1}` });
  } else if (mappings?.some(({ containerID, size }) => id >= containerID && id < containerID + size) === false) {
    problems.push({ path, message: `found ${id}, must be mapped by ${where}` });
  }
}
