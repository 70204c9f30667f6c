// The verbs that the table of the sweep does not have.
import { COMMANDS } from '../../../src/cli/commands.js';
import { SCENARIOS } from './scenarios.js';

/** Verbs that are not in the table, and why they need not be. */
export const UNSWEPT: Readonly<Record<string, string>> = {
  ps: 'it reads what `list` reads, and the output of ps(1)',
  events: 'it reads what `list` reads, and statistics of the cgroup',
  gc: 'gc.test.ts kills it at its calls, where it has something to collect',
  spec: 'it writes one file, of which there is no container yet',
  plan: 'it reads a bundle as `create` does, and does nothing',
  check: 'it reads a bundle, and does nothing',
  features: 'it reads nothing of any container',
};

/** Verbs of the command line that are neither swept nor excused. */
export function forgottenVerbs(): string[] {
  const known = new Set([...SCENARIOS.map(({ verb }) => verb), ...Object.keys(UNSWEPT)]);
  return COMMANDS.map(({ name }) => name).filter((name) => !known.has(name));
}
