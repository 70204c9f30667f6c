// Containers in a resctrl of the test's own: a stand-in (resctrl.c), as only a processor with Intel RDT gives the kernel's. Its type is not the
// kernel's, so no `tsrun create` would find it: the container is created from a plan that was compiled for it, by the helper that is built.
// Everything after that is tsrun's command line.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseContainerId } from '../../src/base/container-id.js';
import { runHelper } from '../../src/host/helper.js';
import { readResctrlFacts, readSchemata } from '../../src/host/resctrl.js';
import { openBundle } from '../../src/lifecycle/bundle.js';
import { parseReport, reportError } from '../../src/lifecycle/helper-report.js';
import { readSpecFacts } from '../../src/lifecycle/spec-facts.js';
import { compilePlan } from '../../src/plan/compile.js';
import { encodePlan } from '../../src/plan/encode.js';
import type { Linux } from '../../src/spec/types.js';
import { claim, prepareRoot } from '../../src/state/store.js';
import { encodeSummary } from '../../src/state/summary.js';
import { type BundleOptions, makeBundle } from './bundle.js';
import { makeTemporary } from './temporary.js';
import type { Tsrun } from './tsrun.js';
import { waitFor } from './wait-for.js';

export type IntelRdt = NonNullable<Linux['intelRdt']>;

export class Resctrl {
  /** Where it is mounted. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  /** True if there is a group of this name. */
  has(group: string): boolean {
    return existsSync(join(this.root, group));
  }

  /** Pids in a group, of `''` the default class. */
  tasks(group: string): number[] {
    return this.read(join(group, 'tasks')).split('\n').filter(Boolean).map(Number);
  }
}

/** Mounts it; it is unmounted at the end of the test. */
export async function mountResctrl(): Promise<Resctrl> {
  const directory = makeTemporary();
  const program = join(directory, 'program');
  const root = join(directory, 'mounted');
  const source = join(import.meta.dirname, 'resctrl.c');
  execFileSync('gcc', ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  execFileSync('mkdir', [root]);
  const server = spawn(program, [root], { stdio: 'inherit' });
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', root]);
    server.kill('SIGKILL');
  });
  await waitFor('resctrl to be mounted', () => existsSync(join(root, 'info')));
  return new Resctrl(root);
}

export interface Prepared {
  readonly id: string;
  readonly stateDirectory: string;
}

/** Claims an id for a container with this intelRdt, and writes its plan: what `create` does before the helper. Throws a SpecError. */
export async function prepareIn(
  resctrl: Resctrl,
  tsrun: Tsrun,
  intelRdt: IntelRdt,
  options: BundleOptions = {},
): Promise<Prepared> {
  const id = parseContainerId(tsrun.newId());
  const { path } = makeBundle({
    args: ['/probe', 'sleep', '3600'],
    ...options,
    mutate: (spec, bundle) => {
      spec.linux.intelRdt = intelRdt;
      options.mutate?.(spec, bundle);
    },
  });
  const bundle = openBundle(path);
  const { closID = '' } = intelRdt;
  const schemata = closID === '' ? null : readSchemata(resctrl.root, closID === '/' ? '' : closID);
  const facts = {
    ...(await readSpecFacts(bundle.spec, { cgroupManager: 'cgroupfs', rootless: undefined, bundle: bundle.path })),
    resctrl: { ...readResctrlFacts(''), root: resctrl.root, schemata },
  };
  const {
    plan,
    cgroup,
    resctrl: location,
  } = compilePlan(bundle.spec, facts, {
    id,
    cgroupManager: 'cgroupfs',
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    noPivot: false,
    noNewKeyring: false,
    preserveFds: 0,
    listenFds: 0,
    barrier: 'fifo',
  });
  const record = {
    id,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    owner: 'root',
    // Nobody: delete --force would kill it.
    creator: { pid: 2 ** 22, startTime: '1' },
    cgroup,
    ...(location === null ? {} : { resctrl: location }),
  };
  prepareRoot(tsrun.root);
  const summary = encodeSummary({ ...record, spec: bundle.spec });
  // Without a template of an exec, which is then the engine's.
  const files = { specText: bundle.specText, plan: encodePlan(plan), summary, execTemplate: '' };
  return { id, stateDirectory: claim(tsrun.root, record, files) };
}

/** Creates a container there; answers its id. Throws the error that a user would read. */
export async function createIn(...args: Parameters<typeof prepareIn>): Promise<string> {
  const { id, stateDirectory } = await prepareIn(...args);
  const { status, record } = await runHelper({ mode: 'create', stateDirectory });
  if (status !== 0) throw reportError(parseReport(record), { verb: 'create', id: 'ID' });
  return id;
}

/** What a create that has failed, or was deleted, must not have left. */
export function leftoverGroups({ root }: Resctrl, names: readonly string[]): string[] {
  return names.filter((name) => existsSync(join(root, name)));
}

/** Names in a state directory that say what the container has made. */
export function marksOf(stateDirectory: string): string[] {
  return readdirSync(stateDirectory).filter((name) => name.startsWith('resctrl.'));
}
