// How many random inputs a property is tried with, and of which seed: PROPERTY_RUNS multiplies the first, PROPERTY_SEED is the second. fast-check
// prints the seed and the smallest input of what fails.
import type { Parameters } from 'fast-check';

const FACTOR = Number(process.env.PROPERTY_RUNS ?? 1);

/** The same inputs at each run, unless somebody asks for others. */
export function runs<Input>(count: number): Parameters<Input> {
  return {
    numRuns: Math.ceil(count * FACTOR),
    seed: Number(process.env.PROPERTY_SEED ?? 1),
    endOnFailure: FACTOR > 1,
  };
}
