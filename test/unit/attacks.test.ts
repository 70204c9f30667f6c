// The rows of test/attacks: complete, true as far as names go, and docs/attacks.md up to date. `UPDATE_GOLDEN=1` writes it anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeDocument } from '../attacks/document.js';
import { isRow } from '../attacks/row.js';
import { ATTACKS, TOPICS } from '../attacks/rows/index.js';
import { sampleVariantsOf, variantsOf } from '../attacks/variants.js';
import { readTitles } from '../specification/titles.js';
import { PROJECT } from '../support/paths.js';

const DOCUMENT = join(PROJECT, 'docs', 'attacks.md');

const titles = new Map<string, readonly string[]>();

/** Of one file of tests, below test/. */
function titlesOf(file: string): readonly string[] {
  const path = join(PROJECT, 'test', `${file}.test.ts`);
  const known =
    titles.get(file) ?? (existsSync(path) ? readTitles(readFileSync(path, 'utf8')).map(({ text }) => text) : []);
  titles.set(file, known);
  return known;
}

describe('the attacks', () => {
  test('have ids of their own', () => {
    const ids = ATTACKS.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('are each a row, shown by other tests, or without a door, and only one of these', () => {
    const standings = ATTACKS.map((attack) => ({
      id: attack.id,
      count: [isRow(attack), 'shown' in attack, 'without' in attack].filter(Boolean).length,
    }));
    expect(standings.filter(({ count }) => count !== 1)).toEqual([]);
  });

  test('name tests that are there', () => {
    const references = ATTACKS.flatMap((attack) => (isRow(attack) ? [] : (attack.shown ?? [])));
    const missing = references.filter((reference) => {
      const [file = '', ...rest] = reference.split(': ');
      return !titlesOf(file).includes(rest.join(': '));
    });
    expect(missing).toEqual([]);
  });

  test('allow an outcome, and are left with a variant to be run in', () => {
    const empty = ATTACKS.filter(isRow).filter((row) => {
      const allowed = variantsOf(row).map((variant) =>
        typeof row.expect === 'function' ? row.expect(variant) : row.expect,
      );
      return allowed.length === 0 || allowed.some(({ refused, ran }) => refused === undefined && ran === undefined);
    });
    expect(empty.map(({ id }) => id)).toEqual([]);
  });
});

test('sampleVariantsOf() has any three of four properties in every combination', () => {
  const row = ATTACKS.filter(isRow).find(({ omits, exec }) => omits === undefined && exec === undefined);
  if (row === undefined) throw new Error('no row has all variants');
  const properties = ['terminal', 'userNamespace', 'readonly', 'way'] as const;
  for (const left of properties) {
    const others = properties.filter((property) => property !== left);
    const seen = sampleVariantsOf(row).map((variant) => others.map((property) => variant[property]).join(' '));
    expect(new Set(seen).size).toBe(8);
  }
});

test('docs/attacks.md is up to date', () => {
  const text = writeDocument(TOPICS);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
});
