// exec: one more process in a container. Everything that can be wrong with it is said before anything is done; the helper then gets the plan
// from this process, and keeps it nowhere.
import { type ContainerId, parseContainerId } from '../base/container-id.js';
import { SpecError, TsrunError } from '../base/errors.js';
import { isRepeatedExec } from '../host/caller.js';
import { describeSystemError, readRegularFile } from '../host/files.js';
import type { ProcessIdentity } from '../host/process.js';
import { encodePlan } from '../plan/encode.js';
import { compileExec } from '../plan/exec.js';
import { changeProcess, completeProcess, type ProcessChanges } from '../plan/exec-process.js';
import { findNamespace } from '../spec/namespaces.js';
import type { Process, Spec } from '../spec/types.js';
import { readSnapshot, type Snapshot } from '../state/status.js';
import { containerDirectory } from '../state/store.js';
import type { Preparation } from './create.js';
import { checkDescriptors } from './preserved-descriptors.js';
import { checkTerminal } from './terminal.js';

export interface ExecOptions extends ProcessChanges {
  /** Do not wait for the program to end. */
  readonly detach?: boolean | undefined;
  /** Whether the program's orphans, where they leave the pid namespace, are the command's to reap; default true. */
  readonly subreaper?: boolean | undefined;
  /** Absolute path of a file that gets the pid of the process once its program runs. */
  readonly pidFile?: string | undefined;
  /** Absolute path of a socket that gets the terminal, with `detach`; only with a terminal, which needs it there. */
  readonly consoleSocket?: string | undefined;
  /** Absolute path of a socket for a pidfd of the process. */
  readonly pidfdSocket?: string | undefined;
  /** Descriptors from 3 on that the program keeps, beside those of socket activation. */
  readonly preserveFds?: number | undefined;
  /** Descriptors that socket activation passed (LISTEN_FDS). */
  readonly listenFds?: number | undefined;
  /** Their names (LISTEN_FDNAMES). */
  readonly listenNames?: string | undefined;
  /** In a paused container as well: the process begins when that goes on. */
  readonly ignorePaused?: boolean | undefined;
  /** A cgroup below the container's own, relative to it; `/` is the container's own and no other. */
  readonly cgroup?: string | undefined;
}

/** What runs: the container's own process as it was at create, or another one, as text or as it is, which is then checked. */
export type ProcessSource =
  | 'own'
  | { readonly document: Uint8Array; readonly what: string }
  | { readonly process: Process };

/**
 * The document of `--process`.
 * @throws TsrunError IO when it is no regular file of at most 16 MiB.
 */
export function readProcessFile(path: string): ProcessSource {
  try {
    return { document: readRegularFile(path, MAX_DOCUMENT_BYTES), what: path };
  } catch (error) {
    if (error instanceof TsrunError) throw error;
    throw new TsrunError('IO', `cannot read "${path}": ${describeSystemError(error)}`, { cause: error });
  }
}

/** As of a config.json. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/**
 * Checks all of it and answers what the helper has to do: its mode is `exec` or `exec-detach`.
 * @throws TsrunError USAGE, CONTAINER_NOT_FOUND, CONTAINER_STATUS, STATE_CORRUPT; SpecError with everything that is wrong with the process.
 */
export async function prepareExec(
  root: string,
  idText: string,
  source: ProcessSource,
  options: ExecOptions,
): Promise<Preparation> {
  const id = parseContainerId(idText);
  const snapshot = readSnapshot(root, id);
  const init = checkStatus(snapshot, options.ignorePaused ?? false);
  const spec = await readSpec(root, id, snapshot);
  const { process, warnings } = await readProcess(spec, source, options);
  const { detach: detached = false, consoleSocket } = options;
  checkTerminal(process, { detached, consoleSocket });
  const preserveFds = (options.preserveFds ?? 0) + (options.listenFds ?? 0);
  checkDescriptors(preserveFds);
  if (options.account === undefined) await checkJoinedIds(process, spec, init);
  const { bundle, cgroup, resctrl, noNewKeyring } = snapshot.record;
  const subject = { spec, cgroup, resctrl: resctrl ?? null, init };
  const container = { id, bundle, noNewKeyring: noNewKeyring ?? false };
  const plan = compileExec(process, subject, {
    ...container,
    preserveFds,
    listenFds: options.listenFds ?? 0,
    listenNames: options.listenNames,
    pidFile: options.pidFile,
    consoleSocket,
    reapsOrphans: !detached && (options.subreaper ?? true),
    pidfdSocket: options.pidfdSocket,
    account: options.account,
    subCgroup: readSubCgroup(options.cgroup),
  });
  const mode = detached ? 'exec-detach' : 'exec';
  const stateDirectory = containerDirectory(root, id);
  const prepared = { source, changes: options, process, warnings, subject, container, stateDirectory };
  const afterwards = async () => {
    if (isRepeatedExec()) (await import('./repeated-exec.js')).keepForNext(prepared);
  };
  return { invocation: { mode, stateDirectory, plan: encodePlan(plan), afterwards }, warnings };
}

/** In runc's words, which callers know. Answers the init that lives. */
function checkStatus({ status, init }: Snapshot, ignorePaused: boolean): ProcessIdentity {
  const isFit = status === 'created' || status === 'running' || (status === 'paused' && ignorePaused);
  if (isFit && init !== null) return init;
  const reasons = {
    creating: 'cannot exec in a container that is still being created',
    paused: 'cannot exec in a paused container (use --ignore-paused to override)',
    stopped: 'cannot exec in a stopped container',
  };
  throw new TsrunError('CONTAINER_STATUS', reasons[isFit ? 'stopped' : status]);
}

/**
 * What a user namespace with a path maps is not in config.json.
 * @throws SpecError for ids of the process that it does not map.
 */
async function checkJoinedIds({ user }: Process, spec: Spec, { pid }: ProcessIdentity): Promise<void> {
  const path = findNamespace(spec, 'user')?.path ?? '';
  if (path === '') return;
  const [{ readIdFacts }, { listUnmapped }] = await Promise.all([
    import('../host/id-facts.js'),
    import('../plan/id-maps.js'),
  ]);
  const { joined } = await readIdFacts(`/proc/${pid}/ns/user`);
  const problems = joined === null ? [] : listUnmapped(user, joined, path);
  if (problems.length > 0) {
    const own = problems.map((problem) => ({ ...problem, path: problem.path.replace(/^process\./, '') }));
    throw new SpecError('SPEC_INVALID', own, { document: 'process' });
  }
}

/** JSON.parse rounds integers that a number cannot hold, such as a limit of 2^64-1: then the text is read once more, slowly. */
async function readSpec(root: string, id: ContainerId, { record }: Snapshot): Promise<Spec> {
  const { process, linux } = record.spec;
  if (!hasRoundedInteger([process, linux?.seccomp])) return record.spec;
  return (await import('../state/exact-spec.js')).readExactSpec(root, id);
}

function hasRoundedInteger(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasRoundedInteger);
}

async function readProcess(
  spec: Spec,
  source: ProcessSource,
  options: ExecOptions,
): Promise<{ process: Process; warnings: readonly string[] }> {
  const own = spec.process;
  if (own === undefined)
    throw new TsrunError('STATE_CORRUPT', 'cannot exec: the state of the container has no process');
  if (source === 'own') {
    // As runc: the terminal of the container's own process says nothing about another one's.
    const process = changeProcess({ ...own, terminal: false }, options);
    if (CHECKED.every((key) => options[key] === undefined)) return { process, warnings: [] };
    const { checkProcessAlone } = await import('../spec/process-document.js');
    return { process, warnings: checkProcessAlone(process, spec, 'process') };
  }
  const { asProcess, checkProcessAlone, parseProcess } = await import('../spec/process-document.js');
  const what = 'what' in source ? source.what : 'process';
  const given = 'document' in source ? parseProcess(source.document, what) : asProcess(source.process, what);
  const process = changeProcess(completeProcess(given, own), options);
  return { process, warnings: checkProcessAlone(process, spec, what) };
}

/** What a change of is checked; what create has checked is not checked again. */
const CHECKED = [
  'terminal',
  'cwd',
  'env',
  'uid',
  'gid',
  'additionalGids',
  'capabilities',
  'apparmorProfile',
  'selinuxLabel',
] as const satisfies readonly (keyof ProcessChanges)[];

/** Normalized and below the container's own cgroup. A list of controllers before it, as cgroup v1 has them, is refused. */
function readSubCgroup(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new TsrunError('USAGE', `cannot use cgroup ${JSON.stringify(path)}: it leaves the cgroup of the container`);
  }
  if (/^[a-z_,]+:/.test(path)) {
    throw new TsrunError(
      'USAGE',
      `cannot use cgroup ${JSON.stringify(path)}: cgroup v2 has one tree for all controllers`,
    );
  }
  return parts.join('/');
}
