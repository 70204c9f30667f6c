// What the caller of tsrun may do: root, or what a user namespace gives others.

import { findNamespace } from '../../spec/namespaces.js';
import type { IDMapping, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { HostCheck } from './index.js';

export function checkPrivilege(spec: Spec, { view, facts, cgroupManager }: HostCheck): Draft[] {
  const drafts: Draft[] = [];
  if (facts.cgroupRoot === null && cgroupManager !== 'disabled') {
    const message = 'this machine has no cgroup v2 tree: the container gets no cgroup';
    drafts.push({ rule: 'host/cgroup', keys: ['linux', 'cgroupsPath'], message });
  }
  if (view.uid !== 0 && findNamespace(spec, 'user') === undefined) {
    const message = `uid ${view.uid} cannot make a container without a user namespace`;
    const hint = 'add a namespace of type "user", or run tsrun as root';
    drafts.push({ rule: 'host/privilege', keys: ['linux', 'namespaces'], message, hint });
  }
  return drafts;
}

/** subuid(5): what newuidmap(1) and newgidmap(1) write, they write only if it is granted. Whether they are there is the compiler's to say. */
export function checkIdMaps(spec: Spec, { view, facts: { ids } }: HostCheck): Draft[] {
  const maps = [
    ['uidMappings', '/etc/subuid', ids?.mapsUids === false && ids.uidMapper !== null],
    ['gidMappings', '/etc/subgid', ids?.mapsGids === false && ids.gidMapper !== null],
  ] as const;
  return maps.flatMap(([key, file, isAsked]) => {
    const mappings = isAsked ? (spec.linux?.[key] ?? []) : [];
    const name = nameOf(view.readText('/etc/passwd') ?? '', view.uid);
    const granted = readGranted(view.readText(file) ?? '', name, view.uid);
    return mappings.flatMap((mapping, index): Draft[] => {
      const keys = ['linux', key, index, 'hostID'];
      const message = `${file} does not grant ${mapping.hostID} to ${mapping.hostID + mapping.size - 1} to uid ${view.uid}`;
      return isGranted(mapping, granted) ? [] : [{ rule: 'host/id-mapping', keys, message }];
    });
  });
}

interface Range {
  readonly first: number;
  readonly count: number;
}

/** Lines of subuid(5) are `name-or-uid:first:count`. */
function readGranted(text: string, name: string | undefined, uid: number): Range[] {
  const lines = text.split('\n').map((line) => line.split(':'));
  const own = lines.filter(([who]) => who === String(uid) || (who !== undefined && who === name));
  return own.map(([, first, count]) => ({ first: Number(first), count: Number(count) }));
}

function nameOf(passwd: string, uid: number): string | undefined {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[2] === String(uid))?.[0];
}

/** One id may always be the caller's own, whichever that is for groups. */
function isGranted({ hostID, size }: IDMapping, granted: readonly Range[]): boolean {
  return size === 1 || granted.some(({ first, count }) => hostID >= first && hostID + size <= first + count);
}
