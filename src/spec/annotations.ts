// Annotations by which config.json asks the runtime for something: crun's names and meanings, docs/annotations.md. Those of systemd's properties
// are with the scope (src/plan/systemd/annotations.ts).

import type { Spec } from './types.js';

/** Every annotation of crun begins so. */
export const RUNTIME_PREFIX = 'run.oci.';

export const KEEP_GROUPS = 'run.oci.keep_original_groups';
export const HOOK_OUTPUTS = { stdout: 'run.oci.hooks.stdout', stderr: 'run.oci.hooks.stderr' } as const;
export const DELEGATE_CGROUP = 'run.oci.delegate-cgroup';
export const PIDFD_RECEIVER = 'run.oci.pidfd_receiver';
export const FILTER_PROGRAM = 'run.oci.seccomp_bpf_data';
export const FAIL_UNKNOWN_CALL = 'run.oci.seccomp_fail_unknown_syscall';
export const FILTER_RECEIVER = 'run.oci.seccomp.receiver';

/** Those that tsrun does what they say. */
export const HONOURED: readonly string[] = [
  KEEP_GROUPS,
  HOOK_OUTPUTS.stdout,
  HOOK_OUTPUTS.stderr,
  DELEGATE_CGROUP,
  PIDFD_RECEIVER,
  FILTER_PROGRAM,
  FAIL_UNKNOWN_CALL,
  FILTER_RECEIVER,
  // Read with the options of mounts.
  'run.oci.mount_context_type',
];

/** The value of an annotation; an empty one asks for nothing. */
export function readAnnotation({ annotations }: Pick<Spec, 'annotations'>, name: string): string | undefined {
  const value = annotations?.[name];
  return value === '' ? undefined : value;
}

/** Of annotations that are switches: there, with any value but "0", as crun has it. */
export function isSwitchedOn({ annotations }: Pick<Spec, 'annotations'>, name: string): boolean {
  const value = annotations?.[name];
  return value !== undefined && value !== '0';
}

/** The cgroup below the container's own that the program gets for itself, without a slash at either end; undefined: none. */
export function delegatedCgroup(spec: Pick<Spec, 'annotations'>): string | undefined {
  const parts = readAnnotation(spec, DELEGATE_CGROUP)
    ?.split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts === undefined || parts.length === 0 ? undefined : parts.join('/');
}
