// A check as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format): what code hosts and editors show beside the file.

import type { Finding } from '../finding.js';
import { RULES, type RuleId } from '../rules/index.js';
import type { CheckReport } from './report.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** The base of the file's URI, section 3.4.4: the directory that the command was called in, which the reader knows. */
const BASE = '%SRCROOT%';

/** The report as a SARIF log with one run. Only the rules that have findings are listed. */
export function encodeSarif(report: CheckReport, version: string): string {
  const rules = [...new Set(report.findings.map(({ rule }) => rule))].sort();
  const run = {
    tool: { driver: { name: 'tsrun check', semanticVersion: version, rules: rules.map(describeRule) } },
    ...(report.file.startsWith('/')
      ? {}
      : { originalUriBaseIds: { [BASE]: { description: { text: 'the current directory' } } } }),
    columnKind: 'utf16CodeUnits',
    results: report.findings.map((finding) => describeResult(finding, rules.indexOf(finding.rule), report.file)),
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: describeOmitted(report) }],
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

/** 3.49, reportingDescriptor. */
function describeRule(id: RuleId) {
  const { severity, summary, help } = RULES[id];
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level: severity },
    properties: { tags: [id.startsWith('audit/') ? 'security' : 'correctness'] },
  };
}

/** 3.27, result. */
function describeResult(finding: Finding, ruleIndex: number, file: string) {
  const { rule, severity, message, hint, pointer, line, column, endLine, endColumn } = finding;
  const region = { startLine: line, startColumn: column, endLine, endColumn };
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: `${pointer === '' ? '' : `${pointer}: `}${message}${hint === undefined ? '' : ` (${hint})`}` },
    locations: [
      {
        physicalLocation: { artifactLocation: locate(file), region },
        logicalLocations: [{ fullyQualifiedName: pointer, kind: 'value' }],
      },
    ],
    // Of the rule and the place in the document, not of the line: it stays the same when other lines come and go.
    partialFingerprints: { 'ruleAndPointer/v1': `${rule}:${pointer}` },
  };
}

/** 3.4, artifactLocation. RFC 3986: what is no unreserved character of a path is escaped. */
function locate(file: string) {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? { uri: `file://${path}` } : { uri: path, uriBaseId: BASE };
}

function describeOmitted({ omitted }: CheckReport) {
  return omitted.map(({ rule, count }) => ({
    level: 'note',
    message: { text: `${count} more of ${rule} are left out` },
  }));
}
