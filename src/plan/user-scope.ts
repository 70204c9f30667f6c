// Scopes of a user's own systemd, without root: who is in one was born elsewhere and moved there.

import type { CgroupLocation } from './cgroup-location.js';
import type { CompileContext } from './context.js';
import type { Op } from './ops.js';
import { attachCall } from './systemd/busctl.js';

/** Right after the birth of a process of the container: what could not be done before. `below` is a cgroup in the scope's own, which is there. */
export function attachInit({ cgroup }: Pick<CompileContext, 'cgroup'>, below = ''): Op[] {
  if (cgroup?.scope === undefined || !isUserScope(cgroup)) {
    return [];
  }
  const { root, scope } = cgroup;
  const { unit, systemd } = scope;
  const path = below === '' ? cgroup.path : `${cgroup.path}/${below}`;
  const head = attachCall(unit, systemd, below === '' ? '' : `/${below}`);
  return [{ op: 'attach-to-scope', root, path, unit, env: systemd.environment, head, tail: [] }];
}

/**
 * The kernel lets nobody be born in another cgroup who may not write cgroup.procs of the one that both are below (cgroup-v2.rst, "Delegation
 * Containment"): without root that is somebody else's, as a login session is no part of the user's systemd, which has leave to move processes.
 */
export function isUserScope({ scope }: CgroupLocation): boolean {
  return scope?.systemd.user === true;
}
