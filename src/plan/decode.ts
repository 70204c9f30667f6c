// A plan read back from its text. As strict as the helper: whatever schemas/plan.md does not allow refuses the whole plan.

import { TsrunError } from '../base/errors.js';
import { TABLES } from './names.js';
import { type Field, fieldsOf, isOpName, type Op, PLAN_VERSION, type Plan, SECTIONS } from './ops.js';

const MAX_PLAN_LENGTH = 64 * 1024 * 1024;

/** The plan that the text holds; a TsrunError STATE_CORRUPT naming the line if it is not exactly a plan of this version. */
export function decodePlan(text: string): Plan {
  if (text.length > MAX_PLAN_LENGTH) {
    throw corrupt(1, 'longer than 64 MiB');
  }
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw corrupt(lines.length + 1, 'the last line does not end');
  }
  if (lines[0] !== `tsrun-plan\t${PLAN_VERSION}`) {
    throw corrupt(1, `not a plan of version ${PLAN_VERSION}`);
  }
  return { version: PLAN_VERSION, sections: decodeSections(lines) };
}

function decodeSections(lines: readonly string[]): Plan['sections'] {
  const sections: Record<(typeof SECTIONS)[number], Op[]> = { create: [], start: [], teardown: [] };
  let opened = 0;
  let count = 0;
  for (let index = 1; index < lines.length - 1; index += 1) {
    const line = lines[index] as string;
    if (line.startsWith('section\t')) {
      if (line !== `section\t${SECTIONS[opened]}`) {
        throw corrupt(index + 1, `unexpected section, expected ${SECTIONS[opened] ?? 'the end'}`);
      }
      opened += 1;
      continue;
    }
    const section = SECTIONS[opened - 1];
    if (section === undefined) {
      throw corrupt(index + 1, 'an operation before the first section');
    }
    sections[section].push(decodeOp(line, index + 1));
    count += 1;
  }
  if (opened !== SECTIONS.length || lines[lines.length - 1] !== `end\t${count}`) {
    throw corrupt(lines.length, `torn: expected ${SECTIONS.length} sections and "end" with ${count}`);
  }
  return sections;
}

/** One operation from its line, newline not included. `lineNumber` is for the error message. */
export function decodeOp(line: string, lineNumber: number): Op {
  const [name = '', ...texts] = line.split('\t');
  if (!isOpName(name)) {
    throw corrupt(lineNumber, `unknown operation ${JSON.stringify(name)}`);
  }
  const op: Record<string, unknown> = { op: name };
  let next = 0;
  for (const field of fieldsOf(name)) {
    const text = texts[next];
    next += 1;
    if (text === undefined) {
      throw corrupt(lineNumber, `"${name}" lacks "${field.name}"`);
    }
    if (field.type === 'list') {
      const items = decodeList(field, texts, next, lineNumber);
      next += items.length;
      op[field.name] = items;
    } else {
      op[field.name] = decodeField(field, text, lineNumber);
    }
  }
  if (next !== texts.length) {
    throw corrupt(lineNumber, `"${name}" has ${texts.length - next} fields too many`);
  }
  return op as unknown as Op;
}

function decodeList(field: Field, texts: readonly string[], first: number, lineNumber: number): string[] {
  const count = decodeNumber(field, texts[first - 1] as string, 0n, BigInt(texts.length - first), lineNumber) as number;
  return texts.slice(first, first + count).map((text) => unescapeField(text, lineNumber));
}

function decodeField(field: Field, text: string, lineNumber: number): unknown {
  switch (field.type) {
    case 'text':
      return unescapeField(text, lineNumber);
    case 'path':
      if (text === '') {
        throw corrupt(lineNumber, `"${field.name}" is empty`);
      }
      return unescapeField(text, lineNumber);
    case 'int':
      return decodeNumber(field, text, -(2n ** 63n), 2n ** 63n - 1n, lineNumber);
    case 'uint':
      return decodeNumber(field, text, 0n, 2n ** 64n - 1n, lineNumber);
    case 'id':
      return decodeNumber(field, text, 0n, 4294967294n, lineNumber);
    case 'who':
      return text === 'found' ? text : decodeNumber(field, text, 0n, 4294967294n, lineNumber);
    case 'slot':
      return decodeNumber(field, text, 0n, 16383n, lineNumber);
    case 'mode':
      return decodeMode(field, text, lineNumber);
    case 'name':
      return decodeName(field, text, lineNumber);
    case 'flags':
      return text === '0' ? [] : text.split('|').map((name) => decodeName(field, name, lineNumber));
    default:
      throw new TsrunError('INTERNAL', `no decoder for the field type "${field.type}"`);
  }
}

function decodeNumber(field: Field, text: string, low: bigint, high: bigint, lineNumber: number): number | bigint {
  if (!/^-?[0-9]{1,20}$/.test(text)) {
    throw corrupt(lineNumber, `"${field.name}" is not a number: ${JSON.stringify(text)}`);
  }
  const value = BigInt(text);
  if (value < low || value > high || (low === 0n && text.startsWith('-'))) {
    throw corrupt(lineNumber, `"${field.name}" is out of range: ${text}`);
  }
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function decodeMode(field: Field, text: string, lineNumber: number): number {
  if (!/^[0-7]{1,20}$/.test(text) || Number.parseInt(text, 8) > 0o7777) {
    throw corrupt(lineNumber, `"${field.name}" is not a file mode: ${JSON.stringify(text)}`);
  }
  return Number.parseInt(text, 8);
}

function decodeName(field: Field, text: string, lineNumber: number): string {
  const names: readonly string[] = field.table === '' ? [] : TABLES[field.table];
  if (!names.includes(text)) {
    throw corrupt(lineNumber, `"${field.name}" has an unknown name: ${JSON.stringify(text)}`);
  }
  return text;
}

const UNESCAPES: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', '\\r': '\r', '\\\\': '\\' };

function unescapeField(text: string, lineNumber: number): string {
  if (text.includes('\0') || text.includes('\r')) {
    throw corrupt(lineNumber, 'a NUL or a carriage return');
  }
  if (!text.includes('\\')) {
    return text;
  }
  return text.replace(/\\.?/gsu, (sequence) => {
    const character = UNESCAPES[sequence];
    if (character === undefined) {
      throw corrupt(lineNumber, `unknown escape ${JSON.stringify(sequence)}`);
    }
    return character;
  });
}

function corrupt(lineNumber: number, reason: string): TsrunError {
  return new TsrunError('STATE_CORRUPT', `cannot read the plan: line ${lineNumber}: ${reason}`);
}
