// tsrun update.
import { closeSync, openSync } from 'node:fs';
import {
  describeSystemError,
  parseResources,
  type Resources,
  readStream,
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
  const { changes, warnings } = await updateContainer(globals.root, id, change, { dryRun, schemata: asked.schemata });
  for (const warning of warnings) warn(warning);
  if (dryRun) write(1, changes.map(({ file, from, to }) => `${file}: ${from} -> ${to}\n`).join(''));
  return 0;
}

/** As much as config.json may have. */
const MAX_BYTES = 16 * 1024 * 1024;

function readDocument(path: string): Resources {
  const what = path === '-' ? 'standard input' : resolveCallerPath(path);
  return parseResources(path === '-' ? readStream(0, MAX_BYTES, what) : readFile(what), what);
}

/** Not only a regular file: callers in shell give pipes such as /dev/fd/63. */
function readFile(path: string): Buffer {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    return readStream(fd, MAX_BYTES, JSON.stringify(path));
  } catch (error) {
    if (error instanceof TsrunError) throw error;
    throw new TsrunError('IO', `cannot read ${JSON.stringify(path)}: ${describeSystemError(error)}`, { cause: error });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
