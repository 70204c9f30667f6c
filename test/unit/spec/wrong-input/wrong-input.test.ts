import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { describeProblem, SpecError } from '../../../../src/base/errors.js';
import { parseSpec } from '../../../../src/spec/validate.js';
import { ANNOTATIONS } from './annotations.js';
import { completeConfig } from './complete.js';
import { DOCUMENT } from './document.js';
import { fieldAt, listFields } from './fields.js';
import { HOOKS } from './hooks.js';
import { LINUX } from './linux.js';
import { MOUNTS } from './mounts.js';
import { NAMESPACES } from './namespaces.js';
import { PROCESS } from './process.js';
import { RESOURCES } from './resources.js';
import { SECCOMP } from './seccomp.js';
import { WARNED } from './warned.js';
import { type Edit, editedText, Literal, parsePath, problemsOfText, type WrongInput } from './wrong-input.js';

const SECTIONS: Readonly<Record<string, readonly WrongInput[]>> = {
  DOCUMENT,
  ANNOTATIONS,
  PROCESS,
  MOUNTS,
  HOOKS,
  NAMESPACES,
  LINUX,
  RESOURCES,
  SECCOMP,
};
/** Where, and what is the matter. */
const LINE = /^[^\n]*: (?:found|must|needs|is|cannot) [^\n]*[^.\n]$/;

const CASES = Object.values(SECTIONS).flat();

describe('the config.json that is changed', () => {
  it('has no problem', () => {
    expect(problemsOfText(editedText([]))).toEqual([]);
  });

  it('has every field of the schema', () => {
    const there = new Set(listPlaces(completeConfig()).map((keys) => fieldAt(keys)));
    expect(
      listFields()
        .map(({ name }) => name)
        .filter((name) => !there.has(name)),
    ).toEqual([]);
  });
});

describe.each(Object.entries(SECTIONS))('wrong input: %s', (_, cases) => {
  it.each(cases.map((input) => [input.field, input.kind, shown(input.edits), input] as const))(
    '%s: %s: %s',
    (_field, _kind, _edits, { edits, problems }) => {
      expect(problemsOfText(editedText(edits)).sort()).toEqual([...problems].sort());
    },
  );
});

describe('the tables', { timeout: 60_000 }, () => {
  it('have every kind of wrong input for every field of the schema', () => {
    const there = new Set(CASES.map(({ field, kind }) => `${fieldAt(parsePath(field))}: ${kind}`));
    const missing = listFields()
      .flatMap(({ name, kinds }) => kinds.map((kind) => `${name}: ${kind}`))
      .filter((wanted) => !there.has(wanted));
    expect(missing).toEqual([]);
  });

  it('have every message that the checks can give', () => {
    const said = [...CASES.flatMap(({ problems }) => problems), ...WARNED.flatMap(({ warnings }) => warnings)];
    const missing = listMessages().filter((message) => !said.some((text) => message.test(text)));
    expect(missing.map(String)).toEqual([]);
  });

  it('have messages that say where, in one line', () => {
    for (const { problems } of CASES) {
      for (const problem of problems) {
        expect(problem).toMatch(LINE);
      }
    }
  });
});

describe('warnings', () => {
  it.each(WARNED)('%s', ({ edits, warnings }) => {
    expect(parseSpec(new TextEncoder().encode(editedText(edits))).warnings).toEqual(
      expect.arrayContaining([...warnings]),
    );
  });
});

/** Any value of the wrong type, at any place, is one problem that says what it is; of the right type it is no problem of type. */
describe('a value of any type at any place', { timeout: 60_000 }, () => {
  const VALUES: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['true', true],
    ['7', 7],
    ['-7', -7],
    ['1.5', 1.5],
    ['18446744073709551616', new Literal('18446744073709551616')],
    ['1e+300', new Literal('1e300')],
    ['"x"', 'x'],
    ['an array', []],
    ['an object', {}],
  ];

  it.each(VALUES)('%s is refused in one line with its path where another type is wanted', (found, value) => {
    const document = completeConfig();
    for (const keys of listPlaces(document)) {
      const path = pathOf(keys);
      const problems = problemsOfText(editedText([[path, value]]));
      if (typeOf(value) === typeOf(valueAt(document, keys))) {
        expect([path, problems.filter((problem) => !LINE.test(problem))]).toEqual([path, []]);
      } else {
        expect([path, problems]).toEqual([path, [expect.stringMatching(LINE)]]);
        expect(problems[0]).toContain(`${path}: found ${found}, must be `);
      }
    }
  });
});

describe('numbers', () => {
  const uid = (text: string) => problemsOfText(editedText([['process.user.uid', new Literal(text)]]));
  const shares = (text: string) => problemsOfText(editedText([['linux.resources.cpu.shares', new Literal(text)]]));

  it.each(['1e1', '1.0', '-0', '0', '1E+2', '10e-1'])('%s is the integer that it is', (text) => {
    expect(uid(text)).toEqual([]);
  });

  it.each(['1e19', '18446744073709551615', '1.8446744073709551615e19', '18446744073709551615.0'])(
    '%s is within 64 bits',
    (text) => {
      expect(shares(text)).toEqual([]);
    },
  );

  it.each([
    ['2e19', '20000000000000000000'],
    ['18446744073709551616', '18446744073709551616'],
    ['-1e0', '-1'],
    ['1e-1', '0.1'],
  ])('%s is not', (text, found) => {
    expect(shares(text)).toEqual([
      `linux.resources.cpu.shares: found ${found}, must be an integer from 0 to 18446744073709551615`,
    ]);
  });

  it.each(['0755', '+1', '0x1f', '1_000', 'NaN', 'Infinity', '.5', '5.', '--1', '1e'])('%s is no JSON', (text) => {
    expect(() => uid(text)).toThrow(/^cannot parse "config.json": line 1, column \d+: found "/);
  });
});

describe('too much of anything', { timeout: 60_000 }, () => {
  it('is told in lines of at most 1000 characters', () => {
    const long = 'x'.repeat(1_000_000);
    for (const edit of [
      ['process.cwd', long],
      [`annotations["${long}"]`, 5],
      [`linux.sysctl["${long}"]`, '1'],
      ['process.capabilities.bounding[0]', long],
    ] as const) {
      const { lines, warnings } = tell(editedText([edit]));
      expect([...lines, ...warnings].filter((line) => line.length > 1001)).toEqual([]);
      expect(lines.length + warnings.length).toBeGreaterThan(0);
    }
  });

  it('does not cut characters in halves', () => {
    const { lines } = tell(editedText([['process.cwd', '😀'.repeat(1000)]]));
    expect(lines.join('')).not.toMatch(/\p{Surrogate}/u);
    const other = tell(editedText([['process.cwd', `x${'😀'.repeat(1000)}`]]));
    expect(other.lines.join('')).not.toMatch(/\p{Surrogate}/u);
  });

  const many = (count: number, value: (index: number) => unknown) =>
    Array.from({ length: count }, (_, at) => value(at));
  const distinct = (prefix: string) => many(47_000, (at) => `${prefix}${at}`);
  const MANY: readonly (readonly [string, readonly Edit[]])[] = [
    ['entries without "="', [['process.env', many(90_000, () => '')]]],
    ['entries of hooks', [['hooks.poststop[0].env', many(90_000, () => '')]]],
    ['entries of the wrong type', [['process.args', many(90_000, () => 1)]]],
    ['levels of limits', [['process.rlimits', many(24_000, () => ({ type: 'x', soft: 2, hard: 1 }))]]],
    [
      'conditions',
      [['linux.seccomp.syscalls[0].args', many(24_000, () => ({ index: 9, value: 1, op: 'SCMP_CMP_EQ' }))]],
    ],
    ['rules', [['linux.seccomp.syscalls', many(30_000, () => ({ names: [], action: 'SCMP_ACT_LOG' }))]]],
    ['mounts', [['mounts', many(48_000, () => ({ destination: '/' }))]]],
    [
      'mappings',
      [
        ['linux.gidMappings', many(12_000, (at) => ({ containerID: at, hostID: at, size: 1 }))],
        ['process.user.additionalGids', many(45_000, (at) => at)],
      ],
    ],
    ['mappings of a mount', [['mounts[1].uidMappings', many(24_000, () => ({ containerID: 1, hostID: 1, size: 1 }))]]],
    ['sysctls', [['linux.sysctl', Object.fromEntries(many(95_000, (at) => [`x${at}`, '1']) as [string, string][])]]],
    ['rules of devices', [['linux.resources.devices', many(32_000, () => ({ allow: true, access: 'x' }))]]],
    ['devices', [['linux.devices', many(19_000, (at) => ({ type: 'c', path: '/x', major: at, minor: -1 }))]]],
    ['capabilities', [['process.capabilities', { permitted: distinct('A'), inheritable: [], ambient: distinct('A') }]]],
  ];

  it.each(MANY)('is told in little time: %s', (_, edits) => {
    const text = editedText(edits);
    // Of the processor, not of the clock: others work beside this.
    const start = process.cpuUsage();
    const { lines, warnings } = tell(text);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000);
    const told = [...lines, ...warnings];
    expect(told.length > 50 ? told.at(-1) : told).toEqual(
      told.length > 50
        ? expect.stringMatching(/^and (?:at least )?\d+ more/)
        : [expect.stringContaining('must be at most 340')],
    );
    expect(told.length).toBeLessThan(52);
  });

  it('is refused before anything else: values', () => {
    const text = editedText([['process.args', many(270_000, () => 'x')]]);
    expect(() => problemsOfText(text)).toThrow(/found more than 100000 values$/);
  });
});

/** What a user would read. */
function tell(text: string): { readonly lines: readonly string[]; readonly warnings: readonly string[] } {
  try {
    return { lines: [], warnings: parseSpec(new TextEncoder().encode(text)).warnings };
  } catch (error) {
    if (error instanceof SpecError) return { lines: error.problems.map(describeProblem), warnings: [] };
    throw error;
  }
}

function shown(edits: readonly Edit[]): string {
  const text = JSON.stringify(
    edits.map(([, value]) => value),
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : (value ?? null)),
  );
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Every place of a document, itself included. */
function listPlaces(value: unknown, keys: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const children: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((child, index) => [index, child] as const)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [keys, ...children.flatMap(([key, child]) => listPlaces(child, [...keys, key]))];
}

function pathOf(keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (path, key) =>
      typeof key === 'number'
        ? `${path}[${key}]`
        : /^[A-Za-z_][\w-]*$/.test(key)
          ? `${path}${path === '' ? '' : '.'}${key}`
          : `${path}[${JSON.stringify(key)}]`,
    '',
  );
}

function typeOf(value: unknown): string {
  if (value instanceof Literal) return 'number';
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function valueAt(document: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], document);
}

/** The texts of src/spec/checks that have a blank, as expressions with anything where something is put in. */
function listMessages(): RegExp[] {
  const root = new URL('../../../../src/spec/checks/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => {
    const source = ts.createSourceFile(name, readFileSync(new URL(name, root), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: RegExp[] = [];
    const visit = (node: ts.Node): void => {
      const parts = partsOf(node);
      if (parts?.some((part) => part.includes(' '))) {
        found.push(new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's'));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function partsOf(node: ts.Node): string[] | null {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  return ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
    : null;
}
