// The audit: no process that is on its way into a container looks up a path by its name alone, which whoever owns the container's files
// could lead elsewhere. It follows every process of a trace from where it enters the container's mount namespace to where it executes a
// program. Pure.
import { BIRTHS, NEVER_FOLLOW, NO_PATHS, PATHS, type PathArgument } from './calls.js';
import { EXCEPTIONS, type Exception } from './exceptions.js';
import { ProcfsDescriptors } from './procfs-descriptors.js';
import { type Call, childOf, parseTrace, stringOf } from './trace.js';

/**
 * `before`: not of the runtime. `host`: not in the container's mount namespace. `building`: in it, and the root is still the host's. `inside`: the root is the
 * container's. `done`: it has executed a program.
 */
export type Phase = 'before' | 'host' | 'building' | 'inside' | 'done';

export interface AuditReport {
  readonly problems: readonly string[];
  /** The exceptions that were made use of. */
  readonly exceptions: ReadonlySet<string>;
  /** What was looked at: an audit of nothing finds nothing. */
  readonly calls: Readonly<Record<'building' | 'inside', number>>;
  /** Programs that were executed, by processes that were looked at. */
  readonly programs: number;
}

interface Follower {
  readonly pid: number;
  /** Born of a process that was in the container already: a hook, as nothing else is. */
  readonly isOffspring: boolean;
  readonly procfs: ProcfsDescriptors;
  phase: Phase;
}

export interface AuditOptions {
  /** The path of the runtime: what is before its execution, and beside it, only calls it. */
  readonly runtime: string;
  /** Where a process is once it has joined a mount namespace: that of exec has the container's root already. */
  readonly enters: 'building' | 'inside';
}

export function auditTrace(text: string, options: AuditOptions): AuditReport {
  const trace = parseTrace(text);
  const audit = new Audit(trace.calls, options);
  audit.follow();
  return { ...audit, problems: [...trace.problems, ...audit.problems] };
}

class Audit {
  readonly problems: string[] = [];
  readonly exceptions = new Set<string>();
  readonly calls = { building: 0, inside: 0 };
  programs = 0;
  readonly #byProcess = new Map<number, Call[]>();
  readonly #options: AuditOptions;

  constructor(calls: readonly Call[], options: AuditOptions) {
    this.#options = options;
    for (const call of calls) {
      const own = this.#byProcess.get(call.pid);
      if (own === undefined) this.#byProcess.set(call.pid, [call]);
      else own.push(call);
    }
  }

  follow(): void {
    const [first] = this.#byProcess.keys();
    if (first === undefined) {
      this.problems.push('the trace has no system call');
      return;
    }
    const followers: Follower[] = [
      { pid: first, isOffspring: false, procfs: new ProcfsDescriptors(), phase: 'before' },
    ];
    for (const follower of followers) {
      const calls = this.#byProcess.get(follower.pid) ?? [];
      this.#byProcess.delete(follower.pid);
      for (const call of calls) followers.push(...this.#step(follower, call));
    }
    // Nobody knows what state they were born in.
    for (const pid of this.#byProcess.keys()) this.problems.push(`process ${pid} was made by none that is known`);
  }

  /** One call of a process; answers the processes that it has made. */
  #step(follower: Follower, call: Call): Follower[] {
    const { phase, procfs } = follower;
    if (phase === 'building' || phase === 'inside') {
      this.calls[phase] += 1;
      this.#judge(follower, call);
    }
    procfs.note(call);
    const birth = BIRTHS.has(call.name) ? childOf(call.result) : null;
    follower.phase = this.#phaseAfter(phase, call);
    if (birth === null) return [];
    const enters = phase === 'host' && mentions(call, 'CLONE_NEWNS');
    const born = { pid: birth, procfs: procfs.copy(), phase: enters ? ('building' as const) : phase };
    return [{ ...born, isOffspring: phase === 'building' || phase === 'inside' }];
  }

  #phaseAfter(phase: Phase, call: Call): Phase {
    if (call.result === null || call.result.startsWith('-1')) return phase;
    if (phase === 'before')
      return stringOf(call.args[0]) === this.#options.runtime && call.name === 'execve' ? 'host' : phase;
    if (phase === 'host') return isEntry(call) ? this.#options.enters : phase;
    if (phase === 'building' && (call.name === 'pivot_root' || call.name === 'chroot')) return 'inside';
    if ((phase === 'building' || phase === 'inside') && /^execve(at)?$/.test(call.name)) {
      this.programs += 1;
      return 'done';
    }
    return phase;
  }

  #judge(follower: Follower, call: Call): void {
    const exception = EXCEPTIONS.find((candidate) => isException(candidate, follower, call));
    if (exception !== undefined) {
      this.exceptions.add(exception.title);
      return;
    }
    for (const problem of problemsOf(call, follower.procfs)) {
      this.problems.push(`line ${call.line}, ${follower.phase}: ${problem}: ${call.name}(${call.args.join(', ')})`);
    }
  }
}

/** tsrun's init, and a process of exec, call themselves so as soon as they are born: also one that gets no mount namespace. */
function isEntry(call: Call): boolean {
  if (call.name === 'prctl') return call.args[0] === 'PR_SET_NAME' && /^"tsrun:(init|exec)"$/.test(call.args[1] ?? '');
  if (call.name === 'unshare') return mentions(call, 'CLONE_NEWNS');
  // setns(2): of a namespace, or several of a process.
  return call.name === 'setns' && (/^\d+<mnt:/.test(call.args[0] ?? '') || mentions(call, 'CLONE_NEWNS'));
}

function mentions(call: Call, flag: string): boolean {
  return call.args.some((arg) => !arg.startsWith('"') && arg.split(/[^A-Z_\d]+/).includes(flag));
}

function isException({ phase, isOffspring, call, first, allows }: Exception, follower: Follower, found: Call): boolean {
  if (phase !== follower.phase || call !== found.name) return false;
  if (isOffspring !== undefined && isOffspring !== follower.isOffspring) return false;
  return stringOf(found.args[first]) !== null && allows(found.args);
}

function problemsOf(call: Call, procfs: ProcfsDescriptors): string[] {
  const paths = PATHS[call.name];
  if (paths !== undefined) return paths.flatMap((argument) => problemsOfPath(call, argument, procfs));
  if (call.name === 'fsconfig' && /^FSCONFIG_SET_PATH/.test(call.args[1] ?? '')) return ['a path for a filesystem'];
  if (isSocketByPath(call)) return ['a socket by its path'];
  const hasString = call.args.some((arg) => arg.includes('"'));
  return hasString && NO_PATHS[call.name] === undefined ? ['a string in a call that the audit does not know'] : [];
}

function isSocketByPath(call: Call): boolean {
  return call.args.some((arg) => /sun_path="/.test(arg)) || /^(bind|connect)$/.test(call.name);
}

function problemsOfPath(call: Call, { from, path }: PathArgument, procfs: ProcfsDescriptors): string[] {
  const arg = call.args[path];
  const name = stringOf(arg);
  const start = from === null ? 'AT_FDCWD' : (call.args[from] ?? '');
  if (arg === 'NULL' || name === null) return arg === 'NULL' ? [] : [`argument ${path} is no string`];
  if (start.startsWith('AT_FDCWD') || !/^\d+(<|$)/.test(start)) return ['from the current directory or the root'];
  if (name === '' && mentions(call, emptyPathFlag(call.name))) return [];
  if (isResolvedBelow(call)) return [];
  if (name.startsWith('/')) return ['an absolute path'];
  // A procfs of tsrun's own has nothing in it that the container has put there.
  return procfs.has(start) || name === '.' ? [] : problemsOfName(call, name);
}

function emptyPathFlag(call: string): string {
  return call === 'move_mount' ? 'MOVE_MOUNT_F_EMPTY_PATH' : call === 'fspick' ? 'FSPICK_EMPTY_PATH' : 'AT_EMPTY_PATH';
}

/** openat2(2) that cannot leave the directory it starts from. */
function isResolvedBelow(call: Call): boolean {
  return call.name === 'openat2' && (mentions(call, 'RESOLVE_IN_ROOT') || mentions(call, 'RESOLVE_BENEATH'));
}

/** Below a directory that may be the container's, one name at a time, and none that is a link. */
function problemsOfName(call: Call, name: string): string[] {
  if (name === '..') return call.name === 'openat' ? [] : ['the directory above'];
  if (name.includes('/')) return ['a path of several names'];
  const keepsToName =
    NEVER_FOLLOW.has(call.name) ||
    mentions(call, 'AT_SYMLINK_NOFOLLOW') ||
    mentions(call, 'O_NOFOLLOW') ||
    (mentions(call, 'O_CREAT') && mentions(call, 'O_EXCL'));
  return keepsToName ? [] : ['a name that may be a link'];
}
