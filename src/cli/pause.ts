// tsrun pause, tsrun resume.
import { handOff, preparePause, prepareResume } from '../index.js';
import type { Invocation } from './commands.js';
import { finish } from './finish.js';

export async function pause(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  return await finish(await handOff(preparePause(invocation.globals.root, id)), invocation);
}

export async function resume(invocation: Invocation): Promise<number> {
  const [id = ''] = invocation.positionals;
  return await finish(await handOff(prepareResume(invocation.globals.root, id)), invocation);
}
