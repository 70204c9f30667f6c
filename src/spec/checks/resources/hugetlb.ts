// linux.resources.hugepageLimits: config-linux.md, "Huge page limits".

import type { SpecProblem } from '../../../base/errors.js';
import type { HugepageLimit } from '../../types.js';

/** A size is part of a file name, so its form is strict. */
export function checkHugepageLimits(limits: readonly HugepageLimit[]): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [index, { pageSize }] of limits.entries()) {
    const path = `linux.resources.hugepageLimits[${index}].pageSize`;
    if (!/^[1-9]\d*[KMG]B$/.test(pageSize)) {
      problems.push({ path, message: `found ${JSON.stringify(pageSize)}, must be a size such as "2MB"` });
    } else if (seen.has(pageSize)) {
      problems.push({ path, message: `found ${JSON.stringify(pageSize)} twice, must be there once` });
    }
    seen.add(pageSize);
  }
  return problems;
}
