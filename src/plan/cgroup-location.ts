// linux.cgroupsPath: which cgroup the container is, and whether tsrun or systemd makes it. Peers: runc's rules (fs2 defaultDirPath).

import type { CgroupManager } from '../base/cgroup-manager.js';
import { SpecError } from '../base/errors.js';
import type { HostFacts, SystemdFacts } from '../base/host-facts.js';
import type { Spec } from '../spec/types.js';
import { parseScope, scopePath } from './systemd/scope-name.js';

export interface CgroupLocation {
  /** Mount point of the cgroup2 tree. */
  readonly root: string;
  /** The cgroup in it: absolute, clean, never the root cgroup. */
  readonly path: string;
  /** The scope whose cgroup it is, where systemd makes it. */
  readonly scope?: Scope;
}

/** A transient unit of systemd, and how that is reached. */
export interface Scope {
  readonly unit: string;
  readonly slice: string;
  readonly systemd: SystemdFacts;
}

/**
 * The container's cgroup; null on a host without cgroup2, where cgroups are disabled, and where one can neither be made nor is asked for.
 * cgroupfs: an absolute cgroupsPath is taken from the root of the tree; a relative one, and without any the container's id, below the parent
 * of the runtime's own cgroup: the own one has processes, so it cannot have controllers for children. systemd: cgroupsPath names slice,
 * prefix and name of a scope. A path that leaves the tree, or is its root, is a SpecError: delete kills and removes what this returns.
 */
export function locateCgroup(
  spec: Spec,
  facts: HostFacts,
  { id, cgroupManager }: { readonly id: string; readonly cgroupManager: CgroupManager },
): CgroupLocation | null {
  if (facts.cgroupRoot === null || cgroupManager === 'disabled' || facts.ownsCgroups === false) {
    return null;
  }
  const wanted = spec.linux?.cgroupsPath ?? '';
  if (cgroupManager === 'systemd' && facts.systemd !== null) {
    return locateScope(wanted, facts.cgroupRoot, facts.systemd, id);
  }
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

function locateScope(wanted: string, root: string, systemd: SystemdFacts, id: string): CgroupLocation {
  const { unit, slice } = parseScope(wanted, id, systemd.user);
  return { root, path: scopePath({ unit, slice }, systemd.controlGroup), scope: { unit, slice, systemd } };
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
