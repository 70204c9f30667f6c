// The library's surface: the verbs as promises. Nothing here prints or exits; the helper runs as a child.
import { resolve } from 'node:path';
import type { ContainerState } from '../base/container-state.js';
import { TsrunError } from '../base/errors.js';
import { describeSystemError, errnoName } from '../host/files.js';
import { type HelperInvocation, type HelperOutcome, runHelper } from '../host/helper.js';
import type { Process, Resources } from '../spec/types.js';
import { type CreateOptions, type Preparation, prepareCreate, prepareRun, type RunOptions } from './create.js';
import { prepareDelete } from './delete.js';
import {
  type ContainerEvent,
  type EventsOptions,
  readContainerStatistics,
  type Statistics,
  watchEvents,
} from './events.js';
import { type ExecOptions, prepareExec } from './exec.js';
import { type Collection, type CollectOptions, collectGarbage } from './gc.js';
import { describeStep, parseReport, reportError } from './helper-report.js';
import { parseSignal, prepareKill } from './kill.js';
import { type Listing, listContainers } from './list.js';
import { preparePause, prepareResume } from './pause.js';
import { type PlanOptions, planBundle } from './plan.js';
import { listProcesses } from './ps.js';
import { checkRoot, defaultRoot } from './root.js';
import { prepareStart } from './start.js';
import { readState } from './state.js';
import { type UpdateOptions, type UpdateOutcome, updateContainer } from './update.js';

export interface RuntimeOptions {
  /** The state root; default /run/tsrun, or $XDG_RUNTIME_DIR/tsrun without root. */
  readonly root?: string | undefined;
}

/** What a verb did besides succeeding. */
export interface Done {
  readonly warnings: readonly string[];
}

/** What has come of a program: its exit status, 128 and the number of a signal that ended it, 0 at once with `detach`. */
export interface Finished extends Done {
  readonly status: number;
}

/**
 * An OCI runtime on one state root. Every method rejects with a TsrunError and nothing else, and leaves nothing behind when it does.
 * Programs that containers run get this process's standard input, output and error.
 */
export class Runtime {
  readonly root: string;

  constructor(options: RuntimeOptions = {}) {
    this.root = checkRoot(resolve(options.root ?? defaultRoot()));
  }

  /** runtime-spec `create`: the container exists and waits for start. */
  async create(id: string, options: CreateOptions): Promise<Done> {
    return await this.#make('create', id, await prepareCreate(this.root, id, options));
  }

  /** create and start in one; answers the program's exit status (128+n for signal n), or 0 at once with `detach`. */
  async run(id: string, options: RunOptions): Promise<Finished> {
    return await this.#finish('run', id, await prepareRun(this.root, id, options));
  }

  /**
   * One more program in a container: its arguments, the rest as the container's own process has it, or a whole process. Answers its exit
   * status as `run` does.
   */
  async exec(id: string, program: readonly string[] | Process, options: ExecOptions = {}): Promise<Finished> {
    const isArguments = (given: readonly string[] | Process): given is readonly string[] => Array.isArray(given);
    const preparation = isArguments(program)
      ? await prepareExec(this.root, id, 'own', { ...options, args: program })
      : await prepareExec(this.root, id, { process: program }, options);
    return await this.#finish('exec', id, preparation);
  }

  /**
   * runtime-spec `start`: resolves when the program has been executed; with the `notifySocket` of CreateOptions in both, when it has said
   * that it is ready, or has ended.
   */
  async start(id: string, options: { readonly notifySocket?: string | undefined } = {}): Promise<Done> {
    return await this.#do('start', id, { ...prepareStart(this.root, id), ...options });
  }

  /** runtime-spec `kill`: `signal` is a name or a number; `all` means every process of the container. */
  async kill(id: string, signal: string | number = 'TERM', options: { readonly all?: boolean } = {}): Promise<Done> {
    const invocation = prepareKill(this.root, id, parseSignal(String(signal)), options.all ?? false);
    return invocation === null ? { warnings: [] } : await this.#do('kill', id, invocation);
  }

  /** runtime-spec `delete`; `force` kills first, and is content when there is no such container. */
  async delete(id: string, options: { readonly force?: boolean } = {}): Promise<Done> {
    const invocation = await prepareDelete(this.root, id, options.force ?? false);
    return invocation === null ? { warnings: [] } : await this.#do('delete', id, invocation);
  }

  /** Every process of the container stands still until resume. */
  async pause(id: string): Promise<Done> {
    return await this.#do('pause', id, preparePause(this.root, id));
  }

  /** A paused container goes on. */
  async resume(id: string): Promise<Done> {
    return await this.#do('resume', id, prepareResume(this.root, id));
  }

  /** Changes the limits of a container, all of them or none; answers what was changed. */
  async update(id: string, change: Resources, options: UpdateOptions = {}): Promise<UpdateOutcome> {
    return await updateContainer(this.root, id, change, options);
  }

  /** runtime-spec `state`. */
  async state(id: string): Promise<ContainerState> {
    return readState(this.root, id);
  }

  /** The state of every container of this root, and what could not be read. */
  async list(): Promise<Listing> {
    return listContainers(this.root);
  }

  /** Removes what crashes have left in this root; answers what that was, and what could not be removed. */
  async gc(options: CollectOptions = {}): Promise<Collection> {
    return await collectGarbage(this.root, options);
  }

  /** Pids of the container's processes, ascending. */
  async processes(id: string): Promise<number[]> {
    return listProcesses(this.root, id);
  }

  /** What the container has used until now. */
  async stats(id: string): Promise<Statistics> {
    return readContainerStatistics(this.root, id);
  }

  /** `stats` each interval and at the end, `oom` when it happens; ends with the container. Rejects when the first event is asked for. */
  events(id: string, options: EventsOptions = {}): AsyncIterable<ContainerEvent> {
    return watchEvents(this.root, id, options);
  }

  /** What would be done for a bundle; needs no privilege. */
  async plan(bundle: string, options: PlanOptions = {}): ReturnType<typeof planBundle> {
    return await planBundle(bundle, options);
  }

  async #finish(verb: string, id: string, preparation: Preparation): Promise<Finished> {
    const outcome = await runHelper(preparation.invocation);
    const report = parseReport(outcome.record);
    if (report.failure !== null || outcome.status === null) {
      throw await this.#undo(verb, id, outcome, reportError(report, { verb, id }));
    }
    const warnings = [...preparation.warnings, ...report.warnings.map(describeStep)];
    return { status: outcome.status, warnings };
  }

  async #make(verb: string, id: string, preparation: Preparation): Promise<Done> {
    const outcome = await runHelper(preparation.invocation);
    try {
      const { warnings } = settle(outcome, verb, id);
      return { warnings: [...preparation.warnings, ...warnings] };
    } catch (error) {
      throw await this.#undo(verb, id, outcome, error);
    }
  }

  /** A helper that was killed could not undo what it had begun to make. Answers the error of the verb; one of this would hide that. */
  async #undo(verb: string, id: string, outcome: HelperOutcome, error: unknown): Promise<unknown> {
    if (outcome.signal === null || verb === 'exec') return error;
    try {
      await this.delete(id, { force: true });
      return error;
    } catch (cleanup) {
      const { code, message, hint, details } = asTsrunError(error);
      return new TsrunError(code, message, { hint, details: { ...details, cleanup: asTsrunError(cleanup).message } });
    }
  }

  async #do(verb: string, id: string, invocation: HelperInvocation): Promise<Done> {
    return settle(await runHelper(invocation), verb, id);
  }
}

function settle(outcome: HelperOutcome, verb: string, id: string): Done {
  const report = parseReport(outcome.record);
  if (report.failure !== null || outcome.status !== 0) throw reportError(report, { verb, id });
  return { warnings: report.warnings.map(describeStep) };
}

/** Rethrows what is not of this project: as what the system has refused, or as the defect it is. */
export function asTsrunError(error: unknown): TsrunError {
  if (error instanceof TsrunError) return error;
  const refused = asRefusal(error);
  if (refused !== null) return refused;
  const message = error instanceof Error ? error.message : String(error);
  return new TsrunError('INTERNAL', `unexpected failure: ${message}`, {
    hint: 'this is a defect of tsrun: please report it with "tsrun --version" and the output of "tsrun plan"',
    cause: error,
  });
}

/** What a host may answer at any call, whatever is right with it; any other error has a reason that tsrun should know. */
const OF_HOST: ReadonlySet<string> = new Set(
  'ENOMEM EMFILE ENFILE EIO EAGAIN EINTR ENOSPC EDQUOT EROFS EPERM EACCES ENOSYS'.split(' '),
);

/** A system call that failed where nobody expected it to, for want of memory or descriptors for instance: it is the host that needs help. */
function asRefusal(error: unknown): TsrunError | null {
  if (!(error instanceof Error) || !('syscall' in error) || !OF_HOST.has(errnoName(error) ?? '')) return null;
  const { syscall, path } = error as NodeJS.ErrnoException;
  const subject = path === undefined ? '' : ` ${JSON.stringify(path)}`;
  return new TsrunError('IO', `cannot go on: ${syscall}${subject}: ${describeSystemError(error)}`, { cause: error });
}
