// linux.sysctl: only what a namespace of the container confines; everything else would change the host.

import type { SpecProblem } from '../../base/errors.js';
import { findNamespace } from '../namespaces.js';
import type { NamespaceType, Spec } from '../types.js';

// ipc_namespaces(7), as runc lists them.
const IPC_NAMES = ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'];

export function checkSysctl(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [name, value] of Object.entries(spec.linux?.sysctl ?? {})) {
    const path = `linux.sysctl[${JSON.stringify(name)}]`;
    const message = describeName(spec, name);
    if (message !== null) {
      problems.push({ path, message });
    }
    if (value.includes('\n') || value.includes('\0')) {
      problems.push({ path, message: 'found a value with a newline or NUL, must be one line' });
    }
  }
  return problems;
}

function describeName(spec: Spec, name: string): string | null {
  const components = splitName(name);
  if (
    components.length < 2 ||
    components.some((component) => component === '' || component === '.' || component === '..')
  ) {
    return 'is not the name of a sysctl';
  }
  if (components.join('/') === 'kernel/hostname') {
    return 'must not be set by a sysctl, use hostname';
  }
  const type = confiningNamespace(components);
  if (type === null) {
    return 'must not be set: it is of no namespace, so it would change the host';
  }
  return findNamespace(spec, type) === undefined
    ? `needs a namespace of type "${type}", linux.namespaces has none`
    : null;
}

/** sysctl(8): the first separator tells which of `.` and `/` separates; the other one is then part of a name, as in `net.ipv4.conf.eth0/1`. */
function splitName(name: string): string[] {
  const first = /[./]/.exec(name)?.[0];
  if (first === '/') {
    return name.split('/');
  }
  return name.split('.').map((component) => component.replaceAll('/', '.'));
}

function confiningNamespace(components: readonly string[]): NamespaceType | null {
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
