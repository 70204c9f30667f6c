// linux.sysctl: only what a namespace of the container confines; everything else would change the host.

import type { SpecProblem } from '../../base/errors.js';
import { findNamespace } from '../namespaces.js';
import { confiningNamespace, splitSysctl } from '../sysctl.js';
import type { Spec } from '../types.js';

export function checkSysctl(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(spec.linux?.sysctl ?? {})) {
    const path = `linux.sysctl[${JSON.stringify(name)}]`;
    const message = describeName(spec, name);
    if (message !== null) {
      problems.push({ path, message });
    }
    const file = splitSysctl(name).join('/');
    const other = seen.get(file);
    if (other !== undefined) {
      problems.push({ path, message: `is the same as ${JSON.stringify(other)}, must be there once` });
    }
    seen.set(file, name);
    if (value.includes('\n') || value.includes('\0')) {
      problems.push({ path, message: 'found a value with a newline or NUL, must be one line' });
    }
  }
  return problems;
}

function describeName(spec: Spec, name: string): string | null {
  const components = splitSysctl(name);
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
