// What the tests of src/plan/resources share: a host that has everything, and settings as short lines.

import type { CgroupSetting, ResourceFacts } from '../../../../src/plan/resources/settings.js';

export const FACTS: ResourceFacts = {
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'],
  cpus: '0-3,7',
  mems: '0',
  hugePageSizes: ['2MB', '1GB'],
  hybrid: false,
};

export const MAX_INT64 = 9223372036854775807n;
export const MAX_UINT64 = 18446744073709551615n;

/** `file=value`, with `|` between choices, and what else is special about the setting after it. */
export function linesOf(settings: readonly CgroupSetting[]): string[] {
  return settings.map(({ choices, isDefault, isOptional }) => {
    const files = choices.map(({ file, value }) => `${file}=${value}`).join('|');
    return `${files}${isDefault ? ' default' : ''}${isOptional ? ' optional' : ''}`;
  });
}

export function filesOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(files));
}
