// Values in GLib's text format for GVariants, as far as properties of units need it: basic types and arrays of them. No variants, tuples, dictionaries.

/** A value with its D-Bus type: `t`, or `as` with any number of elements. */
export interface TypedValue {
  readonly signature: string;
  /** One text a value; of an array, its elements. Numbers are decimal, without a sign that says nothing. */
  readonly items: readonly string[];
}

/** Thrown within this file only; the message says what was wrong. */
class FormatError extends Error {}

/** A value whose type nobody has said yet: GLib takes it for `fallback` unless something beside it says otherwise. */
interface Item {
  readonly type: string | null;
  readonly fallback: string;
  readonly text: string;
}

const KEYWORDS: Readonly<Record<string, string>> = {
  boolean: 'b',
  byte: 'y',
  int16: 'n',
  uint16: 'q',
  int32: 'i',
  uint32: 'u',
  int64: 'x',
  uint64: 't',
  double: 'd',
  string: 's',
  objectpath: 'o',
  signature: 'g',
};

const INTEGERS: Readonly<Record<string, readonly [minimum: bigint, maximum: bigint]>> = {
  y: [0n, 255n],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

/** More than any number needs; reading millions of digits takes minutes. */
const MAX_DIGITS = 64;

const NUMBER = /[+-]?(?:0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const WORD = /[a-z]\w*/y;
const TYPE = /@(a?[bynqiuxtdsog])(?=\s)/y;
const SPACE = /\s*/y;

/** The value, or, as a string, why it is none: `type` is GLib's default for what has no prefix, int32, string, double or boolean. */
export function parseGvariant(text: string): TypedValue | string {
  try {
    return new Parser(text).parse();
  } catch (error) {
    if (error instanceof FormatError) {
      return error.message;
    }
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): TypedValue {
    this.#take(SPACE);
    const type = this.#take(TYPE)?.slice(1) ?? null;
    this.#take(SPACE);
    const value = this.#text[this.#at] === '[' ? this.#readArray(type) : this.#readBasic(type);
    this.#take(SPACE);
    if (this.#at < this.#text.length) {
      throw new FormatError(`nothing is expected after character ${this.#at}`);
    }
    return value;
  }

  #readBasic(type: string | null): TypedValue {
    if (type?.startsWith('a')) {
      throw new FormatError(`type "${type}" wants a list in brackets`);
    }
    const item = this.#readItem();
    const signature = type ?? item.type ?? item.fallback;
    return { signature, items: [encodeItem(item, signature)] };
  }

  // "[byte 1, 2]": what one element says holds for all.
  #readArray(type: string | null): TypedValue {
    if (type !== null && !type.startsWith('a')) {
      throw new FormatError(`type "${type}" wants no list`);
    }
    const items = this.#readItems();
    const said = type?.slice(1) ?? items.find((item) => item.type !== null)?.type;
    const element = said ?? (items.some((item) => item.fallback === 'd') ? 'd' : items[0]?.fallback);
    if (element === undefined) {
      throw new FormatError('an empty list needs its type, such as "@as []"');
    }
    return { signature: `a${element}`, items: items.map((item) => encodeItem(item, element)) };
  }

  #readItems(): Item[] {
    const items: Item[] = [];
    this.#at += 1;
    this.#take(SPACE);
    while (this.#text[this.#at] !== ']') {
      if (items.length > 0) {
        this.#expect(',');
      }
      items.push(this.#readItem());
      this.#take(SPACE);
    }
    this.#at += 1;
    return items;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) {
      throw new FormatError(`${JSON.stringify(character)} or "]" is expected after character ${this.#at}`);
    }
    this.#at += 1;
  }

  #readItem(): Item {
    this.#take(SPACE);
    const word = this.#take(WORD);
    if (word === undefined || word === 'true' || word === 'false') {
      return this.#readPlain(word);
    }
    const type = Object.hasOwn(KEYWORDS, word) ? KEYWORDS[word] : undefined;
    if (type === undefined) {
      throw new FormatError(`no value begins with ${JSON.stringify(word)}; text needs quotes`);
    }
    this.#take(SPACE);
    return { ...this.#readPlain(this.#take(/(?:true|false)\b/y)), type };
  }

  #readPlain(truth: string | undefined): Item {
    if (truth !== undefined) {
      return { type: null, fallback: 'b', text: truth };
    }
    const quote = this.#text[this.#at];
    if (quote === "'" || quote === '"') {
      return { type: null, fallback: 's', text: this.#readString(quote) };
    }
    const number = this.#take(NUMBER);
    if (number === undefined) {
      throw new FormatError(`a value is expected after character ${this.#at}`);
    }
    return { type: null, fallback: isInteger(number) ? 'i' : 'd', text: number };
  }

  #readString(quote: string): string {
    let value = '';
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) {
        throw new FormatError(`the text's closing ${quote} is missing`);
      }
      this.#at += 1;
      if (character === quote) {
        return value;
      }
      value += character === '\\' ? this.#readEscape() : character;
    }
  }

  #readEscape(): string {
    const character = this.#text[this.#at] ?? '';
    this.#at += 1;
    const digits = character === 'u' ? 4 : character === 'U' ? 8 : 0;
    if (digits > 0) {
      const hex = this.#text.slice(this.#at, this.#at + digits);
      const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : 0;
      if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        throw new FormatError(`"\\${character}${hex}" is no character`);
      }
      this.#at += digits;
      return String.fromCodePoint(code);
    }
    // The last, a line that is continued, stands for nothing; what is not in this list stands for itself.
    const control = 'abfnrtv\n'.indexOf(character);
    return control < 0 ? character : '\x07\b\f\n\r\t\v'.charAt(control);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

function isInteger(number: string): boolean {
  return /^[+-]?(?:0x[0-9a-fA-F]+|\d+)$/.test(number);
}

function encodeItem(item: Item, type: string): string {
  if (item.type !== null && item.type !== type) {
    throw new FormatError(`the types "${item.type}" and "${type}" exclude each other`);
  }
  const range = INTEGERS[type];
  if (range !== undefined && item.fallback === 'i') {
    return encodeInteger(item.text, type, range);
  }
  if (type === 'd' && (item.fallback === 'd' || item.fallback === 'i')) {
    return encodeDouble(item.text);
  }
  if (type === 'b' ? item.fallback !== 'b' : !'sog'.includes(type) || item.fallback !== 's') {
    throw new FormatError(`${JSON.stringify(item.text)} is no value of type "${type}"`);
  }
  if (item.text.includes('\0')) {
    throw new FormatError('text cannot hold a NUL');
  }
  return item.text;
}

function encodeInteger(text: string, type: string, [minimum, maximum]: readonly [bigint, bigint]): string {
  const digits = text.replace(/^[+-]/, '');
  const shown = text.slice(0, 32);
  const misfit = new FormatError(`${shown} does not fit type "${type}", which is from ${minimum} to ${maximum}`);
  if (digits.length > MAX_DIGITS) {
    throw misfit;
  }
  // As in C, and in GLib: a leading zero is octal.
  if (/^0\d/.test(digits) && !/^[0-7]+$/.test(digits)) {
    throw new FormatError(`"${text}" is no octal number`);
  }
  const magnitude = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = text.startsWith('-') ? -magnitude : magnitude;
  if (value < minimum || value > maximum) {
    throw misfit;
  }
  return String(value);
}

function encodeDouble(text: string): string {
  const value = Number(text.replace(/^\+/, ''));
  if (!Number.isFinite(value)) {
    throw new FormatError(`"${text}" is no number that fits type "d"`);
  }
  return String(value);
}
