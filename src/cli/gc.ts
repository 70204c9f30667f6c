// tsrun gc.
import { collectGarbage, type Garbage, TsrunError } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

export async function gc({ globals, values, warn }: Invocation): Promise<number> {
  const format = values.format ?? 'text';
  if (format !== 'text' && format !== 'json') {
    throw new TsrunError('USAGE', `unknown format ${JSON.stringify(format)}: must be text or json`);
  }
  const dryRun = values['dry-run'] === true;
  const { garbage, problems } = await collectGarbage(globals.root, { dryRun });
  for (const problem of problems) warn(problem.message);
  write(
    1,
    format === 'json' ? `${JSON.stringify(garbage)}\n` : garbage.map((found) => describe(found, dryRun)).join(''),
  );
  return problems.length === 0 ? 0 : 1;
}

/** `removed container "web": …`, and of a dry run `would remove …`. */
function describe({ kind, name, reason }: Garbage, dryRun: boolean): string {
  const [done, would, what] = WORDS[kind] ?? ['removed', 'remove', kind];
  return `${dryRun ? `would ${would}` : done} ${what} "${name}": ${reason}\n`;
}

const WORDS: Partial<Record<Garbage['kind'], readonly [string, string, string]>> = {
  update: ['undid', 'undo', 'an update of container'],
  process: ['killed', 'kill', 'process'],
};
