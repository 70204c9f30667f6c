// process.rlimits: config.md, "POSIX process".

import type { SpecProblem } from '../../base/errors.js';
import { RLIMITS } from '../rlimits.js';
import type { Spec } from '../types.js';

const NAMES: readonly string[] = RLIMITS;

/** Known resources, each once ("MUST generate an error", which others leave out), and soft within hard (setrlimit(2): EINVAL). */
export function checkRlimits(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [index, { type, soft, hard }] of (spec.process?.rlimits ?? []).entries()) {
    const path = `process.rlimits[${index}]`;
    if (!NAMES.includes(type)) {
      problems.push({
        path: `${path}.type`,
        message: `found ${JSON.stringify(type)}, must be a resource of Linux such as "${nameMeant(type)}"`,
      });
    } else if (seen.has(type)) {
      problems.push({ path: `${path}.type`, message: `found "${type}" twice, must be there once` });
    }
    seen.add(type);
    if (soft > hard) {
      problems.push({ path: `${path}.soft`, message: `found ${soft}, must be at most hard, ${hard}` });
    }
  }
  return problems;
}

/** Names without RLIMIT_ are how other tools have them. */
function nameMeant(type: string): string {
  const upper = type.toUpperCase();
  return RLIMITS.find((name) => name === upper || name === `RLIMIT_${upper}`) ?? 'RLIMIT_NOFILE';
}
