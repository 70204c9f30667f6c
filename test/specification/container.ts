// Containers of any OCI runtime: created, started, asked and deleted by the command line that runc gave to all of them.
import { expect } from 'vitest';
import { type Bundle, type BundleOptions, makeBundle, type SpecDraft } from '../support/bundle.js';
import { type ProbeReport, parseReport } from '../support/probe.js';
import { type ContainerState, newTsrun, type Outcome, type Tsrun } from '../support/tsrun.js';

export type Change = (spec: SpecDraft, bundle: Bundle) => void;

export interface Created {
  /** The runtime, on a state root of its own. */
  readonly runtime: Tsrun;
  readonly id: string;
  readonly bundle: Bundle;
  /** @throws Error when the runtime knows no such container. */
  readonly state: () => ContainerState;
}

/** What crun 1.8 and runc 1.1 know as well: a test that needs a later one says so. */
const VERSION = '1.0.2';

export const SLEEPS: BundleOptions = { args: ['/probe', 'sleep', '600'] };

/** The bundle of test/support/bundle.ts, of a version of the specification that every runtime knows. */
export function bundleOf(options: BundleOptions = {}): Bundle {
  return makeBundle({
    ...options,
    mutate: (spec, bundle) => {
      spec.ociVersion = VERSION;
      options.mutate?.(spec, bundle);
    },
  });
}

/** What `run` in the foreground says to a bundle; there is no container afterwards. */
export function run(options: BundleOptions = {}): Outcome & { readonly bundle: Bundle } {
  const runtime = newTsrun();
  const bundle = bundleOf(options);
  return { bundle, ...runtime.call(['run', '--bundle', bundle.path, runtime.newId()]) };
}

/** What the probe finds in a container; warnings of the runtime are its own concern. */
export function report(change?: Change, options: Omit<BundleOptions, 'mutate' | 'args'> = {}): ProbeReport {
  return parseReport(ask(['report'], change, options));
}

/** What the probe prints when it is run with these arguments. */
export function ask(
  args: readonly string[],
  change?: Change,
  options: Omit<BundleOptions, 'mutate' | 'args'> = {},
): string {
  const changed = change === undefined ? {} : { mutate: change };
  const { status, stdout, stderr } = run({ ...options, ...changed, args: ['/probe', ...args] });
  if (status !== 0) throw new Error(`probe ${args.join(' ')}: status ${status}: ${stderr}`);
  return stdout;
}

/** A created container; it sleeps when it is started, unless the options have other arguments. */
export function create(options: BundleOptions = SLEEPS): Created {
  const runtime = newTsrun();
  const id = runtime.newId();
  const bundle = bundleOf({ ...SLEEPS, ...options });
  runtime.must(['create', '--bundle', bundle.path, id]);
  return { runtime, id, bundle, state: () => JSON.parse(runtime.must(['state', id]).stdout) as ContainerState };
}

/** As create, and its program runs. */
export function start(options: BundleOptions = SLEEPS): Created {
  const created = create(options);
  created.runtime.must(['start', created.id]);
  return created;
}

/** `create` fails, and there is no container; answers what it says. Without the change the same config.json has to be good. */
export function expectRefused(bad: Change, options: BundleOptions = {}): string {
  const runtime = newTsrun();
  const id = runtime.newId();
  const mutate: Change = (spec, bundle) => {
    options.mutate?.(spec, bundle);
    bad(spec, bundle);
  };
  const bundle = bundleOf({ ...SLEEPS, ...options, mutate });
  const { status, stderr } = runtime.call(['create', '--bundle', bundle.path, id]);
  expect(status, 'the status of create').not.toBe(0);
  expect(runtime.state(id)).toBeNull();
  create({ ...SLEEPS, ...options });
  return stderr;
}
