// Waiting for what happens in another process: by looking, with a limit.
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks until `look` answers something (neither undefined, null nor false), and answers that.
 * @throws Error naming `what` after ten seconds.
 */
export async function waitFor<T>(what: string, look: () => T | undefined | null | false): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ten seconds in vain for ${what}`);
    await sleep(5);
  }
}
