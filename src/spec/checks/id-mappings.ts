// linux.uidMappings and linux.gidMappings: config-linux.md, "User namespace mappings"; what the kernel accepts: user_namespaces(7).

import { append } from '../../base/append.js';
import type { SpecProblem } from '../../base/errors.js';
import { findNamespace } from '../namespaces.js';
import type { IDMapping, Spec } from '../types.js';

/** Linux 4.15 and later: UID_GID_MAP_MAX_EXTENTS. */
export const MAX_LINES = 340;

/**
 * Mappings where a user namespace is made, none without one, and such that the kernel takes them in one write. Beside a namespace with a
 * path they are compared with its own when that is known: by the compiler.
 */
export function checkIdMappings(spec: Spec): SpecProblem[] {
  const namespace = findNamespace(spec, 'user');
  const problems: SpecProblem[] = [];
  for (const key of ['uidMappings', 'gidMappings'] as const) {
    const path = `linux.${key}`;
    const mappings = spec.linux?.[key] ?? [];
    if (mappings.length === 0) {
      if (namespace !== undefined && namespace.path === undefined) {
        problems.push({ path, message: 'found no mapping, must have one for a new user namespace' });
      }
    } else if (namespace === undefined) {
      problems.push({ path, message: 'needs a namespace of type "user", linux.namespaces has none' });
    } else if (namespace.path === undefined && !mappings.some(({ containerID }) => containerID === 0)) {
      problems.push({
        path,
        message: 'found no mapping of the id 0, must have one: the container is made as its root',
      });
    }
    if (mappings.length > 0) {
      append(problems, checkLines(mappings, path));
    }
  }
  return problems;
}

/** The rules for one map, also that of a mount. Of one that is far too long nothing else is said. */
export function checkLines(mappings: readonly IDMapping[], path: string): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (mappings.length > MAX_LINES) {
    return [{ path, message: `found ${mappings.length} mappings, must be at most ${MAX_LINES}` }];
  }
  for (const [index, { containerID, hostID, size }] of mappings.entries()) {
    if (size === 0) {
      problems.push({ path: `${path}[${index}].size`, message: 'found 0, must be at least 1' });
    } else if (containerID + size > 4294967295 || hostID + size > 4294967295) {
      // 4294967295 itself is (uid_t)-1, which is nobody's id.
      problems.push({ path: `${path}[${index}].size`, message: `found ${size}, must not lead past the id 4294967294` });
    }
  }
  return problems.concat(checkOverlap(mappings, path, 'containerID'), checkOverlap(mappings, path, 'hostID'));
}

function checkOverlap(mappings: readonly IDMapping[], path: string, side: 'containerID' | 'hostID'): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const order = mappings.map((mapping, index) => ({ index, start: mapping[side], end: mapping[side] + mapping.size }));
  order.sort((a, b) => a.start - b.start);
  let last = order[0];
  for (const range of order.slice(1)) {
    if (last !== undefined && range.start < last.end) {
      problems.push({
        path: `${path}[${range.index}].${side}`,
        message: `found ${range.start}, must not overlap with ${path}[${last.index}]`,
      });
    }
    last = last === undefined || range.end > last.end ? range : last;
  }
  return problems;
}
