// linux.sysctl: only what a namespace of the container confines; everything else would change the host.

import type { SpecProblem } from '../../base/errors.js';
import { findNamespace } from '../namespaces.js';
import { confiningNamespace, isSysctl, splitSysctl } from '../sysctl.js';
import type { Spec } from '../types.js';

export function checkSysctl(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(spec.linux?.sysctl ?? {})) {
    const components = splitSysctl(name);
    const file = components.join('/');
    const messages = [describeName(spec, components, file), describeOther(seen.get(file)), describeValue(value)];
    seen.set(file, name);
    for (const message of messages) {
      if (message !== null) problems.push({ path: `linux.sysctl[${JSON.stringify(name)}]`, message });
    }
  }
  return problems;
}

function describeName(spec: Spec, components: readonly string[], file: string): string | null {
  if (!isSysctl(components)) {
    return 'is not the name of a sysctl';
  }
  if (file === 'kernel/hostname') {
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

function describeOther(other: string | undefined): string | null {
  return other === undefined ? null : `is the same as ${JSON.stringify(other)}, must be there once`;
}

function describeValue(value: string): string | null {
  return value.includes('\n') || value.includes('\0') ? 'found a value with a newline or NUL, must be one line' : null;
}
