// From bytes to a value, with everything that is wrong on the way. Where a fault leaves no doubt of what was meant, reading goes on.

import { TsrunError } from '../base/errors.js';
import { parseExactJson } from '../spec/exact-json.js';
import type { JsonFault } from '../spec/json-fault.js';
import type { Draft } from './finding.js';

export interface DocumentText {
  readonly text: string;
  /** Undefined where the text is not JSON at all. */
  readonly value: unknown;
  readonly drafts: readonly Draft[];
}

const BYTE_ORDER_MARK = 0xfeff;

/** Faults beyond these are not looked for: nobody reads them. */
const MAX_FAULTS = 100;

/** Reads a JSON document; never throws. */
export function readDocument(bytes: Uint8Array): DocumentText {
  const drafts: Draft[] = [];
  const text = decode(bytes, drafts);
  const faults: JsonFault[] = [];
  const tolerate = (fault: JsonFault): void => {
    faults.push(fault);
  };
  let value: unknown;
  try {
    value = parseExactJson(text, 'config.json', tolerate);
  } catch (error) {
    if (!(error instanceof TsrunError)) {
      throw error;
    }
    faults.push(error.details as unknown as JsonFault);
  }
  for (const { kind, offset, problem } of faults.slice(0, MAX_FAULTS)) {
    drafts.push({ rule: `json/${kind}`, keys: [], message: problem, span: { start: offset, end: offset + 1 } });
  }
  return { text, value, drafts };
}

/** What is no UTF-8 becomes U+FFFD, and a byte order mark a space, so that the rest keeps its place. */
function decode(bytes: Uint8Array, drafts: Draft[]): string {
  const add = (message: string, start: number) =>
    drafts.push({ rule: 'json/encoding', keys: [], message, span: { start, end: start + 1 } });
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (text.includes('\uFFFD') && !isUtf8(bytes)) {
    const offset = findBadUtf8(bytes);
    add(
      'found bytes that are not UTF-8',
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, offset)).length,
    );
  }
  if (text.charCodeAt(0) !== BYTE_ORDER_MARK) {
    return text;
  }
  add('found a byte order mark, must begin with a value', 0);
  return ` ${text.slice(1)}`;
}

/** How many bytes at the beginning are whole characters of UTF-8. */
function findBadUtf8(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (isUtf8(bytes.subarray(0, middle), true)) {
      good = middle;
    } else {
      bad = middle;
    }
  }
  // A character that only the next byte shows to be broken began before it.
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) {
    good -= 1;
  }
  return good;
}

/** With `mayGoOn` a character that is cut off at the end is none that is wrong. */
function isUtf8(bytes: Uint8Array, mayGoOn = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: mayGoOn });
    return true;
  } catch {
    return false;
  }
}
