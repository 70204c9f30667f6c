// Paths of the host and of a container that is not made yet: where they lead, as the kernel would follow them.

import type { Entry, HostView } from '../../base/host-view.js';
import { cleanPath } from '../../spec/lexical-path.js';
import type { Mount } from '../../spec/types.js';

/** path_resolution(7): the kernel follows at most 40 symbolic links. */
const MAX_LINKS = 40;

export type Found = { readonly path: string; readonly entry: Entry } | 'missing' | 'denied';

/** What a path of the host leads to, its last component followed. A link of the kernel, such as of /proc/PID/ns, is left as it is. */
export function followHostPath(view: HostView, path: string): Found {
  let at = path;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const entry = view.look(at);
    if (typeof entry === 'string') {
      return entry;
    }
    const target = entry.kind === 'symlink' ? view.readLink(at) : null;
    if (target === null || /^\w+:\[\d+\]$/.test(target)) {
      return { path: at, entry };
    }
    at = target.startsWith('/') ? target : `${at.slice(0, at.lastIndexOf('/'))}/${target}`;
  }
  return 'missing';
}

/** A container as far as it can be seen from outside before it is made. */
export interface ContainerTree {
  readonly view: HostView;
  readonly rootfs: string;
  readonly bundle: string;
  readonly mounts: readonly Mount[];
}

/** `unknown`: in a mount that there is only in the container. `noexec`: the path is in a mount of which nothing can be executed. */
export type FoundInside =
  | { readonly path: string; readonly entry: Entry; readonly noexec: boolean }
  | 'missing'
  | 'denied'
  | 'unknown';

interface Step {
  readonly name: string;
  /** Where on the host it is. */
  readonly host: string;
  readonly noexec: boolean;
}

/** What an absolute path of the container leads to: symbolic links stay in it, and bind mounts lead to their sources. */
export function followContainerPath(tree: ContainerTree, path: string): FoundInside {
  const root: Step = { name: '', host: tree.rootfs, noexec: false };
  let done: Step[] = [root];
  let left = path.split('/');
  for (let links = 0; left.length > 0; ) {
    const [name = '', ...rest] = left;
    left = rest;
    if (name === '' || name === '.') {
      continue;
    }
    if (name === '..') {
      done = done.length > 1 ? done.slice(0, -1) : done;
      continue;
    }
    const step = enter(tree, done, name);
    if (step === 'unknown') {
      return 'unknown';
    }
    const target = tree.view.readLink(step.host);
    if (target !== null) {
      links += 1;
      if (links > MAX_LINKS) {
        return 'missing';
      }
      done = target.startsWith('/') ? [root] : done;
      left = [...target.split('/'), ...left];
      continue;
    }
    done = [...done, step];
  }
  const last = done.at(-1) ?? root;
  const entry = tree.view.look(last.host);
  return typeof entry === 'string' ? entry : { path: last.host, entry, noexec: last.noexec };
}

function enter({ view, bundle, mounts }: ContainerTree, done: readonly Step[], name: string): Step | 'unknown' {
  const parent = done.at(-1);
  const place = `${done.map((step) => step.name).join('/')}/${name}`;
  const mount = mounts.findLast(({ destination }) => cleanPath(destination) === place);
  if (mount === undefined) {
    return { name, host: `${parent?.host}/${name}`, noexec: parent?.noexec ?? false };
  }
  const options = mount.options ?? [];
  if (mount.type !== 'bind' && !options.includes('bind') && !options.includes('rbind')) {
    return 'unknown';
  }
  const source = mount.source ?? '';
  const found = followHostPath(view, source.startsWith('/') ? source : `${bundle}/${source}`);
  const noexec = options.includes('noexec') || options.includes('rnoexec');
  return { name, host: typeof found === 'string' ? source : found.path, noexec };
}
