// crun's option `idmap=uids=FILESYSTEM-HOST-SIZE#...;gids=...` of a mount, crun(1), "idmap mount options".

import { append } from '../base/append.js';
import { checkLines } from '../spec/checks/id-mappings.js';
import type { IDMapping } from '../spec/types.js';

type Kind = 'uids' | 'gids';
export type Mappings = Readonly<Record<Kind, readonly IDMapping[]>>;

/** Where in a part of the option something else was expected. */
interface Misfit {
  readonly offset: number;
  readonly message: string;
}

/**
 * The maps that the option has; `container` are those that an `@` refers to. What is wrong is worded with the position in the option,
 * counted from 1; then there are no maps.
 */
export function parseIdMapOption(
  word: string,
  container: Mappings,
): { readonly mappings: Mappings } | { readonly problems: readonly string[] } {
  const refuse = (offset: number, message: string) => ({
    problems: [`${JSON.stringify(word)}, character ${offset + 1}: ${message}`],
  });
  const found = new Map<Kind, IDMapping[]>();
  let at = word.indexOf('=') + 1;
  for (const part of word.slice(at).split(';')) {
    const misfit = readPart(part, container, found);
    if (misfit !== null) {
      return refuse(at + misfit.offset, misfit.message);
    }
    at += part.length + 1;
  }
  const [uids, gids] = [found.get('uids'), found.get('gids')];
  if (uids === undefined || gids === undefined) {
    // mount_setattr(2) answers EINVAL for a user namespace with one map.
    return refuse(word.length, `expected "${uids === undefined ? 'uids' : 'gids'}=" too: the kernel maps both or none`);
  }
  const wrong = [...checkLines(uids, 'uids'), ...checkLines(gids, 'gids')];
  return wrong.length === 0
    ? { mappings: { uids, gids } }
    : { problems: wrong.map(({ path, message }) => `${JSON.stringify(word)}, ${path}: ${message}`) };
}

function readPart(part: string, container: Mappings, found: Map<Kind, IDMapping[]>): Misfit | null {
  const kind = part.startsWith('uids=') ? 'uids' : part.startsWith('gids=') ? 'gids' : null;
  if (kind === null) {
    return { offset: 0, message: 'expected "uids=" or "gids="' };
  }
  if (found.has(kind)) {
    return { offset: 0, message: `"${kind}" is there a second time` };
  }
  const mappings: IDMapping[] = [];
  found.set(kind, mappings);
  let at = kind.length + 1;
  for (const range of part.slice(at).split('#')) {
    const misfit = readRange(range, kind, container[kind], mappings);
    if (misfit !== null) {
      return { ...misfit, offset: at + misfit.offset };
    }
    at += range.length + 1;
  }
  return null;
}

const RANGE = /^(@?)(\d{1,10})-(\d{1,10})-(\d{1,10})$/;
/** As much of a range as is right. */
const BEGINNING = /^@?(?:\d{1,10}(?:-(?:\d{1,10}(?:-(?:\d{1,10})?)?)?)?)?/;

/** With `@` HOST is an id of the container. */
function readRange(text: string, kind: Kind, container: readonly IDMapping[], mappings: IDMapping[]): Misfit | null {
  const match = RANGE.exec(text);
  if (match === null) {
    const message = 'expected FILESYSTEM-HOST-SIZE, three numbers, and "#" before another';
    return { offset: BEGINNING.exec(text)?.[0].length ?? 0, message };
  }
  const [containerID = 0, hostID = 0, size = 0] = match.slice(2).map(Number);
  const range = { containerID, hostID, size };
  const absolute = match[1] === '' ? [range] : mapThrough(container, range);
  if (absolute === null) {
    const ids = size === 1 ? `the id ${hostID}` : `all ids from ${hostID} to ${hostID + size - 1}`;
    return { offset: 0, message: `"@" needs ${ids} to be in linux.${kind === 'uids' ? 'uidMappings' : 'gidMappings'}` };
  }
  append(mappings, absolute);
  return null;
}

/** The same range with ids of the host: as many as the container's map has ranges for it; null where that lacks an id of it. */
function mapThrough(map: readonly IDMapping[], range: IDMapping): IDMapping[] | null {
  const mapped: IDMapping[] = [];
  let done = 0;
  while (done < range.size) {
    const id = range.hostID + done;
    const line = map.find(({ containerID, size }) => id >= containerID && id < containerID + size);
    if (line === undefined) {
      return null;
    }
    const size = Math.min(range.size - done, line.containerID + line.size - id);
    mapped.push({ containerID: range.containerID + done, hostID: line.hostID + (id - line.containerID), size });
    done += size;
  }
  // One of no ids is refused with all others of that kind.
  return mapped.length > 0 ? mapped : [range];
}
