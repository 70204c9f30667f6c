// Where values are in the text of a JSON document. Reads text that the parser has accepted, once, and only looks for what is asked for: what it
// takes grows with the text, not with what is in it.

import type { Keys } from './pointer.js';

/** UTF-16 units of the text, the end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is asked for: a tree of keys, in which spans are noted as they are found. */
interface Node {
  readonly children: Map<string, Node>;
  key: Span | null;
  value: Span | null;
}

export interface Places {
  /** The key itself, or of an entry of an array its value; of what is not there, of the nearest that it would be in. */
  readonly key: (keys: Keys) => Span;
  /** A scalar; of an object or array its key. Of what is not there, the nearest that it would be in. */
  readonly value: (keys: Keys) => Span;
}

const START: Span = { start: 0, end: 1 };

/** Finds these places in a text. Of a key that is there twice the first one counts. */
export function findPlaces(text: string, wanted: Iterable<Keys>): Places {
  const root = newNode();
  let count = 0;
  for (const keys of wanted) {
    let node = root;
    for (const key of keys) {
      const child = node.children.get(String(key)) ?? newNode();
      if (!node.children.has(String(key))) {
        node.children.set(String(key), child);
        count += 1;
      }
      node = child;
    }
  }
  new Finder(text, count).read(root);
  const nearest = (keys: Keys) => {
    let node = root;
    for (const key of keys) {
      const child = node.children.get(String(key));
      if (child === undefined || child.value === null) {
        return { node, found: false };
      }
      node = child;
    }
    return { node, found: true };
  };
  return {
    key: (keys) => {
      const { node } = nearest(keys);
      return node.key ?? node.value ?? START;
    },
    value: (keys) => {
      const { node, found } = nearest(keys);
      const isScalar = node.value !== null && !isOpening(text[node.value.start]);
      return (found && isScalar ? node.value : (node.key ?? node.value)) ?? START;
    },
  };
}

function newNode(): Node {
  return { children: new Map(), key: null, value: null };
}

function isOpening(character: string | undefined): boolean {
  return character === '{' || character === '[';
}

const STRUCTURE = /[[\]{}"]/g;
const SCALAR_END = /[\s,\]}]|$/g;
const NOT_SPACE = /[^ \t\n\r]|$/g;

class Finder {
  private at = 0;
  private readonly text: string;
  /** How many are still to be found: the rest of the text is not read for none. */
  private missing: number;
  constructor(text: string, missing: number) {
    this.text = text;
    this.missing = missing;
  }

  /** Reads the value that comes next. An object or array spans only its bracket. */
  read(node: Node): void {
    this.skipSpace();
    const start = this.at;
    const character = this.text[start];
    if (!isOpening(character)) {
      this.skipScalar();
      node.value ??= { start, end: this.at };
      return;
    }
    node.value ??= { start, end: start + 1 };
    this.at += 1;
    if (node.children.size > 0) {
      this.readMembers(node, character === '{');
    } else {
      this.skipToEnd();
    }
  }

  private readMembers(node: Node, keyed: boolean): void {
    let missing = node.children.size;
    for (let index = 0; missing > 0; index += 1) {
      this.skipSpace();
      if (this.text[this.at] === ']' || this.text[this.at] === '}') {
        break;
      }
      const key = keyed ? this.readKey() : { name: String(index), span: null };
      const child = node.children.get(key.name);
      if (child === undefined || child.value !== null) {
        this.skipValue();
      } else {
        child.key = key.span;
        missing -= 1;
        this.missing -= 1;
        this.read(child);
      }
      this.skipSpace();
      if (this.text[this.at] === ',') {
        this.at += 1;
      }
    }
    this.skipToEnd();
  }

  private readKey(): { name: string; span: Span } {
    const start = this.at;
    this.skipString();
    const span = { start, end: this.at };
    const source = this.text.slice(start, this.at);
    this.skipSpace();
    this.at += 1; // the colon
    return { name: source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1), span };
  }

  private skipValue(): void {
    this.skipSpace();
    if (isOpening(this.text[this.at])) {
      this.at += 1;
      this.skipToEnd();
    } else {
      this.skipScalar();
    }
  }

  /** Behind the bracket that closes the object or array that this is in. */
  private skipToEnd(): void {
    for (let depth = this.missing > 0 ? 1 : 0; depth > 0; ) {
      this.at = this.next(STRUCTURE);
      const character = this.text[this.at];
      if (character === undefined) {
        return;
      }
      if (character === '"') {
        this.skipString();
        continue;
      }
      depth += isOpening(character) ? 1 : -1;
      this.at += 1;
    }
  }

  private skipScalar(): void {
    if (this.text[this.at] === '"') {
      this.skipString();
    } else {
      this.at = this.next(SCALAR_END);
    }
  }

  private skipString(): void {
    for (let end = this.at; ; ) {
      end = this.text.indexOf('"', end + 1);
      if (end === -1) {
        this.at = this.text.length;
        return;
      }
      let backslashes = 0;
      while (this.text[end - 1 - backslashes] === '\\') {
        backslashes += 1;
      }
      if (backslashes % 2 === 0) {
        this.at = end + 1;
        return;
      }
    }
  }

  private skipSpace(): void {
    this.at = this.next(NOT_SPACE);
  }

  private next(pattern: RegExp): number {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.index ?? this.text.length;
  }
}
