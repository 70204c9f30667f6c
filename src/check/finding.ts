// Findings: as the rules make them, and with the places that they have in the text.

import type { Lines } from './lines.js';
import { findPlaces, type Span } from './places.js';
import { encodePointer, type Keys, parsePath } from './pointer.js';
import { RULES, type RuleId } from './rules/index.js';
import type { Severity } from './rules/rule.js';

/** What a rule has found, before anybody looks where that is. */
export interface Draft {
  readonly rule: RuleId;
  readonly keys: Keys;
  /** Lower case, no full stop, without the path. */
  readonly message: string;
  readonly hint?: string | undefined;
  /** The rule's own without it. */
  readonly severity?: Severity | undefined;
  /** It is the key that is wrong, not what it has for a value. */
  readonly ofKey?: boolean | undefined;
  /** Where it is, if its keys do not tell. */
  readonly span?: Span | undefined;
}

export interface Finding {
  readonly severity: Severity;
  readonly rule: RuleId;
  /** From 1 on; columns in UTF-16 units, the end behind the last one. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** RFC 6901; of what is missing, where it would be. '' is the whole document. */
  readonly pointer: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface Findings {
  /** By their places in the text. */
  readonly findings: readonly Finding[];
  /** How many of a rule are left out, since nobody reads that many. */
  readonly omitted: readonly { readonly rule: RuleId; readonly count: number }[];
}

const MAX_OF_A_RULE = 100;

/** Of a message with a path as the checks have it; what is no path is the document. */
export function draftOf(rule: RuleId, problem: { readonly path: string; readonly message: string }): Draft {
  const keys = parsePath(problem.path);
  return keys === null
    ? { rule, keys: [], message: `${problem.path}: ${problem.message}` }
    : { rule, keys, message: problem.message };
}

/** Says where in the text each finding is, and puts them in that order. */
export function locateFindings(drafts: readonly Draft[], text: string, lines: Lines): Finding[] {
  const places = findPlaces(
    text,
    drafts.filter(({ span }) => span === undefined).map(({ keys }) => keys),
  );
  const findings = drafts.map((draft) => {
    const span = draft.span ?? (draft.ofKey ? places.key(draft.keys) : places.value(draft.keys));
    return toFinding(draft, span, lines);
  });
  const rank = { error: 0, warning: 1, note: 2 };
  findings.sort((a, b) => a.line - b.line || a.column - b.column || rank[a.severity] - rank[b.severity]);
  return findings;
}

function toFinding({ rule, keys, message, hint, severity }: Draft, span: Span, lines: Lines): Finding {
  const { line, column } = lines.position(span.start);
  const { line: endLine, column: endColumn } = lines.position(span.end);
  const place = { line, column, endLine, endColumn, pointer: encodePointer(keys) };
  const finding = { severity: severity ?? RULES[rule].severity, rule, ...place, message };
  return hint === undefined ? finding : { ...finding, hint };
}

/** What there is to tell: the same of one place once, and of no rule more than anybody reads. */
export function chooseDrafts(drafts: readonly Draft[]): { kept: Draft[]; omitted: Findings['omitted'] } {
  const seen = new Set<string>();
  const counts = new Map<RuleId, number>();
  const kept = drafts.filter(({ rule, keys, message, span }) => {
    const identity = `${encodePointer(keys)}\n${message}\n${span?.start ?? ''}`;
    if (seen.has(identity)) return false;
    seen.add(identity);
    const count = (counts.get(rule) ?? 0) + 1;
    counts.set(rule, count);
    return count <= MAX_OF_A_RULE;
  });
  const over = [...counts].filter(([, count]) => count > MAX_OF_A_RULE);
  return { kept, omitted: over.map(([rule, count]) => ({ rule, count: count - MAX_OF_A_RULE })) };
}
