// tsrun features.
import { describeFeatures } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';
import { COMMIT, LIBSECCOMP, VERSION } from './version.js';

export async function features(_: Invocation): Promise<number> {
  write(1, `${JSON.stringify(describeFeatures(VERSION, COMMIT, LIBSECCOMP), null, 2)}\n`);
  return 0;
}
