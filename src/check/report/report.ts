// A check as data: what the library answers, and what the formats are made of.

import type { Checked } from '../check.js';
import type { Finding, Findings } from '../finding.js';
import type { Severity } from '../rules/rule.js';

export interface CheckReport extends Findings {
  /** The file, as the caller named it or the bundle. */
  readonly file: string;
  /** What there are, those left out included by what they are. */
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

export function newReport(file: string, { findings, omitted }: Checked): CheckReport {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  return { file, findings, omitted, errors: count('error'), warnings: count('warning'), notes: count('note') };
}

/** The report as JSON, by schemas/check.schema.json. */
export function encodeJson({ file, findings, omitted, errors, warnings, notes }: CheckReport): string {
  const summary = { errors, warnings, notes };
  return `${JSON.stringify({ version: 1, file, summary, findings: findings.map(toJson), omitted }, null, 2)}\n`;
}

function toJson({ severity, rule, pointer, line, column, endLine, endColumn, message, hint }: Finding) {
  return {
    severity,
    rule,
    pointer,
    line,
    column,
    endLine,
    endColumn,
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}
