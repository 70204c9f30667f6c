// Writes docs/spec-conformance.md from the clauses, the titles of the tests, the table of fields and what peers fail.
import type { Clause } from './clause.js';
import type { Field } from './field.js';
import type { Title } from './titles.js';

export interface Peer {
  /** As `--version` has it. */
  readonly version: string;
  /** Reference of a test, and why the runtime fails it. */
  readonly fails: Readonly<Record<string, string>>;
}

export interface Sources {
  readonly clauses: readonly Clause[];
  readonly fields: readonly Field[];
  readonly titles: ReadonlyMap<string, readonly Title[]>;
  readonly peers: Readonly<Record<string, Peer>>;
}

const HEAD = `# Conformance with runtime-spec 1.3.0

Generated from \`test/specification\` by \`npm run spec-conformance\`; a unit test fails when it is not what that would write, when a clause has neither a test nor a reason, when a test that it names is not there, and when a field of
\`schemas/config.schema.json\` is missing in the table at the end. [CONTRIBUTING.md](../CONTRIBUTING.md#the-specification) has how it is changed.

A clause is a sentence of the specification with a word of RFC 2119. Tests are named by their file below \`test/\` and their title; those of \`specification/\` use nothing but the command line that OCI runtimes have in common and run
against any of them (\`npm run conformance -- --runtime runc\`). Those of the \`conformance\` rings need cgroup v2 controllers or AppArmor and run in a virtual machine. \`*\` stands for what differs from case to case.
`;

/** The tests of test/specification that show a clause, as references. */
export function testsOf(id: string, titles: Sources['titles']): string[] {
  const found: string[] = [];
  for (const [file, list] of titles) {
    for (const { text, clauses } of list) if (clauses.includes(id)) found.push(`${file}: ${text}`);
  }
  return [...new Set(found)];
}

export function writeDocument(sources: Sources): string {
  const { clauses, titles } = sources;
  const sections = [...new Set(clauses.map((clause) => clause.section))];
  const parts = [
    HEAD,
    writeSummary(clauses),
    writeDifferences(clauses),
    writePeers(sources.peers),
    ...sections.map((name) =>
      writeSection(
        name,
        clauses.filter((clause) => clause.section === name),
        titles,
      ),
    ),
    writeFields(sources.fields),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

/** Text in a cell of a table: a bar would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(...head), `|${head.map(() => '---').join('|')}|`, ...rows.map((cells) => row(...cells))].join('\n');
}

function writeSummary(clauses: readonly Clause[]): string {
  const levels = [...new Set(clauses.map(({ level }) => level))];
  const counts = levels.map((level) => {
    const those = clauses.filter((clause) => clause.level === level);
    const differ = those.filter(({ differs }) => differs !== undefined).length;
    const others = those.filter(({ binds }) => binds !== undefined).length;
    return [level, `${those.length - differ - others}`, `${differ}`, `${others}`];
  });
  return `\n${table(['level', 'shown by tests', 'differs on purpose', 'binds somebody else'], counts)}\n`;
}

function writeDifferences(clauses: readonly Clause[]): string {
  const groups = new Map<string, Clause[]>();
  for (const clause of clauses) {
    if (clause.differs === undefined) continue;
    groups.set(clause.differs, [...(groups.get(clause.differs) ?? []), clause]);
  }
  const rows = [...groups].map(([why, those]) => [those.map(({ id }) => `\`${id}\``).join('<br>'), why]);
  return `## Where tsrun differs on purpose\n\n${table(['clause', 'how, and why'], rows)}\n`;
}

function writePeers(peers: Sources['peers']): string {
  const parts = Object.entries(peers).map(([name, { version, fails }]) => {
    const rows = Object.entries(fails).map(([test, why]) => [test, why]);
    return `### ${name} ${version}\n\n${table(['test', 'what it does'], rows)}\n`;
  });
  const head = `## Where a peer fails a test

The same files with Debian 12's runc and crun, which follow versions 1.0 of the specification. \`npm run conformance -- --runtime NAME\` checks these lists.
`;
  return `${head}\n${parts.join('\n')}`;
}

function writeSection(name: string, clauses: readonly Clause[], titles: Sources['titles']): string {
  const rows = clauses.map((clause) => [`\`${clause.id}\``, clause.level, clause.text, standingOf(clause, titles)]);
  return `## ${name}\n\n${table(['id', 'level', 'clause', 'shown by'], rows)}\n`;
}

function standingOf(clause: Clause, titles: Sources['titles']): string {
  if (clause.binds !== undefined) return `binds ${clause.binds}`;
  const tests = [...testsOf(clause.id, titles), ...(clause.shown ?? [])].join('<br>');
  return clause.differs === undefined ? tests : `**differs:** ${clause.differs}${tests === '' ? '' : `<br>${tests}`}`;
}

function writeFields(fields: readonly Field[]): string {
  const rows = fields.map(({ path, treatment, by, shown }) => [
    `\`${path}\``,
    treatment,
    treatment === 'honoured' ? by.map((name) => `\`${name}\``).join(', ') : by.join(', '),
    shown.join('<br>'),
  ]);
  return `## Fields of config.json

What becomes of each: by which operations of the [plan](../schemas/plan.md), or which file where there is none. Those of other platforms (\`windows\`, \`solaris\`, \`vm\`, \`zos\`, \`freebsd\`) are ignored.

${table(['field', 'is', 'by', 'shown by'], rows)}
`;
}
