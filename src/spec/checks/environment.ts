// Lists of NAME=value: process.env and the env of hooks.

import type { SpecProblem } from '../../base/errors.js';

/**
 * Every entry has a name and a `=`. Without, execve would hand the program something that is no variable; other tools read a bare name as
 * "copy the runtime's own value", which leaks the host's environment.
 */
export function checkEnvironment(entries: readonly string[] | undefined, path: string): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (entries === undefined) {
    return problems;
  }
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries[index] ?? '';
    const equals = entry.indexOf('=');
    if (equals < 1) {
      // The value may be a secret: it is not shown.
      const found = equals === 0 ? 'an empty name' : `no "=" in ${JSON.stringify(entry)}`;
      problems.push({ path: `${path}[${index}]`, message: `found ${found}, must be NAME=value` });
    }
  }
  return problems;
}
