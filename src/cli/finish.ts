// Ends a verb whose helper ran as a child (where no front waits to become it): the same words, the same exit status.
import type { HelperOutcome } from '../index.js';
import type { Invocation } from './commands.js';

/**
 * Answers the exit status of an outcome.
 * @throws TsrunError what the helper's record amounts to.
 */
export async function finish(outcome: HelperOutcome, invocation: Invocation): Promise<number> {
  // Only here: behind the front this is never reached, and start-up is everything.
  const { wordOutcome } = await import('./report.js');
  return wordOutcome(outcome, invocation);
}
