// A plan as text, in the form of schemas/plan.md. Must never decide anything: what an operation means is settled before.

import { SpecError, TsrunError } from '../base/errors.js';
import { type Field, fieldsOf, type Op, type Plan, SECTIONS } from './ops.js';

/**
 * The plan as the text that the helper reads. A string that the form cannot carry (NUL, an unpaired surrogate) is a SpecError, as only
 * config.json or the command line can have brought it here.
 */
export function encodePlan(plan: Plan): string {
  let text = `tsrun-plan\t${plan.version}\n`;
  let count = 0;
  for (const section of SECTIONS) {
    text += `section\t${section}\n`;
    for (const op of plan.sections[section]) {
      text += encodeOp(op);
      count += 1;
    }
  }
  return `${text}end\t${count}\n`;
}

/** One operation as its line, newline included. */
export function encodeOp(op: Op): string {
  let line: string = op.op;
  for (const field of fieldsOf(op.op)) {
    line += `\t${encodeField(op, field)}`;
  }
  return `${line}\n`;
}

/** One field of an operation as its text; a list is its count and its items. */
export function encodeField(op: Op, field: Field): string {
  const value = (op as unknown as Readonly<Record<string, unknown>>)[field.name];
  switch (field.type) {
    case 'text':
    case 'path':
    case 'name':
      return escapeField(op, field, value as string);
    case 'list':
      return encodeList(op, field, value as readonly string[]);
    case 'who':
      return value === 'found' ? value : encodeNumber(op, field, value);
    case 'flags':
      return (value as readonly string[]).join('|') || '0';
    default:
      return encodeNumber(op, field, value);
  }
}

function encodeList(op: Op, field: Field, items: readonly string[]): string {
  let text = String(items.length);
  for (const item of items) {
    text += `\t${escapeField(op, field, item)}`;
  }
  return text;
}

function encodeNumber(op: Op, field: Field, value: unknown): string {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw new TsrunError('INTERNAL', `cannot encode "${field.name}" of "${op.op}": not an integer: ${String(value)}`);
  }
  return (value as number | bigint).toString(field.type === 'mode' ? 8 : 10);
}

const SUSPICIOUS = /[\0\t\n\r\\\ud800-\udfff]/;
// With the u flag the surrogate range matches unpaired ones only: UTF-8 has no form for them. It is slower, and for the few.
const EVERY_SPECIAL = /[\0\t\n\r\\\ud800-\udfff]/gu;
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

function escapeField(op: Op, field: Field, text: string): string {
  if (!SUSPICIOUS.test(text)) {
    return text;
  }
  return text.replace(EVERY_SPECIAL, (character) => {
    const escaped = ESCAPES[character];
    if (escaped === undefined) {
      const what = character === '\0' ? 'a NUL byte' : 'an unpaired surrogate';
      const message = `cannot put ${JSON.stringify(text)} into the plan ("${field.name}" of "${op.op}"): it contains ${what}`;
      throw new SpecError('SPEC_INVALID', [{ path: '', message }]);
    }
    return escaped;
  });
}
