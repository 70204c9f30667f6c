// The options of a mount that are for its filesystem: split as mount(2) would split them, and small enough for fsconfig(2).

/** fsconfig(2) copies at most 256 bytes of a key and of a value, the terminating NUL included. */
const MAX_STRING = 255;

/**
 * The fs data items of one option text: split on commas except inside double quotes or after a backslash, empty ones left out, and without
 * x-* items, which are comments for other programs and which fsconfig would refuse. `problem` says what fsconfig could not carry.
 */
export function splitData(option: string): { items: string[]; problem: string | null } {
  const items: string[] = [];
  let problem: string | null = null;
  for (const text of option.includes(',') ? splitOnCommas(option) : [option]) {
    if (text === '' || text.startsWith('x-') || text.startsWith('X-')) {
      continue;
    }
    const item = text.includes('"') ? unquoteValue(text) : text;
    problem ??= findTooLong(item);
    items.push(item);
  }
  return { items, problem };
}

/** True if the text is too long for a string of fsconfig(2), in bytes. */
export function isTooLong(text: string): boolean {
  return text.length * 3 > MAX_STRING && new TextEncoder().encode(text).length > MAX_STRING;
}

function findTooLong(item: string): string | null {
  const equals = item.indexOf('=');
  const key = equals === -1 ? item : item.slice(0, equals);
  const value = equals === -1 ? '' : item.slice(equals + 1);
  if (!isTooLong(key) && !isTooLong(value)) {
    return null;
  }
  return `"${key.slice(0, 64)}" is too long: the mount API takes at most ${MAX_STRING} bytes`;
}

function splitOnCommas(text: string): string[] {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') {
      index += 1;
    } else if (character === '"') {
      quoted = !quoted;
    } else if (character === ',' && !quoted) {
      items.push(text.slice(start, index));
      start = index + 1;
    }
  }
  items.push(text.slice(start));
  return items;
}

// mount(2) needed the quotes around a context with commas; fsconfig takes the value as it is, and an LSM would refuse quotes.
function unquoteValue(item: string): string {
  const match = /^([^="]+=)"([^"]*)"$/s.exec(item);
  return match === null ? item : `${match[1]}${match[2]}`;
}
