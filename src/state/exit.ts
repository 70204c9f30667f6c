// The file `exit`: how a container that `run --keep` has run ended (c/helper.c writes it).
import { join } from 'node:path';
import { readStateFile } from './store.js';

export interface ExitRecord {
  /** -1 when a signal ended it. */
  readonly code: number;
  /** 0 when it exited. */
  readonly signal: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Processes that the kernel killed for want of memory; null: not known, the cgroup had no count or was gone. */
  readonly oomKills: number | null;
}

/** Null when nobody saw the end of the container. */
export function readExit(stateDirectory: string): ExitRecord | null {
  const match = /^(-?\d+) (\d+) (\d+) (-?\d+)\n$/.exec(readStateFile(join(stateDirectory, 'exit')) ?? '');
  if (!match) return null;
  const [, code = -1, signal = 0, time = 0, oomKills = 0] = match.map(Number);
  return { code, signal, time, oomKills: oomKills < 0 ? null : oomKills };
}
