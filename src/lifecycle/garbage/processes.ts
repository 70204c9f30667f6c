// Inits that wait for a `start` which cannot come: their exec.fifo has been removed, and with it the container's state. Where a container has a
// cgroup, that tells of it. Without one nothing but the fifo says whose an init is, so a program that runs cannot be told from any other.
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ContainerId, isContainerId } from '../../base/container-id.js';
import { readHostFacts } from '../../host/facts.js';
import { errnoName, readKernelFile } from '../../host/files.js';
import { readProcess } from '../../host/process.js';
import { containerDirectory, readInit } from '../../state/store.js';
import type { Finding, GarbageScope } from './finding.js';
import { collect } from './plan.js';

/** As the helper calls an init that waits (c/run.c), and the copy of itself that it runs from (c/sealed.c). */
const WAITING_INIT = 'tsrun:init';
const EXECUTABLE = '/memfd:tsrun';

export async function findProcesses({ root, garbage }: GarbageScope): Promise<Finding[]> {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const cgroups = new Set(garbage.filter(({ kind }) => kind === 'cgroup').map(({ name }) => name));
  return pids.flatMap((pid): Finding[] => {
    const found = readProcess(pid);
    const id = found?.name === WAITING_INIT ? ignoreGone(() => findLostContainer(root, pid)) : null;
    if (found === null || id === null || cgroups.has(cgroupOf(pid))) return [];
    const start = BigInt(found.startTime);
    return [
      {
        kind: 'process',
        name: String(pid),
        reason: `it waits for the start of container "${id}", which does not exist any more`,
        remove: async () => {
          await collect(root, `process ${pid}`, { op: 'end-lost-init', pid, start });
          return true;
        },
      },
    ];
  });
}

/** The container whose removed fifo the process waits in, if that is gone; null of any other process. */
function findLostContainer(root: string, pid: number): ContainerId | null {
  if (!readlinkSync(`/proc/${pid}/exe`).startsWith(EXECUTABLE)) return null;
  const files = `/proc/${pid}/fd`;
  for (const name of readdirSync(files)) {
    const link = readlinkSync(`${files}/${name}`);
    const id = link.startsWith(`${root}/`)
      ? /^\/([^/]+)\/exec\.fifo \(deleted\)$/.exec(link.slice(root.length))?.[1]
      : undefined;
    if (id === undefined || !isContainerId(id)) continue;
    const { dev, nlink } = statSync(`${files}/${name}`);
    // A start that is at work has removed the fifo too, but its container is there. Another tsrun's root of this path is another filesystem's.
    const isHere = nlink === 0 && dev === statSync(nearestDirectory(root)).dev;
    return isHere && readInit(containerDirectory(root, id)) === null ? id : null;
  }
  return null;
}

function nearestDirectory(path: string): string {
  return existsSync(path) ? path : nearestDirectory(dirname(path));
}

function cgroupOf(pid: number): string {
  const path = /^0::(.*)$/m.exec(readKernelFile(`/proc/${pid}/cgroup`) ?? '')?.[1] ?? '';
  return `${readHostFacts().cgroupRoot}${path}`;
}

/** Processes come and go, and those of others are not shown to everybody. */
function ignoreGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoName(error) ?? '')) return null;
    throw error;
  }
}
