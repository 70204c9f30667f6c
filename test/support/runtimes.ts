// The runtimes that managers are tested with.
import { PROJECT } from './paths.js';

export interface Runtime {
  /** As a manager's configuration names it. */
  readonly name: string;
  readonly path: string;
}

/** runc first: what it fails says nothing about tsrun, but that the test or the machine is wrong. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'runc', path: '/usr/sbin/runc' },
  { name: 'tsrun', path: `${PROJECT}/bin/tsrun` },
];
