// Writes docs/attacks.md from the rows.
import { type Attack, isRow } from './row.js';
import type { Topic } from './rows/index.js';

const HEAD = `# Attacks, and the tests that they fail in

Generated from \`test/attacks\` by \`npm run attacks-document\`; a unit test fails when it is not what that would write, and when a test that is named here is not there.

Every known way out of a container, or into what is not its own, that runtimes have had, by the guarantee that shuts it. A test without a name is the row of the same id in \`test/attacks/rows\`: a hostile bundle, which is made a container of
with and without a terminal, a user namespace and a writable root filesystem, by \`create\` and \`start\`, by \`run\`, and where it says so again by \`exec\` in a container that is hostile. Before and after, these are the same on the host: mounts and their
propagation; a directory that nobody may touch, down to the times of change that the kernel keeps; the state root, cgroups, processes, keyrings, settings of the kernel, and tsrun itself.

*Fails with*: the same row, run against Debian's runc 1.1.5 and crun 1.8.1 (\`npm run attacks -- --runtime runc\`), fails there. That is how it is known that a test can fail; it says nothing about later versions, in which most of these doors are shut.
`;

/** Text in a cell of a table: a bar would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function testOf(attack: Attack): string {
  if (isRow(attack)) return attack.exec === undefined ? 'its row' : 'its row, and by `exec`';
  if (attack.without !== undefined) return `none: ${attack.without}`;
  return (attack.shown ?? []).join('; ');
}

function line(attack: Attack): string {
  const { id, title, cve, door, defence } = attack;
  const controls = isRow(attack) ? attack.controls.join(', ') : '';
  const known = cve.join(', ');
  return `| ${[`\`${id}\``, `${title}${known === '' ? '' : ` (${known})`}`, door, defence, testOf(attack), controls].map(cell).join(' | ')} |`;
}

export function writeDocument(topics: readonly Topic[]): string {
  const sections = topics.map(({ name, attacks }) => {
    const head = '| id | guarantee | door | what shuts it | test | fails with |\n|---|---|---|---|---|---|';
    return `## ${name}\n\n${head}\n${attacks.map(line).join('\n')}\n`;
  });
  return [HEAD, ...sections].join('\n');
}
