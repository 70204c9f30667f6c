// create and run, up to the point where the helper takes over: everything is checked and computed before the id is claimed, so what
// can be wrong with a bundle is said while nothing has been done.
import { fstatSync } from 'node:fs';
import type { CgroupManager } from '../base/cgroup-manager.js';
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { firstClosedDescriptor } from '../host/caller.js';
import type { HelperInvocation } from '../host/helper.js';
import { creatorIdentity } from '../host/process.js';
import { compilePlan } from '../plan/compile.js';
import { encodePlan } from '../plan/encode.js';
import { claim, prepareRoot } from '../state/store.js';
import { encodeSummary } from '../state/summary.js';
import { openBundle } from './bundle.js';
import { discardDeadCreate } from './delete.js';
import { readSpecFacts } from './spec-facts.js';

export interface CreateOptions {
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of a file that gets init's pid. */
  readonly pidFile?: string | undefined;
  /** Absolute path of a socket for the terminal. */
  readonly consoleSocket?: string | undefined;
  readonly noPivot?: boolean | undefined;
  readonly noNewKeyring?: boolean | undefined;
  /** Descriptors from 3 on that the program keeps, beside those of socket activation. */
  readonly preserveFds?: number | undefined;
  /** Descriptors that socket activation passed (LISTEN_FDS). */
  readonly listenFds?: number | undefined;
  /** Absolute path of a socket for a pidfd of init. */
  readonly pidfdSocket?: string | undefined;
  /** Who makes the container's cgroup; default `cgroupfs`, tsrun itself. */
  readonly cgroupManager?: CgroupManager | undefined;
}

export interface RunOptions extends CreateOptions {
  readonly detach?: boolean | undefined;
  /** Keep the container's state after it has exited. */
  readonly keep?: boolean | undefined;
}

/** A claimed container: what the helper has to do next, and what its user should know. */
export interface Preparation {
  readonly invocation: HelperInvocation;
  readonly warnings: readonly string[];
}

/**
 * Claims `id` and writes state and plan; the helper's mode `create` makes the container from them.
 * @throws TsrunError USAGE, IO, CONTAINER_EXISTS; SpecError with every problem of config.json. Nothing is left then.
 */
export async function prepareCreate(root: string, id: string, options: CreateOptions): Promise<Preparation> {
  return await prepare(root, id, options, { detached: true, barrier: 'fifo', mode: 'create' });
}

/** As prepareCreate, for a container that is started at once. */
export async function prepareRun(root: string, id: string, options: RunOptions): Promise<Preparation> {
  const mode = options.detach ? 'run-detach' : options.keep ? 'run-keep' : 'run';
  return await prepare(root, id, options, { detached: options.detach ?? false, barrier: 'none', mode });
}

interface Manner {
  readonly detached: boolean;
  readonly barrier: 'fifo' | 'none';
  readonly mode: string;
}

async function prepare(root: string, idText: string, options: CreateOptions, manner: Manner): Promise<Preparation> {
  const id = parseContainerId(idText);
  const bundle = openBundle(options.bundle);
  checkOptions(options);
  const cgroupManager = options.cgroupManager ?? 'cgroupfs';
  const facts = await readSpecFacts(bundle.spec, cgroupManager);
  const preserveFds = (options.preserveFds ?? 0) + (options.listenFds ?? 0);
  checkDescriptors(preserveFds);
  const { plan, cgroup, warnings } = compilePlan(bundle.spec, facts, {
    id,
    cgroupManager,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    pidFile: options.pidFile,
    noPivot: options.noPivot ?? false,
    noNewKeyring: options.noNewKeyring ?? false,
    preserveFds,
    listenFds: options.listenFds ?? 0,
    barrier: manner.barrier,
  });
  prepareRoot(root);
  const record = {
    id,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    owner: await ownerName(facts.uid),
    creator: creatorIdentity(),
    cgroup,
  };
  const summary = encodeSummary({ ...record, spec: bundle.spec });
  const files = { specText: bundle.specText, plan: encodePlan(plan), summary };
  const stateDirectory = await claimOrHeal(root, id, () => claim(root, record, files));
  return { invocation: { mode: manner.mode, stateDirectory }, warnings: [...bundle.warnings, ...warnings] };
}

/** A directory that a killed create left does not stand in the way of the next one. */
async function claimOrHeal(root: string, id: ContainerId, attempt: () => string): Promise<string> {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof TsrunError && error.code === 'CONTAINER_EXISTS' && (await discardDeadCreate(root, id))) {
      return attempt();
    }
    throw error;
  }
}

function checkOptions(options: CreateOptions): void {
  if (options.pidfdSocket !== undefined) {
    throw new TsrunError('USAGE', 'cannot send a pidfd: --pidfd-socket is not supported by this version');
  }
  // runc's words, which callers know.
  if (options.consoleSocket !== undefined) {
    throw new TsrunError('USAGE', 'cannot use console socket if runc will not detach or allocate tty', {
      hint: 'a console socket needs process.terminal, which this version does not support yet',
    });
  }
}

/** The engine has descriptors of its own, so what the front noted counts; without the front, what is open now. */
function checkDescriptors(count: number): void {
  const firstClosed = firstClosedDescriptor();
  for (let fd = 3; fd < 3 + count; fd++) {
    if (firstClosed === null ? !isOpen(fd) : fd >= firstClosed) {
      throw new TsrunError('USAGE', `cannot preserve descriptor ${fd}: it is not open`);
    }
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

async function ownerName(uid: number): Promise<string> {
  if (uid === 0) return 'root';
  const { userInfo } = await import('node:os');
  return userInfo().username;
}
