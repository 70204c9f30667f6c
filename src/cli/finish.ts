// Ends a verb whose helper ran as a child (where the engine cannot become the helper): the same words, the same exit status.
import type { HelperOutcome } from '../index.js';
import type { Invocation } from './commands.js';

/**
 * Answers the exit status of an outcome.
 * @throws TsrunError what the helper's record amounts to.
 */
export async function finish(outcome: HelperOutcome, { verb, positionals, warn }: Invocation): Promise<number> {
  // Only here: where the engine becomes the helper this is never reached, and start-up is everything.
  const { describeStep, parseReport, reportError } = await import('../index.js');
  const report = parseReport(outcome.record);
  for (const step of report.warnings) warn(describeStep(step));
  if (report.failure === null && outcome.status !== null) return outcome.status;
  throw reportError(report, { verb, id: positionals[0] ?? '' });
}
