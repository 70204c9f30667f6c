// A process on its own, as callers of `exec` give it: what config.json has below `process`, checked by the same rules.

import type { SpecProblem } from '../base/errors.js';
import { warnCapabilities } from './checks/capabilities.js';
import { checkProcess } from './checks/process.js';
import { checkRlimits } from './checks/rlimits.js';
import { checkUser } from './checks/user.js';
import { validateProcess } from './generated/validate-process.js';
import { describeSchemaErrors } from './schema-problems.js';
import { describeWarnings, newSpecError } from './spec-error.js';
import { parseStrictJson } from './strict-json.js';
import type { Process, Spec } from './types.js';

/**
 * Parses a document that is a process, and checks it against its schema.
 * @throws TsrunError SPEC_INVALID for what is not strict JSON; SpecError SPEC_INVALID with everything that the schema does not accept.
 */
export function parseProcess(bytes: Uint8Array, what: string): Process {
  return asProcess(parseStrictJson(bytes, what).value, what);
}

/** @throws SpecError SPEC_INVALID with everything of a value that the schema does not accept. */
export function asProcess(value: unknown, what: string): Process {
  if (!validateProcess(value)) {
    throw newSpecError(describeSchemaErrors(validateProcess.errors ?? [], value), what);
  }
  return value as Process;
}

/**
 * Checks a process that its schema accepts against the container that it is to be in; answers what its user should know.
 * @throws SpecError SPEC_INVALID with every problem.
 */
export function checkProcessAlone(process: Process, container: Spec, what: string): string[] {
  const spec = { ...container, process };
  const problems = [...checkProcess(spec), ...checkUser(spec), ...checkRlimits(spec)];
  if (problems.length > 0) {
    throw newSpecError(problems.map(asOwn), what);
  }
  return describeWarnings(warnCapabilities(spec).map(asOwn));
}

/** Paths begin where the document does. */
function asOwn({ path, message }: SpecProblem): SpecProblem {
  return { path: path.startsWith('process.') ? path.slice('process.'.length) : path, message };
}
