// A document without what is wrong in it, so that the rest can be checked as well: as a compiler goes on after an error.

import { OCI_VERSION } from '../base/container-state.js';
import { encodePointer, isWithin, type Keys, memberOf, valueAt } from './pointer.js';

/** What is put where something is missing without which nothing else could be checked. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  '/ociVersion': OCI_VERSION,
  '/process': { cwd: '/', args: ['sh'] },
  '/process/cwd': '/',
  '/process/args': ['sh'],
  '/root': { path: 'rootfs' },
  '/root/path': 'rootfs',
  '/linux/uidMappings': [{ containerID: 0, hostID: 100000, size: 65536 }],
  '/linux/gidMappings': [{ containerID: 0, hostID: 100000, size: 65536 }],
};

/** Changes to a copy of a document. Places are given as they are in the copy at the moment, and remembered as they were in the original. */
export class Recovery {
  /** The document, from the first change on a copy of it; undefined when nothing of it could be kept. */
  value: unknown;
  private isCopy = false;
  private readonly changed = new Map<string, Keys>();
  /** Of arrays that have lost entries: the original index of each that is left. */
  private readonly indexes = new Map<unknown, readonly number[]>();

  constructor(document: unknown) {
    this.value = document;
  }

  /**
   * Takes out the values at these places; where nothing is, something is put there, or what should have had it is taken out. False when that is
   * the document itself.
   */
  remove(places: readonly Keys[]): boolean {
    this.copy();
    const entries = new Map<unknown[], Set<number>>();
    const gone = new Set<string>();
    for (const place of places) {
      if (place.some((_, depth) => gone.has(encodePointer(place.slice(0, depth + 1)))) || this.standIn(place)) {
        continue;
      }
      const keys = this.nearest(place);
      gone.add(encodePointer(keys));
      const key = keys.at(-1);
      if (key === undefined) {
        this.value = undefined;
        return false;
      }
      this.note(keys);
      const parent = valueAt(this.value, keys.slice(0, -1));
      if (Array.isArray(parent)) {
        entries.set(parent, (entries.get(parent) ?? new Set()).add(Number(key)));
      } else {
        delete (parent as Record<string, unknown>)[key];
      }
    }
    for (const [array, removed] of entries) {
      this.removeEntries(array, removed);
    }
    return true;
  }

  /** Puts another value in the place of one that is there. */
  replace(keys: Keys, value: unknown): void {
    this.copy();
    const key = keys.at(-1);
    const parent = valueAt(this.value, keys.slice(0, -1));
    if (key !== undefined && typeof parent === 'object' && parent !== null) {
      this.note(keys);
      (parent as Record<string | number, unknown>)[key] = value;
    }
  }

  /** Where in the original a place of the copy was. */
  original(keys: Keys): Keys {
    if (!this.isCopy) {
      return keys;
    }
    let value = this.value;
    return keys.map((key) => {
      const was = typeof key === 'number' ? (this.indexes.get(value)?.[key] ?? key) : key;
      value = memberOf(value, key);
      return was;
    });
  }

  /** True if something at this place of the original, around it or in it, is not what it was: what a check says about it may be wrong. */
  isAffected(keys: Keys): boolean {
    for (const changed of this.changed.values()) {
      if (isWithin(changed, keys) || isWithin(keys, changed)) {
        return true;
      }
    }
    return false;
  }

  private copy(): void {
    this.value = this.isCopy ? this.value : structuredClone(this.value);
    this.isCopy = true;
  }

  private note(keys: Keys): void {
    const original = this.original(keys);
    this.changed.set(encodePointer(original), original);
  }

  private standIn(place: Keys): boolean {
    const pointer = encodePointer(place);
    const parent = valueAt(this.value, place.slice(0, -1));
    const isMissing = valueAt(this.value, place) === undefined && typeof parent === 'object' && parent !== null;
    if (!isMissing || Array.isArray(parent) || !Object.hasOwn(STAND_INS, pointer)) {
      return false;
    }
    this.replace(place, structuredClone(STAND_INS[pointer]));
    return true;
  }

  private nearest(keys: Keys): Keys {
    let length = keys.length;
    while (length > 0 && valueAt(this.value, keys.slice(0, length)) === undefined) {
      length -= 1;
    }
    return keys.slice(0, length);
  }

  private removeEntries(array: unknown[], removed: ReadonlySet<number>): void {
    const before = this.indexes.get(array);
    const kept = array.map((_, index) => index).filter((index) => !removed.has(index));
    this.indexes.set(
      array,
      kept.map((index) => before?.[index] ?? index),
    );
    for (const [to, from] of kept.entries()) {
      array[to] = array[from];
    }
    array.length = kept.length;
  }
}
