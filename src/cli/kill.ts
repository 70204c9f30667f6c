// tsrun kill.
import { handOff, parseSignal, prepareKill } from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';

export async function kill(invocation: Invocation): Promise<number> {
  const [id = '', signal = 'TERM'] = invocation.positionals;
  const helper = prepareKill(invocation.globals.root, id, parseSignal(signal), invocation.values.all === true);
  return helper === null ? 0 : await finish(await handOff(helper), invocation);
}
