// The rules of the design that a reader could break without noticing: one table of operations, and who may import whom.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../../src/plan/names.js';
import { fieldsOf, OPS, type OpName } from '../../src/plan/ops.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the table of operations', () => {
  const entries = [...read('c/ops.def').matchAll(/^OP\((.*)\)$/gm)].map((match) => `${match[1]}`);

  test('is the same in c/ops.def and src/plan/ops.ts, line by line', () => {
    const expected = Object.entries(OPS).map(
      ([name, [side, fields]]) => `${name.replaceAll('-', '_').toUpperCase()}, "${name}", ${side}, "${fields}"`,
    );
    expect(entries).toEqual(expected);
  });

  test('has no line in c/ops.def that this test does not read', () => {
    const lines = read('c/ops.def')
      .split('\n')
      .filter((line) => line.trimStart().startsWith('OP('));
    expect(lines).toHaveLength(entries.length);
  });

  test('uses only the field types and tables that schemas/plan.md defines', () => {
    const types = ['text', 'path', 'int', 'uint', 'id', 'who', 'mode', 'slot', 'list', 'name', 'flags'];
    for (const field of (Object.keys(OPS) as OpName[]).flatMap((name) => fieldsOf(name))) {
      expect(types).toContain(field.type);
      expect(Object.keys(TABLES).concat('')).toContain(field.table);
      expect(field.name).not.toBe('op');
    }
  });

  test('is explained in schemas/plan.md, every operation of it', () => {
    const text = read('schemas/plan.md');
    const missing = Object.keys(OPS).filter((name) => !text.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  test('has its tables of names in schemas/plan.md', () => {
    const text = read('schemas/plan.md');
    expect(Object.keys(TABLES).filter((table) => !text.includes(`| \`${table}\` |`))).toEqual([]);
  });

  test('has every name of its tables in c/names.c', () => {
    const names = new Set(
      [...read('c/names.c').matchAll(/"([^"]+)"|\b(?:SAME|CAPABILITY)\((\w+)\)/g)].map((match) => match[1] ?? match[2]),
    );
    expect(Object.values(TABLES).flatMap((table) => table.filter((name) => !names.has(name)))).toEqual([]);
  });
});

interface Source {
  /** Path below src/. */
  readonly path: string;
  /** The first folder of the path; the file name without its ending for files directly in src/. */
  readonly part: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)['"]([^'"]+)['"]/g;

function readSources(): Source[] {
  const sources: Source[] = [];
  for (const entry of readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })) {
    const path = relative(join(ROOT, 'src'), join(entry.parentPath, entry.name));
    if (!entry.isFile() || !/\.[mc]?[jt]s$/.test(path)) {
      continue;
    }
    const text = read(join('src', path));
    const imports = [...text.matchAll(IMPORT)].map((match) => `${match[1]}`);
    sources.push({ path, part: partOf(path), code: withoutComments(text), imports });
  }
  return sources;
}

function partOf(path: string): string {
  return path.includes('/') ? `${path.split('/')[0]}` : path.replace(/\.[^.]*$/, '');
}

// Good enough for a rule: strings and comments go, code stays.
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<!:)\/\/[^\n]*/g, ' ');
}

/** design.md, section 5: what each part may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  spec: ['base'],
  plan: ['spec', 'base'],
  check: ['plan', 'spec', 'base'],
  state: ['spec', 'plan', 'host', 'base'],
  cgroup: ['host', 'base'],
  host: ['spec', 'plan', 'state', 'base'],
  lifecycle: ['check', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  index: ['lifecycle', 'check', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  cli: ['index', 'lifecycle', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  manager: ['index'],
};

const PURE = ['base', 'spec', 'plan', 'check'];

/** Uses of the global `process`; a file may well have a local of that name, as config.json has such a key. */
function usesOfProcess(code: string): string[] {
  if (/\b(?:const|let) (?:process|\{[^=]*\bprocess\b[^=]*\})(?:: \w+)? =|\bprocess\??:/.test(code)) {
    return [];
  }
  return code.match(/(?<![.\w?`])process\.\w+/g) ?? [];
}

describe('the import rule', () => {
  const sources = readSources();

  test('is obeyed by every relative import', () => {
    const broken: string[] = [];
    for (const { path, part, imports } of sources) {
      const allowed = [part, ...(MAY_IMPORT[part] ?? [])];
      for (const target of imports.filter((name) => name.startsWith('.'))) {
        const to = partOf(relative(join(ROOT, 'src'), join(ROOT, 'src', dirname(path), target)));
        if (!allowed.includes(to)) {
          broken.push(`${path} imports ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  test('knows every part of src/', () => {
    expect(sources.map(({ part }) => part).filter((part) => MAY_IMPORT[part] === undefined)).toEqual([]);
  });

  test('keeps base, spec, plan and check pure: no node: modules, no process, no clock', () => {
    const broken: string[] = [];
    for (const { path, part, code, imports } of sources) {
      if (!PURE.includes(part) || path.includes('generated/')) {
        continue;
      }
      broken.push(...imports.filter((name) => !name.startsWith('.')).map((name) => `${path} imports ${name}`));
      const names =
        code.match(/\b(?:globalThis\.process|performance\.now|new Date|Date\.\w+|Math\.random|Bun\.\w+)\b/g) ?? [];
      broken.push(...names.map((name) => `${path} uses ${name}`));
      broken.push(...usesOfProcess(code).map((name) => `${path} uses ${name}`));
    }
    expect(broken).toEqual([]);
  });
});
