// Which namespaces of a container are not its own, although a path names them: files of namespaces say by their inode which one it is.
import { statSync } from 'node:fs';
import type { Namespace, NamespaceType } from '../spec/types.js';

/** namespaces(7): the files in /proc/PID/ns, where they are not called as in config.json. */
const FILES: Readonly<Partial<Record<NamespaceType, string>>> = { mount: 'mnt', network: 'net' };

/** The types of those entries whose path leads to a namespace that tsrun itself is in. One that cannot be looked at fails when it is joined. */
export function findOwnNamespaces(namespaces: readonly Namespace[]): NamespaceType[] {
  return namespaces.filter(({ type, path }) => path !== undefined && isOwn(type, path)).map(({ type }) => type);
}

function isOwn(type: NamespaceType, path: string): boolean {
  try {
    const [own, theirs] = [`/proc/self/ns/${FILES[type] ?? type}`, path].map((file) =>
      statSync(file, { bigint: true }),
    );
    return own?.ino === theirs?.ino && own?.dev === theirs?.dev;
  } catch {
    return false;
  }
}
