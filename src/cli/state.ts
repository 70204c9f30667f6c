// tsrun state.
import { encodeState, readState } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

export async function state({ globals, positionals: [id = ''] }: Invocation): Promise<number> {
  write(1, encodeState(readState(globals.root, id)));
  return 0;
}
