// docs/spec-conformance.md: complete, true as far as names go, and up to date. `UPDATE_GOLDEN=1` writes it anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OPS } from '../../src/plan/ops.js';
import type { Clause } from '../specification/clause.js';
import { CLAUSES } from '../specification/clauses/index.js';
import { type Peer, testsOf, writeDocument } from '../specification/document.js';
import { FIELDS, OTHER_PLATFORMS } from '../specification/fields/index.js';
import peers from '../specification/peers.json' with { type: 'json' };
import { readSchemaFields } from '../specification/schema-fields.js';
import { readAllTitles, readTitles } from '../specification/titles.js';
import { PROJECT } from '../support/paths.js';

const DOCUMENT = join(PROJECT, 'docs', 'spec-conformance.md');
const PEERS: Readonly<Record<string, Peer>> = peers;
const clauses: readonly Clause[] = CLAUSES;
const titles = readAllTitles();

/** References whose test is not there. */
function listMissing(references: readonly string[]): string[] {
  return [...new Set(references)].filter((reference) => {
    const [file = '', ...rest] = reference.split(': ');
    return !(titles.get(file) ?? []).some(({ text }) => text === rest.join(': '));
  });
}

describe('the clauses', () => {
  test('have ids of their own', () => {
    const ids = clauses.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('are each shown by a test, or bind somebody else', () => {
    const open = clauses.filter(
      ({ id, shown, binds }) => binds === undefined && shown === undefined && testsOf(id, titles).length === 0,
    );
    expect(open.map(({ id }) => id)).toEqual([]);
  });

  test('that bind somebody else are shown by nothing', () => {
    const shown = clauses.filter(
      ({ id, binds, ...rest }) => binds !== undefined && (rest.shown !== undefined || testsOf(id, titles).length > 0),
    );
    expect(shown.map(({ id }) => id)).toEqual([]);
  });

  test('name tests that are there', () => {
    expect(listMissing(clauses.flatMap(({ shown }) => shown ?? []))).toEqual([]);
  });

  test('are what the tests of test/specification say that they show', () => {
    const ids = new Set<string>(clauses.map(({ id }) => id));
    const unknown = [...titles.values()].flat().flatMap((title) => title.clauses.filter((id) => !ids.has(id)));
    expect(unknown).toEqual([]);
  });
});

test('the tests of test/specification have titles of their own, by which peers.json knows them', () => {
  for (const [file, list] of titles) {
    const texts = list.filter((title) => title.clauses.length > 0).map(({ text }) => text);
    const twice = texts.filter((text, index) => !text.includes('*') && texts.indexOf(text) !== index);
    expect({ file, twice }).toEqual({ file, twice: [] });
  }
});

describe('the table of fields', () => {
  const schema = readSchemaFields().filter((path) => !OTHER_PLATFORMS.includes(path.split('.')[0] ?? ''));
  const paths = FIELDS.map(({ path }) => path);

  test('has every field of the schema, each once, and no other', () => {
    expect([...paths].sort()).toEqual([...schema].sort());
  });

  test('names operations and files that are there, and a reason where there is none', () => {
    const isThere = (name: string) => name in OPS || existsSync(join(PROJECT, name));
    const honoured = FIELDS.filter(({ treatment }) => treatment === 'honoured').flatMap(({ by }) => by);
    expect(honoured.filter((name) => !isThere(name))).toEqual([]);
    expect(FIELDS.filter(({ by, shown }) => by.join('') === '' || shown.length === 0)).toEqual([]);
  });

  test('names tests that are there', () => {
    expect(listMissing(FIELDS.flatMap(({ shown }) => shown))).toEqual([]);
  });
});

describe('what peers fail', () => {
  test('are tests of test/specification, each with what the peer does', () => {
    const fails = Object.values(PEERS).flatMap((peer) => Object.entries(peer.fails));
    expect(listMissing(fails.map(([name]) => name))).toEqual([]);
    expect(fails.filter(([name, why]) => !name.startsWith('specification/') || why === '')).toEqual([]);
  });
});

test('docs/spec-conformance.md is up to date', () => {
  const text = writeDocument({ clauses, fields: FIELDS, titles, peers: PEERS });
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(DOCUMENT, text);
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
});

describe('readTitles()', () => {
  const texts = (source: string) => readTitles(source).map(({ text }) => text);

  test.each([
    ["test('plain', () => {});", ['plain']],
    ["test.skipIf(here)('sometimes', () => {});", ['sometimes']],
    ["test.each(rows)('of %s is $name', () => {});", ['of * is *']],
    [`describe('outer', () => { it(\`inner \${value}\`, f); });`, ['outer', 'inner *']],
    [`for (const [a, b] of [['x', 1], ['y', 2]] as const) test(\`\${a} is \${b}\`, f);`, ['x is 1', 'y is 2']],
    [`const LIST = ['x', 'y']; for (const a of LIST) for (const b of [1]) test(\`\${a}\${b}\`, f);`, ['x1', 'y1']],
    [`for (const a of list()) test(\`\${a}\`, f);`, ['*']],
    ["for (const a of ['x']) test(JSON.stringify(a), f);", ['"x"']],
    ["table('checkRoot', []);", ['checkRoot()']],
  ])('of %s', (source, expected) => {
    expect(texts(source)).toEqual(expected);
  });

  test('knows the clauses that a test shows, written down or in the row of a loop', () => {
    expect(
      readTitles("for (const [id, ids] of [['a', ['b', 'c']]] as const) { shows([id], 't', f); shows(ids, 'u', f); }"),
    ).toEqual([
      { text: 't', clauses: ['a'] },
      { text: 'u', clauses: ['b', 'c'] },
    ]);
  });
});
