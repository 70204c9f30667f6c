// Containers with a terminal.
import { readFileSync } from 'node:fs';
import { type BundleOptions, makeBundle } from './bundle.js';
import { runOnTerminal, type TerminalRun, type Window } from './terminal.js';
import { newTsrun, type Tsrun } from './tsrun.js';

/** What `probe terminal` says on a terminal of 24 by 80 that is root's, and on /dev/console. */
export const TERMINAL = {
  streams: '/dev/pts/0',
  rows: 24,
  columns: 80,
  uid: 0,
  gid: 5,
  mode: '0620',
  controls: true,
  foreground: true,
  console: true,
  canonical: true,
} as const;

/** A bundle of the probe with a terminal. */
export function makeTerminalBundle(args: readonly string[], options: Omit<BundleOptions, 'args'> = {}) {
  return makeBundle({
    ...options,
    args: ['/probe', ...args],
    mutate: (spec, bundle) => {
      spec.process.terminal = true;
      options.mutate?.(spec, bundle);
    },
  });
}

export interface TerminalContainer extends TerminalRun {
  readonly tsrun: Tsrun;
  readonly id: string;
  readonly rootfs: string;
}

/** `tsrun run FLAGS` of such a bundle, on a terminal. */
export async function runContainerOnTerminal(
  args: readonly string[],
  { flags = [], ...options }: Omit<BundleOptions, 'args'> & Window & { readonly flags?: readonly string[] } = {},
): Promise<TerminalContainer> {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeTerminalBundle(args, options);
  const started = await runOnTerminal(tsrun, ['run', ...flags, '--bundle', bundle.path, id], options);
  return { ...started, tsrun, id, rootfs: bundle.rootfs };
}

/** The only child of a process, or null. */
export function childOf(pid: number): number | null {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? null : Number(children);
}
