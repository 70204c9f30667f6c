// Where state is kept when nobody says otherwise.
import { join } from 'node:path';

/** /run/tsrun for root, $XDG_RUNTIME_DIR/tsrun for others; /run/user/UID is where that variable points when it is set at all. */
export function defaultRoot(): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/tsrun';
  return join(process.env.XDG_RUNTIME_DIR || `/run/user/${uid}`, 'tsrun');
}
