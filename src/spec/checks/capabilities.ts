// process.capabilities: config.md, "Linux Process". What cannot be granted is left out and warned of, never an error.

import type { SpecProblem } from '../../base/errors.js';
import { CAPABILITIES } from '../capabilities.js';
import type { Spec } from '../types.js';

const SETS = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'] as const;

/** Names that no kernel we know has, and ambient ones that capabilities(7) refuses: they must be permitted and inheritable. */
export function warnCapabilities(spec: Spec): SpecProblem[] {
  const capabilities = spec.process?.capabilities;
  if (capabilities === undefined) {
    return [];
  }
  const problems: SpecProblem[] = [];
  const known = new Set<string>(CAPABILITIES);
  for (const set of SETS) {
    const path = `process.capabilities.${set}`;
    for (const name of capabilities[set] ?? []) {
      if (!known.has(name)) {
        known.add(name);
        problems.push({ path, message: `unknown capability ${JSON.stringify(name)} is ignored` });
      }
    }
  }
  const sets = { inheritable: new Set(capabilities.inheritable), permitted: new Set(capabilities.permitted) };
  for (const name of capabilities.ambient ?? []) {
    for (const set of ['inheritable', 'permitted'] as const) {
      if (!sets[set].has(name)) {
        const message = `${JSON.stringify(name)} is ignored: it is not in ${set}`;
        problems.push({ path: 'process.capabilities.ambient', message });
      }
    }
  }
  return problems;
}
