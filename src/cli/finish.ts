// Ends a verb whose helper ran as a child (where the engine cannot become the helper): the same words, the same exit status.
import { describeStep, type HelperOutcome, parseReport, reportError } from '../index.js';
import type { Invocation } from './commands.js';

/**
 * Answers the exit status of an outcome.
 * @throws TsrunError what the helper's record amounts to.
 */
export function finish(outcome: HelperOutcome, { argv, positionals, warn }: Invocation): number {
  const report = parseReport(outcome.record);
  for (const step of report.warnings) warn(describeStep(step));
  if (report.failure === null && outcome.status !== null) return outcome.status;
  const verb = ['create', 'run', 'start', 'kill', 'delete'].find((name) => argv.includes(name)) ?? 'use';
  throw reportError(report, { verb, id: positionals[0] ?? '' });
}
