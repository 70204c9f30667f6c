// Names of sysctls: what they are made of, and which namespace confines them.

import type { NamespaceType } from './types.js';

// ipc_namespaces(7), as runc lists them.
const IPC_NAMES = ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'];

/** sysctl(8): the first separator tells which of `.` and `/` separates; the other one is then part of a name, as in `net.ipv4.conf.eth0/1`. */
export function splitSysctl(name: string): string[] {
  const slash = name.indexOf('/');
  if (slash === -1) {
    return name.split('.');
  }
  const dot = name.indexOf('.');
  return dot === -1 || slash < dot
    ? name.split('/')
    : name.split('.').map((component) => component.replaceAll('/', '.'));
}

/** Whether they lead to a file below /proc/sys, and nowhere else. */
export function isSysctl(components: readonly string[]): boolean {
  for (const component of components) {
    if (component === '' || component === '.' || component === '..') {
      return false;
    }
  }
  return components.length > 1;
}

/** Null: of no namespace, so it is the host's. */
export function confiningNamespace(components: readonly string[]): NamespaceType | null {
  const [first, second = ''] = components;
  switch (first) {
    case 'net':
      return 'network';
    case 'user':
      return 'user';
    case 'fs':
      return second === 'mqueue' && components.length > 2 ? 'ipc' : null;
    case 'kernel':
      if (components.length !== 2) {
        return null;
      }
      return second === 'domainname' ? 'uts' : IPC_NAMES.includes(second) ? 'ipc' : null;
    default:
      return null;
  }
}
