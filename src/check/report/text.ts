// A check as text: as a compiler would say it, with the line of the file under each finding.

import type { Finding } from '../finding.js';
import type { Lines } from '../lines.js';
import type { Severity } from '../rules/rule.js';
import type { CheckReport } from './report.js';

/** Of a longer line only what is around the finding is shown: a config.json is often one line. */
const MAX_WIDTH = 100;
const BEFORE = 40;
const MAX_WORDS = 1000;

const COLOURS: Readonly<Record<Severity, string>> = { error: '31', warning: '33', note: '36' };

/** The report for people; colours only where the caller says that a terminal shows them. */
export function encodeText(report: CheckReport, lines: Lines, colour: boolean): string {
  const paint = colour
    ? (code: string, text: string) => `\x1b[${code}m${text}\x1b[0m`
    : (_: string, text: string) => text;
  const blocks = report.findings.map((finding) => describe(finding, report.file, lines, paint));
  const omitted = report.omitted.map(({ rule, count }) => `${count} more of ${rule} are not shown\n`);
  return [...blocks, ...omitted, `${report.file}: ${summarize(report)}\n`].join('');
}

type Paint = (code: string, text: string) => string;

function describe(finding: Finding, file: string, lines: Lines, paint: Paint): string {
  const { severity, line, column, message, rule, pointer, hint } = finding;
  const head = `${paint('1', `${printable(file)}:${line}:${column}:`)} ${paint(`1;${COLOURS[severity]}`, `${severity}:`)}`;
  const place = pointer === '' ? '' : `${printable(pointer)}: `;
  const text = `${head} ${place}${printable(message)} ${paint('2', `[${rule}]`)}\n`;
  return `${text}${quote(finding, lines, paint)}${hint === undefined ? '' : `  hint: ${printable(hint)}\n`}`;
}

/** The line, and under it what the finding is about. */
function quote({ severity, line, column, endLine, endColumn }: Finding, lines: Lines, paint: Paint): string {
  const start = lines.lengthOf(line) <= MAX_WIDTH ? 0 : Math.max(0, column - 1 - BEFORE);
  const shown = visible(lines.slice(line, start, start + MAX_WIDTH));
  const end = endLine === line ? endColumn : Number.POSITIVE_INFINITY;
  const before = visible(lines.slice(line, start, column - 1));
  const marked = visible(lines.slice(line, column - 1, Math.min(end - 1, start + MAX_WIDTH)));
  const mark = `^${'~'.repeat(Math.max(0, marked.length - 1))}`;
  const cut = start > 0 ? '…' : '';
  return `  ${cut}${shown}\n  ${' '.repeat(cut.length + before.length)}${paint(`1;${COLOURS[severity]}`, mark)}\n`;
}

/** One column each: tabs and what a terminal would obey become spaces. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** Terminals obey control characters, and names in a bundle may have any, and be as long as they like. */
function printable(whole: string): string {
  const text = whole.length > MAX_WORDS ? `${whole.slice(0, MAX_WORDS)}…` : whole;
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function summarize({ errors, warnings, notes }: CheckReport): string {
  const parts = [count(errors, 'error'), count(warnings, 'warning'), count(notes, 'note')].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? 'nothing found' : parts.join(', ');
}

function count(number: number, noun: string): string {
  return number === 0 ? '' : `${number} ${noun}${number === 1 ? '' : 's'}`;
}
