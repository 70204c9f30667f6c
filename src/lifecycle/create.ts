// create and run, up to the point where the helper takes over: everything is checked and computed before the id is claimed, so what
// can be wrong with a bundle is said while nothing has been done.
import { join } from 'node:path';
import type { CgroupManager } from '../base/cgroup-manager.js';
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { TsrunError } from '../base/errors.js';
import { readRegularFile } from '../host/files.js';
import type { HelperInvocation } from '../host/helper.js';
import { creatorIdentity } from '../host/process.js';
import { type CompileResult, compilePlan } from '../plan/compile.js';
import { encodePlan } from '../plan/encode.js';
import { encodeExecTemplate } from '../plan/exec-template.js';
import type { NotifyRequest } from '../plan/notify.js';
import { type ClaimFiles, claim, containerDirectory, prepareRoot, type StateRecord } from '../state/store.js';
import { encodeSummary } from '../state/summary.js';
import { type Bundle, openBundle } from './bundle.js';
import { checkDescriptors } from './preserved-descriptors.js';
import { readSpecFacts } from './spec-facts.js';
import { checkTerminal } from './terminal.js';

export interface CreateOptions {
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of a file that gets init's pid. */
  readonly pidFile?: string | undefined;
  /** Absolute path of a socket that gets the terminal, for `create` and with `detach`; only with process.terminal, which needs it there. */
  readonly consoleSocket?: string | undefined;
  readonly noPivot?: boolean | undefined;
  readonly noNewKeyring?: boolean | undefined;
  /** Descriptors from 3 on that the program keeps, beside those of socket activation. */
  readonly preserveFds?: number | undefined;
  /** Descriptors that socket activation passed (LISTEN_FDS). */
  readonly listenFds?: number | undefined;
  /** Their names (LISTEN_FDNAMES). */
  readonly listenNames?: string | undefined;
  /** Absolute path of a socket for a pidfd of init. */
  readonly pidfdSocket?: string | undefined;
  /** Address of the socket that waits for the container's readiness (sd_notify(3), NOTIFY_SOCKET): an absolute path, or `@` and a name. */
  readonly notifySocket?: string | undefined;
  /** Who makes the container's cgroup; default `cgroupfs`, tsrun itself. */
  readonly cgroupManager?: CgroupManager | undefined;
  /** Whether a container that names no cgroup and asks for no limits may go without one where none can be made; default: where the caller is not root of the host. */
  readonly rootless?: boolean | undefined;
}

export interface RunOptions extends CreateOptions {
  readonly detach?: boolean | undefined;
  /** Keep the container's state after it has exited. */
  readonly keep?: boolean | undefined;
  /** Whether the container's orphans, where they leave its pid namespace, are the command's to reap; default true. */
  readonly subreaper?: boolean | undefined;
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
  return await prepare(root, id, options, { detached: true, subreaper: false, barrier: 'fifo', mode: 'create' });
}

/** As prepareCreate, for a container that is started at once. */
export async function prepareRun(root: string, id: string, options: RunOptions): Promise<Preparation> {
  const mode = options.detach ? 'run-detach' : options.keep ? 'run-keep' : 'run';
  const { detach: detached = false, subreaper = true } = options;
  return await prepare(root, id, options, { detached, subreaper, barrier: 'none', mode });
}

interface Manner {
  readonly detached: boolean;
  readonly subreaper: boolean;
  readonly barrier: 'fifo' | 'none';
  readonly mode: string;
}

async function prepare(root: string, idText: string, options: CreateOptions, manner: Manner): Promise<Preparation> {
  const id = parseContainerId(idText);
  const bundle = openBundle(options.bundle);
  checkNotifySocket(options);
  checkTerminal(bundle.spec.process, { detached: manner.detached, consoleSocket: options.consoleSocket });
  const cgroupManager = options.cgroupManager ?? 'cgroupfs';
  const facts = await readSpecFacts(bundle.spec, { cgroupManager, rootless: options.rootless, bundle: bundle.path });
  const preserveFds = (options.preserveFds ?? 0) + (options.listenFds ?? 0);
  checkDescriptors(preserveFds);
  const compiled = compilePlan(bundle.spec, facts, {
    id,
    cgroupManager,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    pidFile: options.pidFile,
    consoleSocket: options.consoleSocket,
    reapsOrphans: !manner.detached && manner.subreaper,
    pidfdSocket: options.pidfdSocket,
    noPivot: options.noPivot ?? false,
    noNewKeyring: options.noNewKeyring ?? false,
    preserveFds,
    listenFds: options.listenFds ?? 0,
    listenNames: options.listenNames,
    notify: options.notifySocket === undefined ? undefined : describeNotify(root, id, manner),
    barrier: manner.barrier,
  });
  prepareRoot(root);
  const { cgroup, resctrl, warnings } = compiled;
  const record = {
    id,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    owner: ownerName(facts.uid),
    creator: creatorIdentity(),
    cgroup,
    ...(resctrl === null ? {} : { resctrl }),
    ...(options.noNewKeyring ? { noNewKeyring: true } : {}),
    ...(manner.mode === 'run' ? { endsWithRun: true } : {}),
  };
  const files = encodeFiles(bundle, record, compiled);
  const stateDirectory = await claimOrHeal(root, id, () => claim(root, record, files));
  return {
    invocation: { mode: manner.mode, stateDirectory, notifySocket: options.notifySocket },
    warnings: [...bundle.warnings, ...warnings],
  };
}

/** What is written at the claim. */
function encodeFiles(
  { spec, specText, warnings }: Bundle,
  record: Omit<StateRecord, 'version' | 'spec'>,
  { plan, cgroup, resctrl }: CompileResult,
): ClaimFiles {
  const { id, bundle, noNewKeyring = false } = record;
  const execTemplate = encodeExecTemplate({ spec, cgroup, resctrl }, { id, bundle, noNewKeyring }, warnings.length > 0);
  return { specText, plan: encodePlan(plan), summary: encodeSummary({ ...record, spec }), execTemplate };
}

/** A directory that a killed create or delete left does not stand in the way of the next container. */
async function claimOrHeal(root: string, id: ContainerId, attempt: () => string): Promise<string> {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof TsrunError) || error.code !== 'CONTAINER_EXISTS') throw error;
    const { healId } = await import('./remains.js');
    if (await healId(root, id)) return attempt();
    throw error;
  }
}

/** A foreground run attends to the socket beside all else. */
function describeNotify(root: string, id: ContainerId, { mode }: Manner): NotifyRequest {
  return {
    directory: join(containerDirectory(root, id), 'notify'),
    awaited: mode === 'create' || mode === 'run-detach',
  };
}

/** @throws TsrunError USAGE. */
function checkNotifySocket({ notifySocket }: CreateOptions): void {
  if (notifySocket !== undefined && !/^(\/|@.)/.test(notifySocket)) {
    throw new TsrunError(
      'USAGE',
      `cannot use NOTIFY_SOCKET ${JSON.stringify(notifySocket)}: must be an absolute path, or begin with "@"`,
    );
  }
}

/** A user whom the host does not know by name is told by number, as runc tells it. Of the compiled engine userInfo() of node:os knows nobody. */
function ownerName(uid: number): string {
  if (uid === 0) return 'root';
  const lines = readAccounts()
    .split('\n')
    .map((line) => line.split(':'));
  return lines.find((fields) => fields[2] === String(uid))?.[0] || `#${uid}`;
}

/** A host without accounts, or with more than are worth it, has no names. */
function readAccounts(): string {
  try {
    return readRegularFile('/etc/passwd', MAX_ACCOUNTS_BYTES).toString('latin1');
  } catch {
    return '';
  }
}

const MAX_ACCOUNTS_BYTES = 1024 * 1024;
