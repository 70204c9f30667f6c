// tsrun start.
import { handOff, notifySocket, prepareStart } from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';

export async function start(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  return await finish(
    await handOff({ ...prepareStart(invocation.globals.root, id), notifySocket: notifySocket() }),
    invocation,
  );
}
