// hooks: config.md, "POSIX-platform Hooks".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';
import { checkEnvironment } from './environment.js';

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

export function checkHooks(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (spec.hooks === undefined) {
    return problems;
  }
  for (const kind of KINDS) {
    for (const [index, hook] of (spec.hooks[kind] ?? []).entries()) {
      const path = `hooks.${kind}[${index}]`;
      if (!hook.path.startsWith('/')) {
        problems.push({
          path: `${path}.path`,
          message: `found ${JSON.stringify(hook.path)}, must be an absolute path`,
        });
      }
      if (hook.timeout !== undefined && hook.timeout <= 0) {
        problems.push({ path: `${path}.timeout`, message: `found ${hook.timeout}, must be greater than 0` });
      }
      for (const problem of checkEnvironment(hook.env, `${path}.env`)) {
        problems.push(problem);
      }
    }
  }
  return problems;
}
