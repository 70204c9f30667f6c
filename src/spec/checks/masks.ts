// linux.maskedPaths and linux.readonlyPaths: config-linux.md, "The values MUST be absolute paths".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

export function checkMasks(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const key of ['maskedPaths', 'readonlyPaths'] as const) {
    const paths = spec.linux?.[key] ?? [];
    for (let index = 0; index < paths.length; index += 1) {
      const path = paths[index] ?? '';
      if (!path.startsWith('/')) {
        problems.push({
          path: `linux.${key}[${index}]`,
          message: `found ${JSON.stringify(path)}, must be an absolute path`,
        });
      }
    }
  }
  return problems;
}
