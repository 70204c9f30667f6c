// Containers that stay, for processes that exec puts beside their init.
import { join } from 'node:path';
import { type Bundle, type BundleOptions, makeBundle } from './bundle.js';
import { type ProbeReport, parseReport } from './probe.js';
import { type CallOptions, newTsrun, type Outcome, type Tsrun } from './tsrun.js';

/** A container whose init sleeps. */
export interface Host {
  readonly tsrun: Tsrun;
  readonly id: string;
  readonly bundle: Bundle;
  /** Of its init. */
  readonly pid: number;
  /** Runs `tsrun exec FLAGS ID ARGS` to its end. */
  readonly exec: (args: readonly string[], flags?: readonly string[], options?: CallOptions) => Outcome;
}

/** Starts a container that is deleted at the end of the test; its init sleeps unless the options say otherwise. */
export function startHost(options: BundleOptions = {}, flags: readonly string[] = []): Host {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'sleep', '3600'], ...options });
  tsrun.must(['run', '--detach', ...flags, '--bundle', bundle.path, id]);
  const exec: Host['exec'] = (args, more = [], call = {}) => tsrun.call(['exec', ...more, id, ...args], call);
  return { tsrun, id, bundle, pid: tsrun.state(id)?.pid ?? 0, exec };
}

/** What the probe reports of itself beside the container's init. */
export function reportBeside({ exec }: Host, flags: readonly string[] = []): ProbeReport {
  const { status, stdout, stderr } = exec(['/probe', 'report'], flags);
  if (status !== 0 || stderr !== '') throw new Error(`exec: status ${status}: ${stderr}`);
  return parseReport(stdout);
}

/** A file in the test's own directory. */
export function besideBundle({ bundle }: Host, name: string): string {
  return join(bundle.path, name);
}
