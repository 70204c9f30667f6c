// Containers that run the probe once: what it reports, or what one of its commands says.
import { type Bundle, type BundleOptions, makeBundle } from './bundle.js';
import { newTsrun, type Outcome } from './tsrun.js';

/** What `probe report` prints (test/probe/probe.c). */
export interface ProbeReport {
  readonly pid: number;
  readonly ppid: number;
  readonly sid: number;
  readonly personality: number;
  readonly umask: string;
  readonly cwd: string | null;
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly fsuid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  readonly fsgid: number;
  readonly groups: readonly number[];
  readonly capEff: string;
  readonly capPrm: string;
  readonly capInh: string;
  readonly capBnd: string;
  readonly capAmb: string;
  readonly noNewPrivs: number;
  readonly securebits: number;
  readonly rlimits: Readonly<Record<string, { readonly soft: string; readonly hard: string }>>;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly hostname: string;
  readonly domainname: string;
  readonly machine: string;
  readonly namespaces: Readonly<Record<string, string | null>>;
  readonly descriptors: readonly {
    readonly fd: number;
    readonly nonblock: boolean;
    readonly cloexec: boolean;
    readonly target: string | null;
  }[];
  readonly sigBlk: string;
  readonly sigIgn: string;
  readonly sigCgt: string;
  readonly cpus: number;
  readonly loopbackUp: boolean | null;
  /** `2`: a filter is in force, proc_pid_status(5). */
  readonly seccompMode: string | null;
  readonly seccompFilters: string | null;
  readonly speculation: string | null;
  readonly nsPids: string | null;
  readonly oomScoreAdj: string | null;
  readonly cgroup: readonly string[] | null;
  readonly uidMap: readonly string[] | null;
  readonly gidMap: readonly string[] | null;
  readonly mountinfo: readonly string[] | null;
}

/** Runs a container in the foreground to its end. */
export function runBundle(
  options: BundleOptions,
  flags: readonly string[] = [],
): Outcome & { readonly bundle: Bundle } {
  const tsrun = newTsrun();
  const bundle = makeBundle(options);
  return { bundle, ...tsrun.call(['run', ...flags, '--bundle', bundle.path, tsrun.newId()]) };
}

/** Runs the probe with these arguments and answers what it printed; any complaint is an error. */
export function runProbe(args: readonly string[], options: Omit<BundleOptions, 'args'> = {}): string {
  const { status, stdout, stderr } = runBundle({ ...options, args: ['/probe', ...args] });
  if (status !== 0 || stderr !== '') throw new Error(`probe ${args.join(' ')}: status ${status}: ${stderr}`);
  return stdout;
}

/** Runs `probe report` in a container that `mutate` describes. */
export function runReport(mutate?: BundleOptions['mutate'], options: Omit<BundleOptions, 'mutate'> = {}): ProbeReport {
  return parseReport(runProbe(['report'], mutate === undefined ? options : { ...options, mutate }));
}

export function parseReport(text: string): ProbeReport {
  return JSON.parse(text) as ProbeReport;
}

/** A mount as one line of mountinfo tells it, proc_pid_mountinfo(5). */
export interface MountLine {
  /** What of the filesystem is mounted. */
  readonly root: string;
  readonly target: string;
  readonly options: readonly string[];
  /** Such as `shared:1` or `master:1`. */
  readonly propagation: readonly string[];
  readonly fstype: string;
  readonly superOptions: readonly string[];
}

/** The mounts of a report, in their order. */
export function readMounts({ mountinfo }: ProbeReport): MountLine[] {
  return (mountinfo ?? []).map((line) => {
    const [head = '', tail = ''] = line.split(' - ');
    const [, , , root = '', target = '', options = '', ...propagation] = head.split(' ');
    const [fstype = '', , superOptions = ''] = tail.split(' ');
    return { root, target, options: options.split(','), propagation, fstype, superOptions: superOptions.split(',') };
  });
}

/** The mount that is seen at `target`; an error when there is none. */
export function mountAt(report: ProbeReport, target: string): MountLine {
  const found = readMounts(report).findLast((mount) => mount.target === target);
  if (found === undefined) throw new Error(`nothing is mounted on ${target}`);
  return found;
}
