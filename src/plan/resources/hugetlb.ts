// linux.resources.hugepageLimits: config-linux.md, "Huge page limits".

import type { SpecProblem } from '../../base/errors.js';
import type { HugepageLimit } from '../../spec/types.js';
import { makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting, ResourceFacts } from './settings.js';

/**
 * Each limit is one on pages in use and one on pages reserved: a program that maps more than its limit should hear so from mmap, not by
 * SIGBUS when it touches the page. Reservations are limited since Linux 5.7. 0 is a limit here: no huge pages.
 */
export function compileHugetlb(limits: readonly HugepageLimit[]): CgroupSetting[] {
  return limits.flatMap(({ pageSize, limit }, index): CgroupSetting[] => {
    const path = pathOf(index);
    return [
      makeSetting(path, `hugetlb.${pageSize}.max`, String(limit)),
      { ...makeSetting(path, `hugetlb.${pageSize}.rsvd.max`, String(limit)), isOptional: true },
    ];
  });
}

export function checkPageSizes(limits: readonly HugepageLimit[], { hugePageSizes }: ResourceFacts): SpecProblem[] {
  if (hugePageSizes === null) {
    return [];
  }
  const present = hugePageSizes.map((size) => JSON.stringify(size)).join(', ');
  const problems: SpecProblem[] = [];
  for (const [index, { pageSize }] of limits.entries()) {
    if (!hugePageSizes.includes(pageSize)) {
      const message = `found ${JSON.stringify(pageSize)}, but the huge pages of this host are ${present || 'none'}`;
      problems.push({ path: `${pathOf(index)}.pageSize`, message, ofHost: true });
    }
  }
  return problems;
}

function pathOf(index: number): string {
  return `${RESOURCES}.hugepageLimits[${index}]`;
}
