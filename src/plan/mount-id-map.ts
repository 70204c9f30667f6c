// Mounts whose ids are mapped (MOUNT_ATTR_IDMAP): uidMappings and gidMappings of a mount, the options `idmap` and `ridmap`, and crun's
// `idmap=uids=...;gids=...`. Which maps a mount gets is decided here; nothing here makes a mount.

import { addProblem, type CompileContext, hasUserNamespace } from './context.js';
import { parseIdMapOption } from './id-map-option.js';
import { encodeMap } from './id-maps.js';
import type { MountEntry } from './mount-entry.js';
import { isNew } from './namespaces.js';
import type { Op } from './ops.js';

// mount_setattr(2) takes CAP_SYS_ADMIN in the user namespace that the filesystem was mounted in, which is never a new one.
const ROOT_ONLY =
  'needs root: ids are mapped by who is privileged over the user namespace that the filesystem was mounted in';
const NO_MAPS =
  'needs uidMappings and gidMappings of the mount, or a namespace of type "user" for those of the container';

/** The option that asks for it, as it was read. */
export interface IdMapWord {
  /** `ridmap`: of all that is mounted below, too. */
  readonly recursive: boolean;
  readonly word: string;
  readonly index: number;
}

/** A mount and its maps, in the form of uid_map and gid_map; null: those of the container's user namespace, which is used itself. */
export interface IdMappedMount {
  readonly maps: { readonly uid: string; readonly gid: string } | null;
  readonly op: Op & { readonly op: 'id-map-mount' };
}

/** True if config.json asks for maps of this mount. */
export function asksForIdMap({ mount, options }: MountEntry): boolean {
  return options.idMap !== null || hasOwnMaps(mount);
}

function hasOwnMaps({ uidMappings, gidMappings }: MountEntry['mount']): boolean {
  return (uidMappings ?? []).length > 0 || (gidMappings ?? []).length > 0;
}

/** config.md: maps are for bind mounts. */
export function refuseIdMap(context: CompileContext, entry: MountEntry): void {
  if (asksForIdMap(entry)) {
    addProblem(context, placeOf(entry), 'ids can be mapped of a bind mount only ("bind" or "rbind")');
  }
}

/** The bind in `slot` with its maps; none where none are asked for, or what is asked for cannot be. */
export function idMapMount(
  context: CompileContext,
  entry: MountEntry,
  bind: { readonly slot: number; readonly source: string },
): IdMappedMount[] {
  if (!asksForIdMap(entry)) {
    return [];
  }
  if (context.facts.uid !== 0) {
    context.problems.push({ path: placeOf(entry), message: ROOT_ONLY, ofHost: true });
    return [];
  }
  const own = readOwnMaps(context, entry);
  if (own === undefined) {
    return [];
  }
  const scope = entry.options.idMap?.recursive === true ? (['AT_RECURSIVE'] as const) : [];
  const maps = own !== null && isOfContainer(context, own) ? null : own;
  return [{ maps, op: { op: 'id-map-mount', slot: bind.slot, source: bind.source, scope } }];
}

/** All mounts of one map after one another, so that a user namespace is made once for them. */
export function listIdMaps(mounts: readonly IdMappedMount[]): Op[] {
  const byMaps = new Map<string, Op[]>();
  for (const { maps, op } of mounts) {
    const key = maps === null ? '' : `${maps.uid}\0${maps.gid}`;
    const group = byMaps.get(key) ?? [
      maps === null ? { op: 'open-init-user-namespace' } : { op: 'make-id-map-namespace', ...maps },
    ];
    byMaps.set(key, [...group, op]);
  }
  return [...byMaps.values()].flat();
}

function placeOf({ path, options, mount }: MountEntry): string {
  if (options.idMap !== null) {
    return `${path}.options[${options.idMap.index}]`;
  }
  return `${path}.${(mount.uidMappings ?? []).length > 0 ? 'uidMappings' : 'gidMappings'}`;
}

/** Its own maps; null: those of the container; undefined: a problem has been reported. */
function readOwnMaps(context: CompileContext, entry: MountEntry): IdMappedMount['maps'] | undefined {
  const { mount, options } = entry;
  // `idmap=` is `idmap`, as with crun.
  const word = options.idMap !== null && /=./.test(options.idMap.word) ? options.idMap.word : null;
  if (hasOwnMaps(mount)) {
    if (word === null) {
      return { uid: encodeMap(mount.uidMappings ?? []), gid: encodeMap(mount.gidMappings ?? []) };
    }
    addProblem(context, placeOf(entry), 'has maps, and uidMappings and gidMappings are there too: one of them must go');
  } else if (word !== null) {
    return readWordedMaps(context, placeOf(entry), word);
  } else if (hasUserNamespace(context)) {
    return null;
  } else {
    addProblem(context, placeOf(entry), NO_MAPS);
  }
  return undefined;
}

function readWordedMaps(context: CompileContext, place: string, word: string): IdMappedMount['maps'] | undefined {
  const { uidMappings = [], gidMappings = [] } = context.spec.linux ?? {};
  const parsed = parseIdMapOption(word, { uids: uidMappings, gids: gidMappings });
  if ('mappings' in parsed) {
    return { uid: encodeMap(parsed.mappings.uids), gid: encodeMap(parsed.mappings.gids) };
  }
  for (const problem of parsed.problems) {
    addProblem(context, place, problem);
  }
  return undefined;
}

/** Maps that are the container's own need no other namespace than its. */
function isOfContainer({ spec, namespaces }: CompileContext, maps: { uid: string; gid: string }): boolean {
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  return isNew(namespaces, 'user') && maps.uid === encodeMap(uidMappings) && maps.gid === encodeMap(gidMappings);
}
