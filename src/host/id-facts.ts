// What this host lets the runtime map in a user namespace, and what an existing one maps. Loaded only for containers that get one.
import { existsSync, readFileSync } from 'node:fs';
import type { IdFacts, IdRange, UserNamespaceFacts } from '../base/host-facts.js';
import { readKernelFile } from './files.js';
import { helperPath } from './helper.js';

/** Bits of the sets in /proc/self/status, capabilities(7). */
const CAP_SETGID = 6n;
const CAP_SETUID = 7n;

/** Where distributions have the setuid programs of shadow-utils; never by PATH, which is the caller's. */
const DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/wrappers/bin', '/run/privileged/bin'];

/** The facts for a container whose user namespace is new, or the one at `joinedPath`. */
export async function readIdFacts(joinedPath: string | null): Promise<IdFacts> {
  const own = readOwnIdFacts(joinedPath === null);
  return joinedPath === null ? own : { ...own, joined: await readUserNamespace(joinedPath) };
}

/** What the runtime may map; the programs that map more are looked for only for a namespace that is new. */
function readOwnIdFacts(isNew: boolean): IdFacts {
  const capabilities = readCapabilities();
  const has = (capability: bigint) => ((capabilities >> capability) & 1n) === 1n;
  return {
    gid: process.getegid?.() ?? 0,
    mapsUids: has(CAP_SETUID),
    mapsGids: has(CAP_SETGID),
    uidMapper: isNew && !has(CAP_SETUID) ? findMapper('newuidmap') : null,
    gidMapper: isNew && !has(CAP_SETGID) ? findMapper('newgidmap') : null,
    deniesGroups: readKernelFile('/proc/self/setgroups')?.startsWith('deny') ?? false,
    joined: null,
  };
}

function readCapabilities(): bigint {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readKernelFile('/proc/self/status') ?? '')?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

function findMapper(name: string): string | null {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find((path) => existsSync(path)) ?? null;
}

/**
 * The maps of a user namespace by the path of its file; null where they cannot be read: whoever joins it says why. A process shows those of
 * its own; for a namespace that may have none the helper enters it.
 */
async function readUserNamespace(path: string): Promise<UserNamespaceFacts | null> {
  const pid = /^\/proc\/(\d+)\/ns\/user$/.exec(path)?.[1];
  if (pid === undefined) return await askHelper(path);
  const read = (file: string) => readMapFile(`/proc/${pid}/${file}`);
  return describeNamespace(read('uid_map'), read('gid_map'), read('setgroups'));
}

/** 340 lines of a map are more than readKernelFile() reads. */
function readMapFile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

async function askHelper(path: string): Promise<UserNamespaceFacts | null> {
  const { spawnSync } = await import('node:child_process');
  const { status, stdout } = spawnSync(helperPath(), ['@id-maps', path], { encoding: 'utf8' });
  if (status !== 0) return null;
  const [uidMap = null, gidMap = null, setgroups = null] = stdout.split('\0');
  return describeNamespace(uidMap, gidMap, setgroups);
}

function describeNamespace(
  uidMap: string | null,
  gidMap: string | null,
  setgroups: string | null,
): UserNamespaceFacts | null {
  if (uidMap === null || gidMap === null) return null;
  return { uidMap: readMap(uidMap), gidMap: readMap(gidMap), deniesGroups: setgroups?.startsWith('deny') ?? false };
}

function readMap(text: string): IdRange[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [containerID = 0, hostID = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    return { containerID, hostID, size };
  });
}
