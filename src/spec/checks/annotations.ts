// annotations: config.md, "Annotations".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

/** "Keys MUST NOT be an empty string." */
export function checkAnnotations(spec: Spec): SpecProblem[] {
  return spec.annotations !== undefined && Object.hasOwn(spec.annotations, '')
    ? [{ path: 'annotations', message: 'found an empty key, must not be empty' }]
    : [];
}
