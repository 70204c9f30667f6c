// The words of runtime-spec "State", shared by the store, the verbs and the command line.

/** Specification version this runtime implements, and writes into every state. */
export const OCI_VERSION = '1.3.0';

/** runtime-spec `status`, and `paused` as every runtime has it. */
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** What `tsrun state` prints: runtime-spec State with runc's additions. */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when the container is stopped. */
  readonly pid: number;
  readonly status: ContainerStatus;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339. */
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Name of the user who created it. */
  readonly owner: string;
  /** The kernel killed a process of it for want of memory; told of a stopped container. */
  readonly oomKilled?: true | undefined;
}

/** What is known about a container's init and its surroundings at one moment. */
export interface StatusFacts {
  /** create has published the container. */
  readonly published: boolean;
  readonly initAlive: boolean;
  readonly creatorAlive: boolean;
  /** init waits in exec.fifo: the fifo is there and the process still bears the helper's name. */
  readonly waiting: boolean;
  readonly frozen: boolean;
}

/** The status table. A create that died before it was published is `stopped`: all that is left to do is to delete it. */
export function deriveStatus(facts: StatusFacts): ContainerStatus {
  if (!facts.published) return facts.creatorAlive ? 'creating' : 'stopped';
  if (!facts.initAlive) return 'stopped';
  if (facts.frozen) return 'paused';
  return facts.waiting ? 'created' : 'running';
}
