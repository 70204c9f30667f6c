// hostname, domainname and linux.sysctl: what belongs to the container's namespaces rather than to its process.

import { joinPath } from '../spec/json-path.js';
import { confiningNamespace, isSysctl, splitSysctl } from '../spec/sysctl.js';
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

/** What the checks of config.json cannot see: a namespace of a path that is the host's own would have the host's settings changed. */
export function writeSysctls(context: CompileContext): Op[] {
  const ops: Op[] = [];
  for (const [name, value] of Object.entries(context.spec.linux?.sysctl ?? {})) {
    const components = splitSysctl(name);
    const type = confiningNamespace(components);
    if (!isSysctl(components)) {
      addProblem(context, joinPath('linux.sysctl', name), 'is not the name of a sysctl');
    } else if (type !== null && context.facts.ownNamespaces?.includes(type) === true) {
      const message = `must not be set: the ${type} namespace that linux.namespaces joins is the host's`;
      addProblem(context, joinPath('linux.sysctl', name), message);
    } else {
      ops.push({ op: 'write-sysctl', path: components.join('/'), value });
    }
  }
  return ops;
}
