// The tables of check against what they are about: the schema, the documentation, and who loads them.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHAPES, type Shape, type ShapeReference } from '../../../src/check/generated/shapes.js';
import { SYSTEM_CALLS } from '../../../src/check/generated/system-calls.js';
import { RULES } from '../../../src/check/rules/index.js';
import { DEPRECATED, SINCE } from '../../../src/check/versions.js';
import { COMMANDS } from '../../../src/cli/commands.js';
import { goodConfig } from '../spec/parsing.js';
import { checkText } from './checking.js';

/** True if the schema has something at this pattern; what it leaves open counts only at the end. */
function isInSchema(pattern: string): boolean {
  let reference: ShapeReference | undefined = 'Spec';
  for (const step of pattern.split('/').slice(1)) {
    const shape: Shape | null | undefined = typeof reference === 'string' ? SHAPES[reference] : reference;
    if (step === '*') {
      // Lists of names have no shape of their own.
      reference = shape?.items ?? null;
    } else if (shape?.properties !== undefined && Object.hasOwn(shape.properties, step)) {
      reference = shape.properties[step];
    } else {
      return false;
    }
  }
  return reference !== undefined;
}

describe('the table of versions', () => {
  it('names only what the schema has', () => {
    expect(SINCE.map(([, pattern]) => pattern).filter((pattern) => !isInSchema(pattern))).toEqual([]);
  });

  it('is in the order of versions', () => {
    const versions = SINCE.map(([version]) => version);
    expect(versions).toEqual([...versions].sort());
  });

  it('warns of each entry in a document of an older version, and of none in one of that version', () => {
    for (const [version, pattern, value] of SINCE) {
      const older = `${JSON.stringify(document(pattern, value, '1.0.1'))}`;
      const found = checkText(older).findings.filter(({ rule }) => rule === 'spec/needs-version');
      expect(found.map(({ message }) => message)).toContainEqual(expect.stringContaining(`version ${version} of`));
      const same = checkText(JSON.stringify(document(pattern, value, version))).findings;
      expect(same.filter(({ rule }) => rule === 'spec/needs-version')).toEqual([]);
    }
  });

  it('takes a release candidate for the release', () => {
    const text = JSON.stringify({ ...goodConfig(), ociVersion: '1.1.0-rc.2', domainname: 'x' });
    expect(checkText(text).findings).toEqual([]);
  });
});

describe('what is deprecated', () => {
  it('is in the schema, or was in that of an earlier version', () => {
    const left = DEPRECATED.map(([pattern]) => pattern).filter((pattern) => !isInSchema(pattern));
    expect(left).toEqual(['/linux/intelRdt/enableCMT', '/linux/intelRdt/enableMBM']);
  });
});

/** The good document with that value, or an object, in that place. */
function document(pattern: string, value: string | undefined, ociVersion: string): unknown {
  const root: Record<string, unknown> = { ...goodConfig(), ociVersion };
  const steps = pattern.split('/').slice(1);
  let at: Record<string, unknown> | unknown[] = root;
  for (const [index, step] of steps.entries()) {
    const next = index === steps.length - 1 ? (value ?? {}) : steps[index + 1] === '*' ? [] : {};
    if (Array.isArray(at)) {
      at.push(next);
    } else {
      at[step] = next;
    }
    at = next as Record<string, unknown>;
  }
  return root;
}

describe('the generated tables', () => {
  it('have every definition of the schema that has properties', () => {
    const { $defs } = JSON.parse(readFileSync('schemas/config.schema.json', 'utf8'));
    const described = Object.keys($defs).filter((name) => $defs[name].properties !== undefined);
    expect(Object.keys(SHAPES).sort()).toEqual(['Spec', ...described].sort());
  });

  it('have system calls of old and new kernels and of other machines', () => {
    expect(
      ['read', 'clone3', 'openat2', 'socketcall', 'arm_fadvise64_64'].filter((name) => !SYSTEM_CALLS.includes(name)),
    ).toEqual([]);
  });
});

describe('docs/check.md', () => {
  const text = readFileSync('docs/check.md', 'utf8');

  it('has a row for each rule, with its severity and summary, in their order, and no other', () => {
    const rows = [...text.matchAll(/^\| `([a-z]+\/[a-z-]+)` \| (\w+) \| (.*) \|$/gm)].map((match) => match.slice(1));
    expect(rows).toEqual(
      Object.entries(RULES).map(([id, { severity, summary, help }]) => [id, severity, `${summary}. ${help}`]),
    );
  });

  it('has every flag of the verb', () => {
    const flags = COMMANDS.find(({ name }) => name === 'check')?.flags ?? [];
    expect(flags.map(({ name }) => name).filter((name) => !text.includes(`--${name}`))).toEqual([]);
  });
});

describe('the rules of check', () => {
  it('are loaded by no other verb: only lifecycle/check.ts and the library know them', () => {
    const importers = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('check/'))
      .filter((path) => /from '(?:\.\.?\/)+check\//.test(readFileSync(`src/${path}`, 'utf8')));
    expect(importers.sort()).toEqual(['index.ts', 'lifecycle/check.ts']);
  });
});
