// Cgroups, scopes of systemd among them, whose container is not in the state root any more: somebody has removed the state by hand, or the
// filesystem that it was on is gone. What a container's cgroup bears says whose it is (c/cgroup_mark.c).
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isContainerId } from '../../base/container-id.js';
import { TsrunError } from '../../base/errors.js';
import { readHostFacts } from '../../host/facts.js';
import { errnoName } from '../../host/files.js';
import { helperPath } from '../../host/helper.js';
import { containerDirectory, listIds, REMOVAL, readRecord, type StateRecord } from '../../state/store.js';
import { readNames } from '../../state/unborn.js';
import type { Finding, GarbageScope } from './finding.js';
import { collect } from './plan.js';

/** Room for the marks of a hundred thousand cgroups. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The mark of a cgroup, read. */
export interface CgroupMark {
  /** Inode of the mount namespace, and DEVICE:INODE of the root directory, where `directory` was a path. */
  readonly mountNamespace: string;
  readonly rootDirectory: string;
  /** DEVICE:INODE of the state directory. */
  readonly identity: string;
  /** Its path. */
  readonly directory: string;
}

/** Null for text that cgroup_mark() does not write. */
export function parseMark(text: string): CgroupMark | null {
  const match = /^(\d+) (\d+:\d+) (\d+:\d+) (\/.*)$/s.exec(text);
  const [, mountNamespace = '', rootDirectory = '', identity = '', directory = ''] = match ?? [];
  return match === null ? null : { mountNamespace, rootDirectory, identity, directory };
}

interface MarkedCgroup extends CgroupMark {
  readonly root: string;
  readonly path: string;
  readonly text: string;
}

export async function findCgroups({ root }: GarbageScope): Promise<Finding[]> {
  const { cgroupRoot } = readHostFacts();
  if (cgroupRoot === null) return [];
  const ours = (await listMarked(cgroupRoot)).filter((cgroup) => isHere(cgroup) && isInRoot(root, cgroup));
  // After the marks: a container that was there when its cgroup was seen has a record.
  const records = ours.length === 0 ? [] : listRecords(root);
  return ours.flatMap((cgroup): Finding[] => {
    const reason = findLoss(root, cgroup, records);
    if (reason === null) return [];
    const { path, text } = cgroup;
    const remove = async () => {
      await collect(root, `cgroup "${path}"`, { op: 'remove-lost-cgroup', root: cgroupRoot, path, mark: text });
      return !existsSync(`${cgroupRoot}${path}`);
    };
    return [{ kind: 'cgroup', name: `${cgroupRoot}${path}`, reason, remove }];
  });
}

async function listMarked(root: string): Promise<MarkedCgroup[]> {
  const { spawnSync } = await import('node:child_process');
  const { status, stdout } = spawnSync(helperPath(), ['@cgroup-marks', root], {
    encoding: 'utf8',
    maxBuffer: MOST_BYTES,
  });
  if (status !== 0) throw new TsrunError('HELPER_FAILED', `cannot list the cgroups of containers in "${root}"`);
  const [...fields] = stdout.split('\0');
  return fields.flatMap((path, index): MarkedCgroup[] => {
    const text = fields[index + 1];
    const mark = index % 2 === 0 && text !== undefined ? parseMark(text) : null;
    return mark === null || text === undefined ? [] : [{ ...mark, root, path, text }];
  });
}

/** The path in the mark means to this process what it meant to the one that wrote it. */
function isHere({ mountNamespace, rootDirectory }: CgroupMark): boolean {
  try {
    const namespace = statSync('/proc/self/ns/mnt', { bigint: true }).ino;
    return String(namespace) === mountNamespace && identify('/') === rootDirectory;
  } catch (error) {
    // Without /proc nothing can be told.
    if (errnoName(error) === 'ENOENT') return false;
    throw error;
  }
}

function identify(path: string): string | null {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  return status === undefined ? null : `${status.dev}:${status.ino}`;
}

function isInRoot(root: string, { directory }: CgroupMark): boolean {
  const parent = dirname(directory);
  if (!isContainerId(basename(directory))) return false;
  return parent === root || (existsSync(parent) && existsSync(root) && realpathSync(parent) === realpathSync(root));
}

/** Why nobody has the cgroup any more; null if somebody has, or may have. */
function findLoss(root: string, cgroup: MarkedCgroup, records: readonly StateRecord[]): string | null {
  const id = basename(cgroup.directory);
  const present = isContainerId(id) ? identify(containerDirectory(root, id)) : null;
  const isAbsent = present === null || isEmpty(join(root, id));
  const isOther = present !== null && present !== cgroup.identity;
  if ((!isAbsent && !isOther) || records.some((record) => names(record, cgroup))) return null;
  // A delete removes the cgroup first: one that is still there now was not its.
  if (!existsSync(`${cgroup.root}${cgroup.path}`)) return null;
  return isAbsent
    ? `it is of container "${id}", which does not exist any more`
    : `it is of an earlier container "${id}" than the one that exists`;
}

function isEmpty(directory: string): boolean {
  return readNames(directory).every((name) => name === REMOVAL);
}

function names({ cgroup }: StateRecord, { root, path }: MarkedCgroup): boolean {
  return cgroup?.root === root && cgroup.path === path;
}

/** A state that cannot be read is another container's than the cgroup's: the mark would be of its directory. */
function listRecords(root: string): StateRecord[] {
  return listIds(root).flatMap((id): StateRecord[] => {
    try {
      return [readRecord(root, id)];
    } catch (error) {
      if (error instanceof TsrunError) return [];
      throw error;
    }
  });
}
