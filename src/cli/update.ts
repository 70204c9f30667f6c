// tsrun update.
import { readFileSync } from 'node:fs';
import {
  describeSystemError,
  parseResources,
  type Resources,
  resolveCallerPath,
  TsrunError,
  updateContainer,
} from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';
import { readUpdateFlags } from './update-flags.js';

export async function update({ globals, values, positionals: [id = ''], warn }: Invocation): Promise<number> {
  const asked = readUpdateFlags(values);
  const change = asked.document === undefined ? asked.resources : readDocument(asked.document);
  const dryRun = values['dry-run'] === true;
  const { changes, warnings } = await updateContainer(globals.root, id, change, { dryRun });
  for (const warning of warnings) warn(warning);
  if (dryRun) write(1, changes.map(({ file, from, to }) => `${file}: ${from} -> ${to}\n`).join(''));
  return 0;
}

function readDocument(path: string): Resources {
  const what = path === '-' ? 'standard input' : resolveCallerPath(path);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : what);
  } catch (error) {
    throw new TsrunError('IO', `cannot read ${JSON.stringify(what)}: ${describeSystemError(error)}`, { cause: error });
  }
  return parseResources(bytes, what);
}
