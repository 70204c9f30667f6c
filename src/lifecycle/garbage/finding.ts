// What gc finds: the thing, the proof, and how it is removed.
import { TsrunError } from '../../base/errors.js';
import { describeSystemError, errnoName } from '../../host/files.js';

/** Something that a crash has left. */
export interface Garbage {
  readonly kind: 'directory' | 'file' | 'container' | 'update' | 'cgroup' | 'process';
  /** An id, a path, or a pid. */
  readonly name: string;
  /** What proves that it is a container's of this state root, and nobody's any more. */
  readonly reason: string;
}

export interface Finding extends Garbage {
  /** False if it has become somebody's meanwhile. @throws TsrunError when it cannot be removed; that somebody else was faster is as good. */
  readonly remove: () => Promise<boolean>;
}

export interface GarbageScope {
  /** The state root; it need not exist any more. */
  readonly root: string;
  /** What was found before. */
  readonly garbage: readonly Garbage[];
  /** For what cannot be looked at. */
  readonly problems: TsrunError[];
}

/** A removal in the state root: what the system refuses is said with the path. */
export function removing(path: string, remove: () => void): () => Promise<boolean> {
  return async () => {
    try {
      remove();
      return true;
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      if (errnoName(error) === 'ENOENT') return true;
      throw new TsrunError('IO', `cannot remove "${path}": ${describeSystemError(error)}`, { cause: error });
    }
  };
}
