// tsrun list.
import { type ContainerState, listContainers, TsrunError } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

export async function list({ globals, values, warn }: Invocation): Promise<number> {
  const format = values.format ?? 'table';
  if (format !== 'table' && format !== 'json') {
    throw new TsrunError('USAGE', `unknown format ${JSON.stringify(format)}: must be table or json`);
  }
  const { containers, problems } = listContainers(globals.root);
  for (const problem of problems) warn(problem.message);
  if (values.quiet === true) write(1, containers.map(({ id }) => `${id}\n`).join(''));
  else write(1, format === 'json' ? `${JSON.stringify(containers)}\n` : formatTable(containers));
  return 0;
}

function formatTable(containers: readonly ContainerState[]): string {
  const rows = containers.map(({ id, pid, status, bundle, created, owner }) => [
    id,
    String(pid),
    status,
    bundle,
    created,
    owner,
  ]);
  const all = [['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
