// Waiting for what happens in another process: by looking, with a limit.
import { setTimeout as sleep } from 'node:timers/promises';

/** In milliseconds: a passing test waits for a fraction of it; in the virtual machine, and with sanitizers, everything takes longer. */
const IS_SLOW = process.env.IN_VM === '1' || process.env.TEST_BUILT !== undefined;
const PATIENCE = IS_SLOW ? 60_000 : 10_000;

type Seen<T> = T | undefined | null | false;

/**
 * Looks until `look` answers something (neither undefined, null nor false), and answers that.
 * @throws Error naming `what` when it has waited too long.
 */
export async function waitFor<T>(what: string, look: () => Seen<T> | Promise<Seen<T>>): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`);
    await sleep(5);
  }
}
