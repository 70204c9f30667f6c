// What linux.resources amounts to on cgroup v2: values of files of one cgroup. Types only.

import type { SpecProblem } from '../../base/errors.js';

/** One file of the container's cgroup directory, such as `memory.max`, and the text that is written to it in one write(2). */
export interface CgroupFile {
  readonly file: string;
  readonly value: string;
}

/** One thing that linux.resources asks for. */
export interface CgroupSetting {
  /** The part of config.json that asks for it, such as `linux.resources.memory.limit`. */
  readonly path: string;
  /** The controller whose files these are, such as `memory`; '' for files that every cgroup has (`cgroup.max.depth`). */
  readonly controller: string;
  /** Normally one file. Of several, the first that the cgroup has gets its value, and the others nothing. */
  readonly choices: readonly CgroupFile[];
  /** It asks for what every new cgroup has anyway (`max`, 0): where controller or file is missing, nothing is lost. */
  readonly isDefault: boolean;
  /** The controller may be there without the file, and then nothing is written: an older kernel, or one built without what the file limits. */
  readonly isOptional?: true;
}

/** Every setting in the order in which they have to be written, and what cannot be one. */
export interface ResourceSettings {
  readonly settings: readonly CgroupSetting[];
  /** What is asked for and cgroup v2 does not have, each beginning with its JSON path. */
  readonly warnings: readonly string[];
  readonly problems: readonly SpecProblem[];
}

export type { ResourceFacts } from '../../base/host-facts.js';
