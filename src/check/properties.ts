// Properties that nobody knows. The specification has runtimes ignore them, so this is the only place where a misspelled one is noticed.

import { nearestName } from '../base/nearest-name.js';
import type { Draft } from './finding.js';
import { SHAPES, type Shape, type ShapeReference } from './generated/shapes.js';
import type { Keys } from './pointer.js';
import { didYouMean } from './similar.js';

const OTHER_PLATFORMS = ['windows', 'solaris', 'vm', 'zos', 'freebsd'];

/** More are not looked for, and of those beyond what is shown nobody needs a suggestion. */
const MAX_DRAFTS = 10_000;
const MAX_SUGGESTIONS = 100;

/** Everything in the document that no version of the specification up to this one has there. */
export function checkProperties(document: unknown): Draft[] {
  const drafts: Draft[] = [];
  visit(document, 'Spec', [], drafts);
  return drafts;
}

function visit(value: unknown, reference: ShapeReference | undefined, keys: Keys, drafts: Draft[]): void {
  const shape = typeof reference === 'string' ? SHAPES[reference] : reference;
  if (!shape || typeof value !== 'object' || value === null || drafts.length >= MAX_DRAFTS) {
    return;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && shape.items; index += 1) {
      visit(value[index], shape.items, [...keys, index], drafts);
    }
    return;
  }
  for (const key of Object.keys(value)) {
    if (drafts.length >= MAX_DRAFTS) {
      return;
    }
    const place = [...keys, key];
    if (keys.length === 0 && OTHER_PLATFORMS.includes(key)) {
      const message = `"${key}" is for another platform, and is ignored on Linux`;
      drafts.push({ rule: 'spec/other-platform', keys: place, message, ofKey: true });
    } else if (shape.properties === undefined || Object.hasOwn(shape.properties, key)) {
      visit((value as Record<string, unknown>)[key], shape.properties?.[key] ?? shape.values, place, drafts);
    } else {
      drafts.push(describeUnknown(key, place, drafts.length < MAX_SUGGESTIONS ? shape : {}));
    }
  }
}

function describeUnknown(key: string, keys: Keys, shape: Shape): Draft {
  const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
  const message = `unknown property ${shown} is ignored`;
  const suggestion = nearestName(key, Object.keys(shape.properties ?? {}));
  const elsewhere = suggestion === undefined ? placesOf().get(key) : undefined;
  const hint = elsewhere === undefined ? didYouMean(suggestion) : `the specification has it as ${elsewhere}`;
  return { rule: 'spec/unknown-property', keys, message, hint, ofKey: true };
}

let places: ReadonlyMap<string, string> | undefined;

/** Where each property is that has one place only, such as `process.rlimits`. Free keys and platforms that are not Linux are left out. */
function placesOf(): ReadonlyMap<string, string> {
  if (places === undefined) {
    const found = new Map<string, string[]>();
    listPlaces('Spec', '', found);
    places = new Map([...found].flatMap(([key, paths]) => (paths.length === 1 ? [[key, paths[0] ?? '']] : [])));
  }
  return places;
}

function listPlaces(reference: ShapeReference | undefined, path: string, found: Map<string, string[]>): void {
  const shape = typeof reference === 'string' ? SHAPES[reference] : reference;
  if (!shape) {
    return;
  }
  for (const [key, child] of Object.entries(shape.properties ?? {})) {
    if (path !== '' || !OTHER_PLATFORMS.includes(key)) {
      const place = path === '' ? key : `${path}.${key}`;
      found.set(key, [...(found.get(key) ?? []), place]);
      listPlaces(child, place, found);
    }
  }
  listPlaces(shape.items, `${path}[]`, found);
  listPlaces(shape.values, `${path}[]`, found);
}
