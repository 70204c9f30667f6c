// The titles of tests as their files say them, without running them: what docs/spec-conformance.md refers to.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

export interface Title {
  /** Placeholders whose value only a run knows are `*`. */
  readonly text: string;
  /** The clauses that the test shows; none outside of test/specification. */
  readonly clauses: readonly string[];
}

const TEST = join(import.meta.dirname, '..');
/** Of vitest, of shows.ts, and of test/unit/spec/table.ts. */
const CALLS = ['describe', 'test', 'it', 'shows', 'table'];

/** What a name of a loop stands for, as text; and the node, to look further into. */
type Row = ReadonlyMap<string, ts.Expression>;

/** All titles, by the path of their file below test/ without its ending: `integration/hooks`. */
export function readAllTitles(): Map<string, readonly Title[]> {
  const files = readdirSync(TEST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files
      .sort()
      .map((file) => [relative(TEST, file).replace(/\.test\.ts$/, ''), readTitles(readFileSync(file, 'utf8'))]),
  );
}

/** The titles of one file, in its order; a test in a loop has one for each row that can be read. */
export function readTitles(source: string): Title[] {
  const file = ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true);
  const titles: Title[] = [];
  const visit = (node: ts.Node, rows: readonly Row[]): void => {
    const inner = ts.isForOfStatement(node) ? multiply(rows, rowsOf(node, file)) : rows;
    if (ts.isCallExpression(node) && !isCalled(node) && CALLS.includes(rootOf(node.expression))) {
      for (const row of inner) titles.push(...titleOf(node, row, file));
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, [new Map()]);
  return titles;
}

/** `test` of `test.each(rows)('title')`. */
function rootOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return rootOf(node.expression);
  return ts.isTaggedTemplateExpression(node) ? rootOf(node.tag) : '';
}

/** `test.each(rows)`, whose answer is called with the title. */
function isCalled(node: ts.CallExpression): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression === node;
}

function titleOf(call: ts.CallExpression, row: Row, file: ts.SourceFile): Title[] {
  const [first, second] = call.arguments;
  const name = rootOf(call.expression);
  const title = name === 'shows' ? second : first;
  if (title === undefined) return [];
  const clauses = name === 'shows' && first !== undefined ? clausesOf(first, row) : [];
  const texts = tableOf(call, file)?.map((entry) => fillIn(textOf(title, row, true), entry, row)) ?? [
    textOf(title, row),
  ];
  return texts.map((text) => ({ text: name === 'table' ? `${text}()` : text, clauses }));
}

/** The rows of `test.each(rows)('title')`, where they are written down. */
function tableOf(call: ts.CallExpression, file: ts.SourceFile): readonly ts.Expression[] | undefined {
  const { expression: callee } = call;
  if (!ts.isCallExpression(callee) || !ts.isPropertyAccessExpression(callee.expression)) return undefined;
  const [rows] = callee.arguments;
  return callee.expression.name.text === 'each' && rows !== undefined
    ? listOf(unwrap(rows), file)?.elements.map(unwrap)
    : undefined;
}

/** The title of one row: its values in the order of printf's placeholders. */
function fillIn(title: string, entry: ts.Expression, row: Row): string {
  const values = ts.isArrayLiteralExpression(entry) ? [...entry.elements] : [entry];
  return withoutPlaceholders(
    title.replace(/%[sjdi]/g, (placeholder) => {
      const value = values.shift();
      if (value === undefined) return '*';
      const found = unwrap(value);
      if (placeholder === '%j' && ts.isStringLiteralLike(found)) return JSON.stringify(found.text);
      return textOf(found, row);
    }),
  );
}

function withoutPlaceholders(text: string): string {
  return text.replace(/%[sjiodf#]|\$[a-zA-Z]\w*/g, '*');
}

function clausesOf(list: ts.Expression, row: Row): string[] {
  const found = resolve(list, row);
  return found !== undefined && ts.isArrayLiteralExpression(found)
    ? found.elements.map((element) => textOf(element, row))
    : ['*'];
}

/** The text of an expression; what cannot be told is `*`, printf's and vitest's placeholders too unless they are wanted `raw`. */
function textOf(node: ts.Expression, row: Row, raw = false): string {
  const found = resolve(node, row);
  if (found === undefined) return '*';
  if (ts.isStringLiteralLike(found)) return raw ? found.text : withoutPlaceholders(found.text);
  if (ts.isNumericLiteral(found) || ts.isPrefixUnaryExpression(found) || isPlainWord(found)) return found.getText();
  if (ts.isTemplateExpression(found)) {
    const spans = found.templateSpans.map((span) => textOf(span.expression, row) + span.literal.text);
    return [found.head.text, ...spans].join('');
  }
  if (
    ts.isCallExpression(found) &&
    found.expression.getText() === 'JSON.stringify' &&
    found.arguments[0] !== undefined
  ) {
    const value = resolve(found.arguments[0], row);
    return value !== undefined && ts.isStringLiteralLike(value) ? JSON.stringify(value.text) : '*';
  }
  return '*';
}

function isPlainWord(node: ts.Expression): boolean {
  return ['true', 'false', 'undefined'].includes(node.getText());
}

function resolve(node: ts.Expression, row: Row): ts.Expression | undefined {
  const bare = unwrap(node);
  if (!ts.isIdentifier(bare) || isPlainWord(bare)) return bare;
  const found = row.get(bare.text);
  return found === undefined ? undefined : unwrap(found);
}

/** Without `as const`, `satisfies` and parentheses. */
function unwrap(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)
    ? unwrap(node.expression)
    : node;
}

/** One row for each element of the list that a loop goes through; one without values where the list is not written down. */
function rowsOf(loop: ts.ForOfStatement, file: ts.SourceFile): Row[] {
  const list = listOf(unwrap(loop.expression), file);
  const [declared] = ts.isVariableDeclarationList(loop.initializer) ? loop.initializer.declarations : [];
  if (list === undefined || declared === undefined) return [new Map()];
  return list.elements.map((element) => bind(declared.name, unwrap(element)));
}

function listOf(node: ts.Expression, file: ts.SourceFile): ts.ArrayLiteralExpression | undefined {
  if (ts.isArrayLiteralExpression(node)) return node;
  if (!ts.isIdentifier(node)) return undefined;
  const found = findDeclaration(file, node.text)?.initializer;
  return found === undefined ? undefined : listOf(unwrap(found), file);
}

/** The first constant of that name, wherever it is in the file. */
function findDeclaration(node: ts.Node, name: string): ts.VariableDeclaration | undefined {
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === name) return node;
  return ts.forEachChild(node, (child) => findDeclaration(child, name));
}

function bind(name: ts.BindingName, element: ts.Expression): Row {
  if (ts.isIdentifier(name)) return new Map([[name.text, element]]);
  const row = new Map<string, ts.Expression>();
  if (!ts.isArrayBindingPattern(name) || !ts.isArrayLiteralExpression(element)) return row;
  for (const [index, part] of name.elements.entries()) {
    const value = element.elements[index];
    if (ts.isBindingElement(part) && ts.isIdentifier(part.name) && value !== undefined) row.set(part.name.text, value);
  }
  return row;
}

function multiply(rows: readonly Row[], inner: readonly Row[]): Row[] {
  return rows.flatMap((row) => inner.map((more) => new Map([...row, ...more])));
}
