// Waits for what the kernel announces of a cgroup. It notifies a watched file of every change (kernfs_notify: IN_MODIFY), which node:fs hears
// of in Node and in Bun. It does not announce that the cgroup is removed, and watches may be used up: so nobody waits for a change alone.
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { errnoName } from '../host/files.js';

/** The files that tell of the end of the last process, and of kills by the OOM killer. */
const WATCHED = ['cgroup.events', 'memory.events'];

/** How long a wait may take, in milliseconds: when changes are announced, and when they have to be looked for. */
const LONGEST_WAIT = { announced: 1000, unannounced: 100 };

/** The caller closes it. */
export class CgroupWatch {
  readonly #watchers: FSWatcher[] = [];
  #longest = LONGEST_WAIT.announced;
  #changed = false;
  #wake: (() => void) | null = null;

  constructor(directory: string) {
    for (const name of WATCHED) this.#watch(join(directory, name));
  }

  /**
   * Resolves when one of the files has changed since the last call, when `milliseconds` have passed, when `signal` is aborted, and in any
   * case after a second, or a tenth of one where files cannot be watched: the caller looks what is there, and waits again.
   */
  async wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#changed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, Math.min(milliseconds, this.#longest)));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', this.#wake, { once: true });
      });
      if (this.#wake !== null) signal?.removeEventListener('abort', this.#wake);
      this.#wake = null;
    }
    this.#changed = false;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(path: string): void {
    try {
      const watcher = watch(path, () => {
        this.#changed = true;
        this.#wake?.();
      });
      watcher.on('error', () => this.#lookMore());
      this.#watchers.push(watcher);
    } catch (error) {
      // Not there: no memory controller, or no cgroup any more. Otherwise no watch is to be had (ENOSPC, EMFILE; inotify(7)).
      if (errnoName(error) !== 'ENOENT') this.#lookMore();
    }
  }

  #lookMore(): void {
    this.#longest = LONGEST_WAIT.unannounced;
  }
}
