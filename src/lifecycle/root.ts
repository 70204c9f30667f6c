// Where state is kept when nobody says otherwise.
import { join } from 'node:path';
import { TsrunError } from '../base/errors.js';

/** /run/tsrun for root, $XDG_RUNTIME_DIR/tsrun for others; /run/user/UID is where that variable points when it is set at all. */
export function defaultRoot(): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/tsrun';
  return join(process.env.XDG_RUNTIME_DIR || `/run/user/${uid}`, 'tsrun');
}

/**
 * The root itself, where it can be one.
 * @throws TsrunError USAGE for "/", whose directories are nobody's containers.
 */
export function checkRoot(root: string): string {
  if (root !== '/') return root;
  throw new TsrunError('USAGE', 'cannot use "/" as the state root: it must be a directory of its own');
}
