// What an attack is, and how it is written down in rows/: who finds which door, what shuts it, and how a test sees that it is shut.
import type { Bundle, SpecDraft } from '../support/bundle.js';
import type { PeerName } from '../support/peers.js';
import type { ProbeReport } from '../support/probe.js';
import type { Canary } from './canary.js';

/** How a container, or a process in it, comes to be. */
export interface Variant {
  readonly terminal: boolean;
  readonly userNamespace: boolean;
  /** Of the rootfs. */
  readonly readonly: boolean;
  /** `create` and `start`, `run` in the foreground, or `exec` in a container that runs. */
  readonly way: 'create' | 'run' | 'exec';
}

/** What a row is asked to make hostile, and what it is given to lead there. */
export type Mutate = (spec: SpecDraft, bundle: Bundle, canary: Canary, variant: Variant) => void;

/** A container that runs, for what its own processes would change before somebody executes something in it, or deletes it. */
export interface Live {
  readonly pid: number;
  /** Runs the probe with these arguments in the container's namespaces, as its root, but with every capability. */
  readonly within: (args: readonly string[]) => void;
  readonly bundle: Bundle;
  readonly canary: Canary;
  readonly variant: Variant;
}

/** What came of it where a program ran. */
export interface Seen {
  readonly status: number | null;
  /** What the program printed, on its terminal if it has one; and, without one, the runtime's own words. */
  readonly stdout: string;
  readonly stderr: string;
  readonly bundle: Bundle;
  readonly canary: Canary;
  readonly variant: Variant;
  /** What `/probe report` printed. */
  readonly report: () => ProbeReport;
  /** What `/probe attempt` printed behind `question`, such as `write /file`. */
  readonly answer: (question: string) => string;
}

/** The outcomes that a row allows; one of both at least. */
export interface Allowed {
  /** The runtime refuses, and says this. Of another runtime any words will do. */
  readonly refused?: RegExp;
  /** The program runs, and sees what this expects. */
  readonly ran?: (seen: Seen) => void;
}

/** The same attack on a process that is put into a running container. */
export interface ExecAttack {
  /** Instead of the row's; the container's program sleeps, whatever is in `process.args`. */
  readonly mutate?: Mutate;
  /** What the container's processes have done by then. */
  readonly prepare?: (live: Live) => void;
  readonly flags?: readonly string[] | ((live: Live) => readonly string[]);
  readonly args: readonly string[] | ((live: Live) => readonly string[]);
  /** Default: the row's. */
  readonly expect?: Expected;
}

export type Expected = Allowed | ((variant: Variant) => Allowed);

interface Description {
  /** Of its own among all rows. */
  readonly id: string;
  /** Where it was found before: CVE, GHSA or what else it is known by. */
  readonly cve: readonly string[];
  /** The guarantee, in one sentence. */
  readonly title: string;
  /** What the door is. */
  readonly door: string;
  /** What shuts it. */
  readonly defence: string;
}

export interface Row extends Description {
  /** Runtimes of Debian that fail it: it is proven that the test can fail. */
  readonly controls: readonly PeerName[];
  /** Variants that are left out, and why; one that has all of these properties. */
  readonly omits?: readonly { readonly variant: Partial<Variant>; readonly why: string }[];
  readonly mutate: Mutate;
  readonly expect: Expected;
  /** What happens between the program's end and `delete`. */
  readonly beforeDelete?: (bundle: Bundle, canary: Canary) => void;
  /** A shell script that calls the runtime, `exec "$@"`, after what its caller does first; `$CANARY` is the path of the canary. */
  readonly caller?: string;
  readonly exec?: ExecAttack;
}

/** An attack that other tests show, as titles.ts reads them (`integration/descriptors: ...`), or that tsrun has no door for. */
export interface Reference extends Description {
  readonly shown?: readonly string[];
  readonly without?: string;
}

export type Attack = Row | Reference;

export function isRow(attack: Attack): attack is Row {
  return 'mutate' in attack;
}
