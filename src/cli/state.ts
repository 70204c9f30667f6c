// tsrun state.
import { readState } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

export async function state({ globals, positionals: [id = ''] }: Invocation): Promise<number> {
  write(1, `${JSON.stringify(readState(globals.root, id), null, 2)}\n`);
  return 0;
}
