// Files of the host that config.json names: the root filesystem, sources of bind mounts, hooks, namespaces, the agent of a filter.

import { resolvePath } from '../../plan/resolve-path.js';
import type { NamespaceType, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Keys } from '../pointer.js';
import type { HostCheck } from './index.js';
import { followContainerPath, followHostPath } from './paths.js';
import { checkProgram } from './program.js';

/** Also what is in the root filesystem, where there is one. */
export function checkRootfs(spec: Spec, { view, rootfs, bundle }: HostCheck): Draft[] {
  const keys = ['root', 'path'];
  const found = followHostPath(view, rootfs);
  if (found === 'denied') {
    return [unreadable(keys, rootfs)];
  }
  if (found === 'missing' || found.entry.kind !== 'directory') {
    const message =
      found === 'missing' ? `"${rootfs}" is not there` : `"${rootfs}" is a ${found.entry.kind}, not a directory`;
    return [{ rule: 'host/rootfs', keys, message }];
  }
  return checkProgram(spec, { view, bundle, rootfs: found.path, mounts: spec.mounts ?? [] });
}

export function checkBindSources(spec: Spec, { view, bundle }: HostCheck): Draft[] {
  return (spec.mounts ?? []).flatMap(({ type, source = '', options = [] }, index): Draft[] => {
    if ((type !== 'bind' && !options.includes('bind') && !options.includes('rbind')) || source === '') {
      return [];
    }
    const path = resolvePath(bundle, source);
    const keys = ['mounts', index, 'source'];
    const found = options.includes('src-nofollow') ? view.look(path) : followHostPath(view, path);
    if (found === 'denied') {
      return [unreadable(keys, path)];
    }
    return found === 'missing' ? [{ rule: 'host/bind-source', keys, message: `"${path}" is not there` }] : [];
  });
}

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** startContainer hooks are looked up in the container: config.md, "POSIX-platform Hooks". */
export function checkHookPaths(spec: Spec, { view, rootfs, bundle }: HostCheck): Draft[] {
  const tree = { view, rootfs, bundle, mounts: spec.mounts ?? [] };
  return KINDS.flatMap((kind) =>
    (spec.hooks?.[kind] ?? []).flatMap(({ path }, index): Draft[] => {
      const keys = ['hooks', kind, index, 'path'];
      const found = kind === 'startContainer' ? followContainerPath(tree, path) : followHostPath(view, path);
      if (found === 'denied' || found === 'unknown') {
        return [unreadable(keys, path)];
      }
      if (found === 'missing') {
        return [{ rule: 'host/hook', keys, message: `"${path}" is not there` }];
      }
      const isProgram = found.entry.kind === 'file' && (found.entry.mode & 0o111) !== 0;
      return isProgram ? [] : [{ rule: 'host/hook', keys, message: `"${path}" is not an executable file` }];
    }),
  );
}

/** How the kernel calls them in the links of /proc/PID/ns, namespaces(7). */
const KERNEL_NAMES: Readonly<Record<NamespaceType, string>> = {
  ...{ pid: 'pid', network: 'net', mount: 'mnt', ipc: 'ipc', uts: 'uts', user: 'user', cgroup: 'cgroup', time: 'time' },
};

export function checkNamespacePaths(spec: Spec, { view }: HostCheck): Draft[] {
  return (spec.linux?.namespaces ?? []).flatMap(({ type, path }, index): Draft[] => {
    const keys = ['linux', 'namespaces', index, 'path'];
    if (path === undefined || path === '') {
      return [];
    }
    const found = followHostPath(view, path);
    if (typeof found === 'string') {
      return [
        found === 'denied'
          ? unreadable(keys, path)
          : { rule: 'host/namespace-path', keys, message: `"${path}" is not there` },
      ];
    }
    const name = found.entry.kind === 'symlink' ? view.readLink(found.path) : readMounted(view.readText, found.path);
    if (found.entry.kind === 'symlink' && name === null) {
      return [unreadable(keys, path)];
    }
    const kernelName = name?.split(':')[0];
    const message =
      kernelName === undefined
        ? `"${path}" is no namespace`
        : `"${path}" is a namespace of type "${typeOf(kernelName)}"`;
    return kernelName === KERNEL_NAMES[type]
      ? []
      : [{ rule: 'host/namespace-path', keys, message: `${message}, must be of type "${type}"` }];
  });
}

function typeOf(kernelName: string): string {
  return Object.entries(KERNEL_NAMES).find(([, name]) => name === kernelName)?.[0] ?? kernelName;
}

/** A namespace that is kept by a bind mount: proc_pid_mountinfo(5) shows which for its root. */
function readMounted(readText: (path: string) => string | null, path: string): string | undefined {
  const lines = (readText('/proc/self/mountinfo') ?? '').split('\n').map((line) => line.split(' '));
  const escaped = path.replace(
    /[ \t\n\\]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return lines.findLast(([, , , root, point]) => point === escaped && /^\w+:\[\d+\]$/.test(root ?? ''))?.[3];
}

export function checkSeccompAgent({ linux }: Spec, { view }: HostCheck): Draft[] {
  const path = linux?.seccomp?.listenerPath ?? '';
  const found = path === '' ? null : followHostPath(view, path);
  if (found === null || (typeof found !== 'string' && found.entry.kind === 'socket')) {
    return [];
  }
  const keys = ['linux', 'seccomp', 'listenerPath'];
  if (found === 'denied') {
    return [unreadable(keys, path)];
  }
  const message = found === 'missing' ? `"${path}" is not there` : `"${path}" is a ${found.entry.kind}, not a socket`;
  return [{ rule: 'host/seccomp-agent', keys, message }];
}

export function unreadable(keys: Keys, path: string): Draft {
  return { rule: 'host/unreadable', keys, message: `cannot look up "${path}": permission denied` };
}
