// Filters of system calls: bundles with one, numbers of calls, and the profile that podman gives its containers.
import { existsSync, readFileSync } from 'node:fs';
import type { Seccomp, SeccompRule } from '../../src/spec/types.js';
import type { BundleOptions } from './bundle.js';
import { runBundle, runProbe } from './probe.js';
import type { Outcome } from './tsrun.js';

const NUMBERS = {
  x64: { lseek: 8, getppid: 110, chroot: 161, ptrace: 101, clone3: 435, openat2: 437, execve: 59 },
  arm64: { lseek: 62, getppid: 173, chroot: 51, ptrace: 117, clone3: 435, openat2: 437, execve: 221 },
} as const;

/** The number of a system call on this machine. */
export function numberOf(name: keyof (typeof NUMBERS)['x64']): string {
  return String(NUMBERS[process.arch === 'arm64' ? 'arm64' : 'x64'][name]);
}

export interface FilterOptions extends BundleOptions {
  /** Default true: the filter is loaded without a privilege. */
  readonly noNewPrivileges?: boolean;
}

/** The options of a bundle with this filter. */
export function withSeccomp(seccomp: Seccomp, options: FilterOptions = {}): BundleOptions {
  return {
    ...options,
    mutate: (spec, bundle) => {
      spec.linux.seccomp = seccomp;
      spec.process.noNewPrivileges = options.noNewPrivileges ?? true;
      options.mutate?.(spec, bundle);
    },
  };
}

/** A filter that allows all but what the rules say. */
export function denying(...syscalls: SeccompRule[]): Seccomp {
  return { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
}

/** What the probe says to these arguments under a filter. */
export function probeUnder(seccomp: Seccomp, args: readonly string[], options: FilterOptions = {}): string {
  return runProbe(args, withSeccomp(seccomp, options)).trimEnd();
}

/** As probeUnder, whatever comes of it. */
export function tryUnder(seccomp: Seccomp, args: readonly string[], options: FilterOptions = {}): Outcome {
  return runBundle(withSeccomp(seccomp, { ...options, args: ['/probe', ...args] }));
}

/** Debian's golang-github-containers-common. */
export const PODMAN_PROFILE = '/usr/share/containers/seccomp.json';

interface ProfileRule extends Omit<SeccompRule, 'args'> {
  readonly args?: SeccompRule['args'] | null;
  readonly includes?: ProfileCondition;
  readonly excludes?: ProfileCondition;
}

interface ProfileCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

interface Profile extends Omit<Seccomp, 'syscalls' | 'architectures'> {
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly ProfileRule[];
}

/**
 * linux.seccomp as podman, and likewise Docker, makes it of the default profile for a container with these capabilities.
 * The profile is a file of the package, `PODMAN_PROFILE`.
 */
export function podmanProfile(capabilities: readonly string[]): Seccomp {
  if (!existsSync(PODMAN_PROFILE))
    throw new Error(`${PODMAN_PROFILE} is missing: "sh scripts/setup.sh test" installs it`);
  const profile = JSON.parse(readFileSync(PODMAN_PROFILE, 'utf8')) as Profile;
  const [native, go] = process.arch === 'arm64' ? ['SCMP_ARCH_AARCH64', 'arm64'] : ['SCMP_ARCH_X86_64', 'amd64'];
  const others = profile.archMap.find(({ architecture }) => architecture === native)?.subArchitectures ?? [];
  const holds = ({ includes, excludes }: ProfileRule) =>
    !includes?.caps?.some((name) => !capabilities.includes(name)) &&
    !excludes?.caps?.some((name) => capabilities.includes(name)) &&
    includes?.arches?.includes(go) !== false &&
    !excludes?.arches?.includes(go);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [native, ...others] as NonNullable<Seccomp['architectures']>,
    syscalls: profile.syscalls.filter(holds).map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet === undefined || errnoRet === null ? {} : { errnoRet }),
      ...(args ? { args } : {}),
    })),
  };
}
