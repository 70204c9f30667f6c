// Where state is kept when nobody says otherwise.
import { join } from 'node:path';
import { TsrunError } from '../base/errors.js';
import { isInUserNamespace } from '../host/facts.js';

/** /run/tsrun for root, $XDG_RUNTIME_DIR/tsrun for others; /run/user/UID is where that variable points when it is set at all. */
export function defaultRoot(): string {
  const uid = process.geteuid?.() ?? 0;
  const own = process.env.XDG_RUNTIME_DIR ?? '';
  if (uid === 0 && !isRootOfUser(own)) return '/run/tsrun';
  return join(own || `/run/user/${uid}`, 'tsrun');
}

/** As runc: root in a user namespace is a user who has become it there, as with rootless podman, unless he is called root, as in a container. */
function isRootOfUser(runtimeDirectory: string): boolean {
  return runtimeDirectory !== '' && process.env.USER !== 'root' && isInUserNamespace();
}

/**
 * The root itself, where it can be one.
 * @throws TsrunError USAGE for "/", whose directories are nobody's containers.
 */
export function checkRoot(root: string): string {
  if (root !== '/') return root;
  throw new TsrunError('USAGE', 'cannot use "/" as the state root: it must be a directory of its own');
}
