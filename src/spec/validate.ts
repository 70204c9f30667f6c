// config.json from bytes to a Spec that holds every rule which can be told from the document alone.

import { OCI_VERSION } from '../base/container-state.js';
import { SpecError, type SpecProblem } from '../base/errors.js';
import { CHECKS, WARNINGS } from './checks/index.js';
import { checkResources } from './checks/resources.js';
import { validateConfig } from './generated/validate-config.js';
import { describeSchemaErrors } from './schema-problems.js';
import { parseStrictJson } from './strict-json.js';
import type { Resources, Spec } from './types.js';

/** More are not read by anybody; the rest is counted. */
const MAX_PROBLEMS = 50;

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
    throw invalid(describeSchemaErrors(validateConfig.errors ?? [], value));
  }
  const spec = value as Spec;
  const problems: SpecProblem[] = [];
  for (const check of CHECKS) {
    problems.push(...check(spec));
  }
  if (problems.length > 0) {
    throw invalid(problems);
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
    throw invalid(describeSchemaErrors(validateConfig.errors ?? [], document), what);
  }
  const problems = checkResources(document);
  if (problems.length > 0) {
    throw invalid(problems, what);
  }
}

function listWarnings(spec: Spec): string[] {
  const warnings: string[] = [];
  for (const warn of WARNINGS) {
    for (const { path, message } of warn(spec)) {
      warnings.push(`${path}: ${message}`);
    }
  }
  return warnings;
}

function invalid(problems: SpecProblem[], what = 'config.json'): SpecError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (problems.length > MAX_PROBLEMS) {
    shown.push({ path: '', message: `and ${problems.length - MAX_PROBLEMS} more` });
  }
  return new SpecError('SPEC_INVALID', shown, { document: what });
}
