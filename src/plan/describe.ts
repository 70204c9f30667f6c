// A plan for people and for tools: what `tsrun plan` prints. Must never be read back: decode.ts reads the encoded form only.

import { type Field, fieldsOf, OPS, type Op, type OpName, type Plan, SECTIONS } from './ops.js';

/**
 * The plan as text to be read: a heading for each section, then one line for each operation with its side, name and fields. The form is
 * stable, and safe for a terminal: what is not plain printable text is shown as a JSON string.
 */
export function describePlan(plan: Plan): string {
  let text = '';
  for (const section of SECTIONS) {
    text += `${text === '' ? '' : '\n'}${section}\n`;
    const ops = plan.sections[section];
    const width = ops.reduce((widest, op) => Math.max(widest, op.op.length), 0);
    for (const op of ops) {
      text += `  ${describeOp(op, width)}\n`;
    }
  }
  return text;
}

/** One operation as a line, e.g. `host  open-tree  slot=1 source=/srv/data flags=AT_RECURSIVE`; the name is padded to `width`. */
export function describeOp(op: Op, width = 0): string {
  const fields = fieldsOf(op.op).map((field) => `${field.name}=${describeValue(field, fieldValue(op, field))}`);
  return `${sideOf(op.op)}  ${op.op.padEnd(width)}  ${fields.join(' ')}`.trimEnd();
}

/** The plan as JSON: `version` and `sections`, one operation a line with its `side`. 64-bit numbers stay exact. */
export function planToJson(plan: Plan): string {
  const sections = SECTIONS.map((section) => {
    const ops = plan.sections[section].map((op) => `\n      ${opToJson(op)}`);
    return `    ${JSON.stringify(section)}: [${ops.join(',')}${ops.length === 0 ? '' : '\n    '}]`;
  });
  return `{\n  "version": ${plan.version},\n  "sections": {\n${sections.join(',\n')}\n  }\n}\n`;
}

function opToJson(op: Op): string {
  let text = `{"op":${JSON.stringify(op.op)},"side":"${sideOf(op.op)}"`;
  for (const field of fieldsOf(op.op)) {
    const value = fieldValue(op, field);
    text += `,"${field.name}":${typeof value === 'bigint' ? value.toString() : JSON.stringify(value)}`;
  }
  return `${text}}`;
}

function describeValue(field: Field, value: unknown): string {
  switch (field.type) {
    case 'list':
      return quote(value);
    case 'flags':
      return (value as readonly string[]).join('|') || '0';
    case 'mode':
      return `0${(value as number).toString(8)}`;
    default:
      return /^[!#-[\]-~]+$/.test(String(value)) ? String(value) : quote(value);
  }
}

// JSON leaves DEL, C1, line separators and bidirectional controls as they are; a terminal must get none of them.
const UNPRINTABLE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function quote(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sideOf(name: OpName): 'host' | 'init' {
  return OPS[name][0] === 'HOST' ? 'host' : 'init';
}

function fieldValue(op: Op, field: Field): unknown {
  return (op as unknown as Readonly<Record<string, unknown>>)[field.name];
}
