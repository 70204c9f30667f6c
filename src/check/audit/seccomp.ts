// What the filter of system calls lets pass.

import type { Seccomp, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';

/** Calls that few programs need, and why they are dangerous; with the capability without which the kernel refuses them anyway. */
const DANGEROUS: Readonly<Record<string, readonly [danger: string, capability?: string]>> = {
  kexec_load: ['loads another kernel', 'CAP_SYS_BOOT'],
  kexec_file_load: ['loads another kernel', 'CAP_SYS_BOOT'],
  reboot: ['restarts the machine', 'CAP_SYS_BOOT'],
  init_module: ['loads modules into the kernel', 'CAP_SYS_MODULE'],
  finit_module: ['loads modules into the kernel', 'CAP_SYS_MODULE'],
  delete_module: ['removes modules of the kernel', 'CAP_SYS_MODULE'],
  bpf: ['gives programs to the kernel, whose verifier has had many holes'],
  perf_event_open: ['observes the kernel, and has had many holes'],
  userfaultfd: ['holds the kernel in the middle of a copy, which makes its races exploitable'],
  io_uring_setup: ['does what the filter denies: operations of io_uring are no system calls'],
  add_key: ['uses the keys of the kernel, which belong to no namespace'],
  request_key: ['uses the keys of the kernel, which belong to no namespace'],
  keyctl: ['uses the keys of the kernel, which belong to no namespace'],
  unshare: ['makes user namespaces, in which parts of the kernel are in reach that only root had'],
  ptrace: ['changes other processes of the container, and before Linux 4.8 got past this filter'],
  process_vm_writev: ['changes other processes of the container'],
  open_by_handle_at: ['opens files of the host past the root filesystem', 'CAP_DAC_READ_SEARCH'],
  mount: ['mounts', 'CAP_SYS_ADMIN'],
  umount2: ['unmounts what hides files', 'CAP_SYS_ADMIN'],
  move_mount: ['mounts', 'CAP_SYS_ADMIN'],
  pivot_root: ['changes the root filesystem', 'CAP_SYS_ADMIN'],
  setns: ['enters other namespaces', 'CAP_SYS_ADMIN'],
  swapon: ['changes the swap space of the machine', 'CAP_SYS_ADMIN'],
  acct: ['writes accounting of the machine into a file', 'CAP_SYS_PACCT'],
  iopl: ['gets the ports of the machine', 'CAP_SYS_RAWIO'],
  ioperm: ['gets the ports of the machine', 'CAP_SYS_RAWIO'],
  settimeofday: ['sets the clock of the machine', 'CAP_SYS_TIME'],
  clock_settime: ['sets the clock of the machine', 'CAP_SYS_TIME'],
};

const PASSING = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'];

export function auditSeccomp(spec: Spec): Draft[] {
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined) {
    const message = 'every system call of the kernel is in reach';
    const hint = "set linux.seccomp: podman's and Docker's default profiles fit nearly every program";
    return [{ rule: 'audit/no-seccomp', keys: ['linux', 'seccomp'], message, hint }];
  }
  return PASSING.includes(seccomp.defaultAction) ? [describePermissive(seccomp)] : listPassing(spec, seccomp);
}

function describePermissive({ defaultAction, syscalls = [] }: Seccomp): Draft {
  const named = new Set(syscalls.filter(({ action }) => !PASSING.includes(action)).flatMap(({ names }) => names));
  const open = Object.keys(DANGEROUS).filter((name) => !named.has(name));
  const rest =
    open.length === 0 ? '' : `, ${open.slice(0, 8).join(', ')}${open.length > 8 ? ' and others' : ''} among it`;
  return {
    rule: 'audit/permissive-seccomp',
    keys: ['linux', 'seccomp', 'defaultAction'],
    message: `"${defaultAction}" lets pass what no rule names${rest}`,
    hint: 'set the default to "SCMP_ACT_ERRNO", and name what is allowed',
  };
}

/** Rules with conditions are left alone: they are there because somebody has thought about the call. */
function listPassing(spec: Spec, { syscalls = [] }: Seccomp): Draft[] {
  const bounding = spec.process?.capabilities?.bounding ?? [];
  return syscalls.flatMap(({ names, action, args }, rule) =>
    names.flatMap((name, index): Draft[] => {
      const [danger, capability] = Object.hasOwn(DANGEROUS, name) ? (DANGEROUS[name] ?? []) : [];
      if (danger === undefined || !PASSING.includes(action) || (args ?? []).length > 0) {
        return [];
      }
      const granted = capability === undefined || bounding.includes(capability);
      return [
        {
          rule: 'audit/system-call',
          keys: ['linux', 'seccomp', 'syscalls', rule, 'names', index],
          message: `${name} ${danger}`,
          severity: granted ? 'warning' : 'note',
          hint: granted
            ? 'leave it out'
            : `the kernel refuses it without ${capability}, which the container does not have`,
        },
      ];
    }),
  );
}
