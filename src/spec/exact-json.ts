// The slow, exact JSON parser (RFC 8259): one pass, recursion bounded by depth, an error for everything that JSON.parse would pass over.

import type { TsrunError } from '../base/errors.js';
import { readNumber } from './exact-number.js';
import { type JsonFault, newJsonError } from './json-fault.js';
import { joinPath } from './json-path.js';

/** Levels of arrays and objects; config.json itself has at most 8. */
export const MAX_DEPTH = 64;

/** Strings, numbers, arrays and so on: a second's work for all that is done with them. A large config.json has a few thousand. */
export const MAX_VALUES = 100000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/**
 * The contract is that of parseStrictJson(), whose slow half this is. Errors have a JsonFault for their details. With `tolerate`, faults after
 * which the text can be read on are given to it instead: of two keys the last one counts, a number that cannot be held is 0.
 */
export function parseExactJson(text: string, what: string, tolerate?: (fault: JsonFault) => void): unknown {
  return new ExactParser(text, what, tolerate).parseDocument();
}

class ExactParser {
  private at = 0;
  private values = 0;
  private readonly keys: (string | number)[] = [];
  private readonly text: string;
  private readonly what: string;
  private readonly tolerate: ((fault: JsonFault) => void) | undefined;
  constructor(text: string, what: string, tolerate?: (fault: JsonFault) => void) {
    this.text = text;
    this.what = what;
    this.tolerate = tolerate;
  }

  parseDocument(): unknown {
    const value = this.parseValue();
    this.skipWhitespace();
    if (this.at < this.text.length) {
      this.fail('the end of the text');
    }
    return value;
  }

  private parseValue(): unknown {
    this.skipWhitespace();
    this.values += 1;
    if (this.values > MAX_VALUES) {
      throw this.error(this.at, `found more than ${MAX_VALUES} values`, 'size');
    }
    const character = this.text[this.at];
    if (character === '{' || character === '[') {
      if (this.keys.length === MAX_DEPTH) {
        throw this.error(this.at, `found more than ${MAX_DEPTH} levels of arrays and objects`, 'size');
      }
      return character === '{' ? this.parseObject() : this.parseArray();
    }
    return character === '"' ? this.parseString() : this.parseScalar();
  }

  private parseObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.at += 1;
    if (this.take('}')) {
      return object;
    }
    do {
      this.skipWhitespace();
      const start = this.at;
      if (this.text[start] !== '"') {
        this.fail('a key in double quotes');
      }
      const key = this.parseString();
      if (Object.hasOwn(object, key)) {
        this.refuse('duplicate-key', start, `found the key "${this.path(key)}" twice, must be there once`);
      }
      if (!this.take(':')) {
        this.fail('":"');
      }
      this.keys.push(key);
      const value = this.parseValue();
      if (key === '__proto__') {
        // Assigning would change the object's prototype.
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else {
        object[key] = value;
      }
      this.keys.pop();
    } while (this.take(','));
    if (!this.take('}')) {
      this.fail('"," or "}"');
    }
    return object;
  }

  private parseArray(): unknown[] {
    const array: unknown[] = [];
    this.at += 1;
    if (this.take(']')) {
      return array;
    }
    do {
      this.keys.push(array.length);
      array.push(this.parseValue());
      this.keys.pop();
    } while (this.take(','));
    if (!this.take(']')) {
      this.fail('"," or "]"');
    }
    return array;
  }

  private parseString(): string {
    const start = this.at;
    let escaped = false;
    for (this.at += 1; this.text.charCodeAt(this.at) !== QUOTE; this.at += 1) {
      const code = this.text.charCodeAt(this.at);
      if (code === BACKSLASH) {
        escaped = true;
        this.at += 1;
      } else if (!(code >= SPACE)) {
        throw this.error(this.at, `found ${this.describeNext()} in a string, must be an escape or the closing quote`);
      }
    }
    this.at += 1;
    return escaped ? this.unescape(start) : this.text.slice(start + 1, this.at - 1);
  }

  private unescape(start: number): string {
    const source = this.text.slice(start, this.at);
    let result: string;
    try {
      result = JSON.parse(source) as string;
    } catch {
      throw this.escapeError(source, start);
    }
    // Only an escape can spell these: the text was valid UTF-8, and NUL itself is a control character.
    if (result.includes('\0')) {
      this.refuse('string', start, 'found a string with NUL (\\u0000): no program can receive it');
    }
    if (/\\ud/i.test(source) && /\p{Surrogate}/u.test(result)) {
      this.refuse('string', start, 'found a string with half a surrogate pair: it is no text');
    }
    return result;
  }

  private escapeError(source: string, start: number): TsrunError {
    let at = source.indexOf('\\');
    while (/^\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/.test(source.slice(at, at + 6))) {
      at = source.indexOf('\\', at + 2);
    }
    const found = `found the escape "${source.slice(at, at + 2)}"`;
    return this.error(
      start + at,
      `${found}, must be one of \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits`,
    );
  }

  private parseScalar(): unknown {
    const start = this.at;
    const word = this.nextWord();
    const quick = Number(word);
    if (Number.isSafeInteger(quick) && String(quick) === word) {
      this.at += word.length;
      return quick;
    }
    if (word === 'true' || word === 'false' || word === 'null') {
      this.at += word.length;
      return word === 'null' ? null : word === 'true';
    }
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) {
      this.fail('a value');
    }
    this.at += word.length;
    const value = readNumber(word);
    if (typeof value === 'string') {
      this.refuse('number', start, value);
      return 0;
    }
    return value;
  }

  private skipWhitespace(): void {
    for (; this.at < this.text.length; this.at += 1) {
      const code = this.text.charCodeAt(this.at);
      if (code !== SPACE && code !== 0x0a && code !== 0x09 && code !== 0x0d) {
        break;
      }
    }
  }

  private take(character: string): boolean {
    this.skipWhitespace();
    if (this.text[this.at] !== character) {
      return false;
    }
    this.at += 1;
    return true;
  }

  /** The letters, digits and signs that come next, or else the one character; '' at the end. */
  private nextWord(): string {
    let end = this.at;
    for (; end < this.text.length; end += 1) {
      const code = this.text.charCodeAt(end);
      const isDigit = code >= 0x30 && code <= 0x39;
      const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
      // The signs of numbers: + - .
      if (!isDigit && !isLetter && code !== 0x2b && code !== 0x2d && code !== 0x2e) {
        break;
      }
    }
    return end === this.at
      ? this.text.slice(end, end + ((this.text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1))
      : this.text.slice(this.at, end);
  }

  private path(key: string): string {
    return [...this.keys, key].reduce<string>(joinPath, '');
  }

  private describeNext(): string {
    if (this.at >= this.text.length) {
      return 'the end of the text';
    }
    const word = this.nextWord();
    return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
  }

  private fail(wanted: string): never {
    throw this.error(this.at, `found ${this.describeNext()}, must be ${wanted}`);
  }

  private refuse(kind: JsonFault['kind'], offset: number, problem: string): void {
    if (this.tolerate === undefined) {
      throw this.error(offset, problem, kind);
    }
    this.tolerate({ kind, offset, problem });
  }

  private error(offset: number, problem: string, kind: JsonFault['kind'] = 'syntax'): TsrunError {
    return newJsonError(this.text, this.what, { kind, offset, problem });
  }
}
