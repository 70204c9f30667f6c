// config.json from bytes to a Spec that holds every rule which can be told from the document alone.

import { OCI_VERSION } from '../base/container-state.js';
import type { SpecProblem } from '../base/errors.js';
import { CHECKS, WARNINGS } from './checks/index.js';
import { checkResources } from './checks/resources.js';
import { validateConfig } from './generated/validate-config.js';
import { describeSchemaErrors } from './schema-problems.js';
import { describeWarnings, newSpecError } from './spec-error.js';
import { parseStrictJson } from './strict-json.js';
import type { Resources, Spec } from './types.js';

export interface ParsedSpec {
  readonly spec: Spec;
  /** The document to the letter. */
  readonly text: string;
  /** What the caller should tell the user, one sentence each; nothing of it stops a container. */
  readonly warnings: string[];
}

/**
 * Parses a config.json and checks it: JSON, then the schema, then the named checks.
 * @param what names the document where it is not even JSON
 * @throws TsrunError SPEC_INVALID for what is not strict JSON; SpecError SPEC_INVALID with all problems (from the 51st on only their number).
 */
export function parseSpec(bytes: Uint8Array, what = 'config.json'): ParsedSpec {
  const { value, text } = parseStrictJson(bytes, what);
  if (!validateConfig(value)) {
    throw newSpecError(describeSchemaErrors(validateConfig.errors ?? [], value));
  }
  const spec = value as Spec;
  const problems: SpecProblem[] = [];
  for (const check of CHECKS) {
    // Not as arguments of push: there can be more than a call can have.
    for (const problem of check(spec)) {
      problems.push(problem);
    }
  }
  if (problems.length > 0) {
    throw newSpecError(problems);
  }
  return { spec, text, warnings: listWarnings(spec) };
}

/**
 * Parses linux.resources alone, as callers of `update` give them, and checks them as parseSpec does; paths in problems begin with `linux.resources`.
 * @throws TsrunError SPEC_INVALID, SpecError SPEC_INVALID.
 */
export function parseResources(bytes: Uint8Array, what: string): Resources {
  const { value } = parseStrictJson(bytes, what);
  checkResourcesAlone(value as Resources, what);
  return value as Resources;
}

/** @throws SpecError SPEC_INVALID with what is wrong with these resources, whatever the host is. Their schema is checked too. */
export function checkResourcesAlone(resources: Resources, what: string): void {
  const document = { ociVersion: OCI_VERSION, linux: { resources } };
  if (!validateConfig(document)) {
    throw newSpecError(describeSchemaErrors(validateConfig.errors ?? [], document), what);
  }
  const problems = checkResources(document);
  if (problems.length > 0) {
    throw newSpecError(problems, what);
  }
}

function listWarnings(spec: Spec): string[] {
  return describeWarnings(WARNINGS.flatMap((warn) => warn(spec)));
}
