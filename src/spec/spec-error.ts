// The error of a document that breaks rules, with as many problems as somebody reads.

import { describeProblem, SpecError, type SpecProblem } from '../base/errors.js';

/** More are not read by anybody; the rest is counted. */
const MAX_PROBLEMS = 50;

/** The generated validator ends with its 1000th problem. */
const MAX_SCHEMA_PROBLEMS = 1000;

/** An error with the first 50 problems, and how many more there are. `what` names the document. */
export function newSpecError(
  problems: readonly SpecProblem[],
  what = 'config.json',
  code: 'SPEC_INVALID' | 'SPEC_UNSUPPORTED' = 'SPEC_INVALID',
): SpecError {
  if (problems.length <= MAX_PROBLEMS) {
    return new SpecError(code, problems, { document: what });
  }
  const atLeast = problems.length === MAX_SCHEMA_PROBLEMS ? 'at least ' : '';
  const rest = { path: '', message: `and ${atLeast}${problems.length - MAX_PROBLEMS} more` };
  const shown = [...problems.slice(0, MAX_PROBLEMS), rest];
  return new SpecError(code, shown, { document: what, count: `${atLeast}${problems.length}` });
}

/** Warnings as sentences, the first 50 of them, and how many more there are. */
export function describeWarnings(problems: readonly SpecProblem[]): string[] {
  const shown = problems.slice(0, MAX_PROBLEMS).map(describeProblem);
  return problems.length > MAX_PROBLEMS ? [...shown, `and ${problems.length - MAX_PROBLEMS} more like these`] : shown;
}
