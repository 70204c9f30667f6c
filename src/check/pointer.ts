// Places in a document as lists of keys: from the paths of messages (src/spec/json-path.ts), to JSON pointers (RFC 6901).

/** Keys and indexes from the document down; empty is the document. */
export type Keys = readonly (string | number)[];

const STEP = /(?:^|\.)([A-Za-z_][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** What joinPath() made a path of; null for text that is no path. */
export function parsePath(path: string): Keys | null {
  const keys: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) {
      return null;
    }
    keys.push(match[1] ?? (match[2] === undefined ? (JSON.parse(match[3] ?? '""') as string) : Number(match[2])));
  }
  return keys;
}

/** RFC 6901: `/mounts/1/options`; '' is the document. */
export function encodePointer(keys: Keys): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The keys of a JSON pointer in `document`, in which indexes are told from keys. */
export function decodePointer(pointer: string, document: unknown): Keys {
  let value = document;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = memberOf(value, step);
      return step;
    });
}

/** What is at these keys; undefined where nothing is. */
export function valueAt(document: unknown, keys: Keys): unknown {
  return keys.reduce(memberOf, document);
}

/** The own member of an object or array. */
export function memberOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

/** True if `keys` is `prefix` or below it. */
export function isWithin(keys: Keys, prefix: Keys): boolean {
  return prefix.every((key, index) => keys[index] === key);
}
