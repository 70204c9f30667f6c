// tsrun delete.
import { handOff, prepareDelete } from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';

export async function remove(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  const helper = await prepareDelete(invocation.globals.root, id, invocation.values.force === true);
  return helper === null ? 0 : await finish(await handOff(helper), invocation);
}
