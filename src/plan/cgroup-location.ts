// linux.cgroupsPath for the cgroupfs driver: which cgroup the container is. Peers: runc's rules (fs2 defaultDirPath).

import { SpecError } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import type { Spec } from '../spec/types.js';
import type { CompileContext } from './context.js';
import type { Op } from './ops.js';

export interface CgroupLocation {
  /** Mount point of the cgroup2 tree. */
  readonly root: string;
  /** The cgroup in it: absolute, clean, never the root cgroup. */
  readonly path: string;
}

/**
 * The container's cgroup; null on a host without cgroup2. An absolute cgroupsPath is taken from the root of the tree; a relative one, and
 * without any the container's id, below the parent of the runtime's own cgroup: the own one has processes, so it cannot have controllers
 * for children. A path that leaves the tree, or is its root, is a SpecError: delete kills and removes what this returns.
 */
export function locateCgroup(spec: Spec, facts: HostFacts, id: string): CgroupLocation | null {
  if (facts.cgroupRoot === null) {
    return null;
  }
  const wanted = spec.linux?.cgroupsPath ?? '';
  const relative = wanted === '' ? id : wanted;
  const full = relative.startsWith('/') ? relative : `${facts.ownCgroup}/../${relative}`;
  const components = cleanInside(full, facts.ownCgroup === '/' && !relative.startsWith('/'));
  if (components === null) {
    throw cgroupsPathError(`leaves the cgroup tree: "${wanted}"`);
  }
  if (components.length === 0) {
    throw cgroupsPathError(`must name a cgroup below the root of the tree: "${wanted}"`);
  }
  return { root: facts.cgroupRoot, path: `/${components.join('/')}` };
}

// The parent of the root cgroup is the root cgroup: one `..` is forgiven there, the one this file adds itself.
function cleanInside(path: string, forgiveFirst: boolean): string[] | null {
  const kept: string[] = [];
  let forgiven = !forgiveFirst;
  for (const component of path.split('/')) {
    if (component === '' || component === '.') {
      continue;
    }
    if (component !== '..') {
      kept.push(component);
    } else if (kept.length > 0) {
      kept.pop();
    } else if (forgiven) {
      return null;
    } else {
      forgiven = true;
    }
  }
  return kept;
}

function cgroupsPathError(message: string): SpecError {
  return new SpecError('SPEC_INVALID', [{ path: 'linux.cgroupsPath', message }]);
}

export function openCgroup(context: CompileContext): Op[] {
  return context.cgroup === null ? [] : [{ op: 'open-cgroup', ...context.cgroup }];
}

export function removeCgroup(cgroup: CgroupLocation | null): Op[] {
  return cgroup === null
    ? []
    : [
        { op: 'kill-cgroup', ...cgroup },
        { op: 'remove-cgroup', ...cgroup },
      ];
}
