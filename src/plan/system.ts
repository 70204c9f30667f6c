// hostname, domainname and linux.sysctl: what belongs to the container's namespaces rather than to its process.

import { cleanPath } from '../spec/lexical-path.js';
import { addProblem, type CompileContext } from './context.js';
import type { Op } from './ops.js';

export function setNames(context: CompileContext): Op[] {
  const { hostname, domainname } = context.spec;
  const ops: Op[] = [];
  if (hostname !== undefined && hostname !== '') {
    ops.push({ op: 'set-hostname', name: hostname });
  }
  if (domainname !== undefined && domainname !== '') {
    ops.push({ op: 'set-domainname', name: domainname });
  }
  return ops;
}

export function writeSysctls(context: CompileContext): Op[] {
  const ops: Op[] = [];
  for (const [name, value] of Object.entries(context.spec.linux?.sysctl ?? {})) {
    const path = sysctlPath(name);
    if (name === '' || cleanPath(path) !== `/${path}`) {
      addProblem(context, `linux.sysctl["${name}"]`, 'is not the name of a sysctl');
    } else {
      ops.push({ op: 'write-sysctl', path, value });
    }
  }
  return ops;
}

/** sysctl(8): the first separator tells which of `.` and `/` separates; the other one is then part of a name, as in `net.ipv4.conf.eth0/1`. */
function sysctlPath(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === '.' ? name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.')) : name;
}
