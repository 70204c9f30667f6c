// linux.uidMappings and linux.gidMappings: the id maps of a new user namespace, and who may write them; what a joined one has to map.
// The rules are the kernel's, user_namespaces(7), "Defining user and group ID mappings".

import { append } from '../base/append.js';
import type { SpecProblem } from '../base/errors.js';
import type { HostFacts, IdFacts, UserNamespaceFacts } from '../base/host-facts.js';
import { isSwitchedOn, KEEP_GROUPS } from '../spec/annotations.js';
import type { IDMapping, Process } from '../spec/types.js';
import { addProblem, type CompileContext } from './context.js';
import type { NameOf } from './names.js';
import { isNew } from './namespaces.js';
import type { Op } from './ops.js';

type Mappings = readonly IDMapping[];
type User = NonNullable<Process['user']>;

/** One of the two maps, and what this host has for it. */
interface Map {
  readonly file: NameOf<'id-map'>;
  readonly path: 'linux.uidMappings' | 'linux.gidMappings';
  readonly mappings: Mappings;
  /** The runtime's own id, which it may map to any one without a privilege. */
  readonly own: number;
  readonly isPrivileged: boolean;
  readonly mapper: string | null;
  readonly mapperName: string;
}

/** Written by the helper where the kernel lets it, by newuidmap(1) and newgidmap(1) otherwise, which know what the user may map. */
export function setIdMaps(context: CompileContext): Op[] {
  if (!isNew(context.namespaces, 'user')) {
    return [];
  }
  const { facts, spec } = context;
  const ids = facts.ids ?? assumeIds(facts);
  const uids: Map = {
    file: 'uid_map',
    path: 'linux.uidMappings',
    mappings: spec.linux?.uidMappings ?? [],
    own: facts.uid,
    isPrivileged: ids.mapsUids,
    mapper: ids.uidMapper,
    mapperName: 'newuidmap',
  };
  const gids: Map = {
    file: 'gid_map',
    path: 'linux.gidMappings',
    mappings: spec.linux?.gidMappings ?? [],
    own: ids.gid,
    isPrivileged: ids.mapsGids,
    mapper: ids.gidMapper,
    mapperName: 'newgidmap',
  };
  return [
    // Without CAP_SETGID only who can drop no group any more may write gid_map. newgidmap(1) denies them itself where it has to.
    deniesGroups(context) && !ids.deniesGroups ? [{ op: 'deny-setgroups' } as const] : [],
    writeMap(context, uids),
    writeMap(context, gids),
  ].flat();
}

/** What is not said to be missing where it has not been read: root may map all ids, others have somebody to ask. */
function assumeIds({ uid }: HostFacts): IdFacts {
  const isRoot = uid === 0;
  const mappers = { uidMapper: '/usr/bin/newuidmap', gidMapper: '/usr/bin/newgidmap' };
  return { gid: uid, mapsUids: isRoot, mapsGids: isRoot, ...mappers, deniesGroups: false, joined: null };
}

function writeMap(context: CompileContext, map: Map): Op[] {
  const { file, mappings, mapper } = map;
  if (mappings.length === 0) {
    return [];
  }
  if (map.isPrivileged || mapsOnly(mappings, map.own)) {
    return [{ op: 'set-id-map', file, map: encodeMap(mappings) }];
  }
  if (mapper === null) {
    context.problems.push({
      path: map.path,
      message: `maps other ids than ${map.own}, the own: that takes root, or ${map.mapperName}(1), which this host has not (package uidmap)`,
      ofHost: true,
    });
    return [];
  }
  const ranges = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size].map(String));
  return [{ op: 'call-id-mapper', file, program: mapper, ranges }];
}

function mapsOnly(mappings: Mappings, own: number): boolean {
  const [only] = mappings;
  return mappings.length === 1 && only?.size === 1 && only.hostID === own;
}

/** True if nobody in the container's user namespace can change his groups: setgroups(2) is denied there. */
export function deniesGroups({ facts, spec, namespaces }: CompileContext): boolean {
  const ids = facts.ids ?? assumeIds(facts);
  if (namespaces.user === undefined) {
    return false;
  }
  if (!isNew(namespaces, 'user')) {
    return ids.joined?.deniesGroups ?? false;
  }
  const mappings = spec.linux?.gidMappings ?? [];
  return ids.deniesGroups || (mappings.length > 0 && !ids.mapsGids && mapsOnly(mappings, ids.gid));
}

/** setgroups(2) would fail when all else is done. */
export function checkGroups(context: CompileContext): void {
  const groups = context.spec.process?.user?.additionalGids ?? [];
  // Whoever keeps the caller's groups has none set.
  if (groups.length > 0 && deniesGroups(context) && !isSwitchedOn(context.spec, KEEP_GROUPS)) {
    context.problems.push({
      path: 'process.user.additionalGids',
      message:
        'cannot set any additional groups: setgroups(2) is denied in the user namespace, as its groups are mapped without newgidmap(1)',
    });
  }
}

/** Of a user namespace with a path: mappings in config.json have to be its own, and the ids of the process mapped there. */
export function checkJoinedMaps(context: CompileContext): void {
  const joined = context.facts.ids?.joined ?? null;
  if (joined === null) {
    return;
  }
  const { linux, process } = context.spec;
  checkSame(context, 'linux.uidMappings', linux?.uidMappings ?? [], joined.uidMap);
  checkSame(context, 'linux.gidMappings', linux?.gidMappings ?? [], joined.gidMap);
  append(context.problems, listUnmapped(process?.user, joined, context.namespaces.user?.path ?? ''));
  if (!isMapped(0, joined.uidMap) || !isMapped(0, joined.gidMap)) {
    const path = `linux.namespaces[${(linux?.namespaces ?? []).findIndex(({ type }) => type === 'user')}].path`;
    addProblem(context, path, 'must map the uid 0 and the gid 0: the container is made as its root');
  }
}

/** The ids of process.user that the user namespace of this path does not map: setresuid(2) and setgroups(2) would fail. */
export function listUnmapped(user: User | undefined, joined: UserNamespaceFacts, namespace: string): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const check = (field: string, id: number, map: Mappings): void => {
    if (!isMapped(id, map)) {
      const message = `found ${id}, must be mapped by the user namespace "${namespace}"`;
      problems.push({ path: `process.user.${field}`, message });
    }
  };
  check('uid', user?.uid ?? 0, joined.uidMap);
  check('gid', user?.gid ?? 0, joined.gidMap);
  for (const [index, gid] of (user?.additionalGids ?? []).entries()) {
    check(`additionalGids[${index}]`, gid, joined.gidMap);
  }
  return problems;
}

/** As runc: whoever repeats the mappings of the namespace asks for nothing else. */
function checkSame(context: CompileContext, path: string, given: Mappings, found: Mappings): void {
  if (given.length === 0) {
    return;
  }
  if (normalize(given) === normalize(found)) {
    context.warnings.push(`${path} has no effect: the user namespace with a path has these mappings already`);
  } else {
    const has = encodeMap(found).trim().replaceAll('\n', ', ');
    addProblem(context, path, `differs from what the user namespace with a path has: ${has === '' ? 'nothing' : has}`);
  }
}

/** Ordered, and ranges that continue each other as one. */
function normalize(mappings: Mappings): string {
  const ranges: IDMapping[] = [];
  for (const range of [...mappings].sort((a, b) => a.containerID - b.containerID)) {
    const last = ranges.at(-1);
    const continues =
      last && last.containerID + last.size === range.containerID && last.hostID + last.size === range.hostID;
    if (continues) {
      ranges[ranges.length - 1] = { ...last, size: last.size + range.size };
    } else {
      ranges.push(range);
    }
  }
  return encodeMap(ranges);
}

function isMapped(id: number, mappings: Mappings): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}

/** The host's id of one in the container; null where it has none. */
export function toHostId(id: number, mappings: Mappings): number | null {
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? null : range.hostID + id - range.containerID;
}

/** The lines of uid_map and gid_map, user_namespaces(7). */
export function encodeMap(mappings: Mappings): string {
  let text = '';
  for (const mapping of mappings) {
    text += `${mapping.containerID} ${mapping.hostID} ${mapping.size}\n`;
  }
  return text;
}
