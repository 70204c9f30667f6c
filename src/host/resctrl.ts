// What resctrl of this host tells: where it is mounted, and what a class of service has.
import { join } from 'node:path';
import type { ResctrlFacts } from '../base/host-facts.js';
import { errnoName, readKernelFile } from './files.js';

/** `closID` is as config.json has it: '' where the class is to be the container's own, '/' for the default one. */
export function readResctrlFacts(closID: string): ResctrlFacts {
  const root = findResctrl(readKernelFile('/proc/self/mountinfo') ?? '');
  const named = root !== null && closID !== '';
  return { root, schemata: named ? readSchemata(root, closID === '/' ? '' : closID) : null };
}

/** The text of the class's `schemata`; null where there is no such class. */
export function readSchemata(root: string, group: string): string | null {
  try {
    return readKernelFile(join(root, group, 'schemata'));
  } catch (error) {
    if (errnoName(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** The mount point of resctrl, whole and not a part of it, in a mountinfo file (proc_pid_mountinfo(5)); null: it is not mounted. */
export function findResctrl(mountinfo: string): string | null {
  for (const line of mountinfo.split('\n')) {
    const [head = '', tail = ''] = line.split(' - ');
    const [, , , root = '', target = ''] = head.split(' ');
    if (tail.startsWith('resctrl ') && root === '/') return unescapePath(target);
  }
  return null;
}

/** Space, tab, newline and backslash are octal there. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
