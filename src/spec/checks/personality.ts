// linux.personality: config-linux.md, "Personality".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

/** The specification defines no flag; as in runc one that is listed is ignored, and said to be. */
export function warnPersonality(spec: Spec): SpecProblem[] {
  const flags = spec.linux?.personality?.flags ?? [];
  if (flags.length === 0) {
    return [];
  }
  return [
    {
      path: 'linux.personality.flags',
      message: `${flags.map((flag) => JSON.stringify(flag)).join(', ')} ignored: no flag is defined`,
    },
  ];
}
