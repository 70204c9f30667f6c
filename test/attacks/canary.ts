// A directory of the host that no container may touch: everybody may write it, so that nothing but the runtime's own care keeps it as it is.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporary } from '../support/temporary.js';

export const SECRET = 'a secret of the host';

export interface Canary {
  readonly path: string;
  /** A file in it, with SECRET. */
  readonly file: string;
  /** A directory in it, with a file `inner`. */
  readonly directory: string;
  /** What is not there. */
  readonly missing: string;
}

/** Names that runtimes make, replace or remove in a /dev are there as well. */
export function makeCanary(): Canary {
  const path = join(makeTemporary(), 'canary');
  const canary = {
    path,
    file: join(path, 'secret'),
    directory: join(path, 'directory'),
    missing: join(path, 'pwned'),
  };
  for (const directory of [path, canary.directory]) {
    mkdirSync(directory);
    // Whatever the umask.
    chmodSync(directory, 0o777);
  }
  for (const file of [canary.file, join(path, 'ptmx'), join(canary.directory, 'inner')]) {
    writeFileSync(file, `${SECRET}\n`);
    chmodSync(file, 0o666);
  }
  return canary;
}
