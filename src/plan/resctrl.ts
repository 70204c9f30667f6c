// linux.intelRdt: config-linux.md, "IntelRdt". Where a container is in resctrl: its class of service is a directory of it, and a monitoring
// group one in the `mon_groups` of a class.

import type { HostFacts } from '../base/host-facts.js';
import type { Spec } from '../spec/types.js';
import type { Op } from './ops.js';

/** Where a container is in resctrl. */
export interface ResctrlLocation {
  /** The mount point. */
  readonly root: string;
  /** The directory of its class below it; '' is the default class, the root itself. */
  readonly group: string;
  /** The directory of its monitoring group below it; null: it has none of its own. */
  readonly monitoring: string | null;
}

/** Null where config.json has no intelRdt, or this host no resctrl, which makeResctrlGroups() (resctrl-groups.ts) reports. */
export function locateResctrl({ linux }: Spec, { resctrl }: HostFacts, id: string): ResctrlLocation | null {
  const rdt = linux?.intelRdt;
  const root = resctrl?.root ?? null;
  if (rdt === undefined || root === null) {
    return null;
  }
  const { closID = '', enableMonitoring = false } = rdt;
  // "/" means the default class; without a name the class is the container's own.
  const group = closID === '/' ? '' : closID === '' ? id : closID;
  return { root, group, monitoring: enableMonitoring ? `${group === '' ? '' : `${group}/`}mon_groups/${id}` : null };
}

/** A task is of a class first: a monitoring group takes only those of its own. Its children are where it is, but for those of exec. */
export function joinResctrlGroups(location: ResctrlLocation | null | undefined): Op[] {
  const { root = '', group = '', monitoring = null } = location ?? {};
  const groups = location === null || location === undefined ? [] : monitoring === null ? [group] : [group, monitoring];
  return groups.map((name) => ({ op: 'join-resctrl-group', root, group: name }));
}

/** The helper knows which of them this container has made. */
export function removeResctrlGroups(location: ResctrlLocation | null | undefined): Op[] {
  const { root = '', group = '', monitoring = null } = location ?? {};
  const ops: Op[] = [];
  if (monitoring !== null) {
    ops.push({ op: 'remove-resctrl-group', root, group: monitoring, kind: 'monitoring' });
  }
  if (group !== '') {
    ops.push({ op: 'remove-resctrl-group', root, group, kind: 'class' });
  }
  return ops;
}
