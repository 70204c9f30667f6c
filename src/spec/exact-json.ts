// The slow, exact JSON parser (RFC 8259): one pass, recursion bounded by depth, an error for everything that JSON.parse would pass over.

import { TsrunError } from '../base/errors.js';
import { joinPath } from './json-path.js';

/** Levels of arrays and objects; config.json itself has at most 8. */
export const MAX_DEPTH = 64;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const WORD = /[A-Za-z0-9_+.-]+|./suy;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The contract is that of parseStrictJson(), whose slow half this is. */
export function parseExactJson(text: string, what: string): unknown {
  return new ExactParser(text, what).parseDocument();
}

class ExactParser {
  private at = 0;
  private readonly keys: (string | number)[] = [];
  private readonly text: string;
  private readonly what: string;

  constructor(text: string, what: string) {
    this.text = text;
    this.what = what;
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
    const character = this.text[this.at];
    if (character === '{' || character === '[') {
      if (this.keys.length === MAX_DEPTH) {
        throw this.error(this.at, `found more than ${MAX_DEPTH} levels of arrays and objects`);
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
        throw this.error(start, `found the key "${this.path(key)}" twice, must be there once`);
      }
      if (!this.take(':')) {
        this.fail('":"');
      }
      this.keys.push(key);
      // Defined, not assigned: assigning to `__proto__` would change the object's prototype.
      Object.defineProperty(object, key, {
        value: this.parseValue(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
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
    let result = '';
    this.at += 1;
    for (;;) {
      result += this.match(PLAIN) ?? '';
      const character = this.text[this.at];
      if (character === '"') {
        this.at += 1;
        break;
      }
      if (character !== '\\') {
        throw this.error(this.at, `found ${this.describeNext()} in a string, must be an escape or the closing quote`);
      }
      result += this.parseEscape();
    }
    if (result.includes('\0')) {
      throw this.error(start, 'found a string with NUL (\\u0000): no program can receive it');
    }
    if (/\p{Surrogate}/u.test(result)) {
      throw this.error(start, 'found a string with half a surrogate pair: it is no text');
    }
    return result;
  }

  private parseEscape(): string {
    const next = this.text[this.at + 1] ?? '';
    const simple = ESCAPES.get(next);
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (next !== 'u' || !/^[0-9A-Fa-f]{4}$/.test(digits)) {
      throw this.error(
        this.at,
        `found the escape "\\${next}", must be one of \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits`,
      );
    }
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private parseScalar(): unknown {
    const start = this.at;
    const word = this.match(WORD) ?? '';
    if (WORDS.has(word)) {
      return WORDS.get(word);
    }
    this.at = start;
    const digits = this.match(NUMBER);
    if (digits === null || digits !== word) {
      this.at = start;
      this.fail('a value');
    }
    return this.toNumber(digits, start);
  }

  private toNumber(digits: string, start: number): number | bigint {
    const value = Number(digits);
    if (Number.isSafeInteger(value)) {
      return value;
    }
    if (/^-?\d+$/.test(digits)) {
      // BigInt() takes quadratic time, and no field holds more than 20 digits.
      if (digits.length > 40) {
        throw this.error(start, `found a number of ${digits.length} digits, must be an integer of at most 64 bits`);
      }
      return BigInt(digits);
    }
    if (!Number.isFinite(value)) {
      throw this.error(start, `found the number ${digits}: it is too large`);
    }
    return value;
  }

  private skipWhitespace(): void {
    this.match(WHITESPACE);
  }

  private take(character: string): boolean {
    this.skipWhitespace();
    if (this.text[this.at] !== character) {
      return false;
    }
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) {
      return null;
    }
    this.at = pattern.lastIndex;
    return found[0];
  }

  private path(key: string): string {
    return [...this.keys, key].reduce<string>(joinPath, '');
  }

  private describeNext(): string {
    if (this.at >= this.text.length) {
      return 'the end of the text';
    }
    const start = this.at;
    const word = this.match(WORD) ?? '';
    this.at = start;
    return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word);
  }

  private fail(wanted: string): never {
    throw this.error(this.at, `found ${this.describeNext()}, must be ${wanted}`);
  }

  private error(at: number, problem: string): TsrunError {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    return new TsrunError('SPEC_INVALID', `cannot parse "${this.what}": line ${line}, column ${column}: ${problem}`);
  }
}
