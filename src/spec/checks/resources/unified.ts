// linux.resources.unified: config-linux.md, "Unified". Which of the cgroup's files are not for config.json.

import type { SpecProblem } from '../../../base/errors.js';
import { joinPath } from '../../json-path.js';

/** Files through which the cgroup is run rather than limited, each with what a write would do; cgroup-v2.rst, "Core Interface Files". */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['cgroup.procs', 'moves other processes into the container, which are killed with it'],
  ['cgroup.threads', 'moves threads of other processes into the container'],
  ['cgroup.kill', 'kills the container; that is for the command kill'],
  ['cgroup.freeze', 'stops the container before it can start'],
  ['cgroup.subtree_control', 'hands controllers to cgroups below, and then no process may be in this one'],
  ['cgroup.type', 'makes a threaded cgroup, in which no container can start'],
]);

export function checkUnified(files: Readonly<Record<string, string>>): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const name of Object.keys(files)) {
    const path = joinPath('linux.resources.unified', name);
    const harm = REFUSED.get(name);
    if (harm !== undefined) {
      problems.push({ path, message: `cannot be set: a write to it ${harm}` });
    } else if (!/^[a-z]\w*\.\w[\w.-]*$/.test(name)) {
      problems.push({ path, message: 'must be named as a file of the cgroup, such as "memory.high"' });
    }
  }
  return problems;
}
