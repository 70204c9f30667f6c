// Capabilities that lead out of a container: what each one gives, capabilities(7).

import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Severity } from '../rules/rule.js';
import { hasOwnUserNamespace } from './user-namespace.js';

/** What each gives whoever has it outside of a user namespace. Without severity: a warning. */
const GIVES: Readonly<Record<string, readonly [gives: string, severity?: Severity]>> = {
  CAP_SYS_ADMIN: ['mounts, namespaces and so many other rights that it is nearly root of the host'],
  CAP_SYS_MODULE: ['loads modules into the kernel: it is the host'],
  CAP_SYS_RAWIO: ['reads and writes memory and ports of the machine'],
  CAP_SYS_PTRACE: ["reads and changes other processes, in the host's pid namespace all of them"],
  CAP_SYS_BOOT: ['restarts the machine, or loads another kernel'],
  CAP_SYS_TIME: ['sets the clock of the machine'],
  CAP_DAC_READ_SEARCH: ['opens every file of the host by its handle (open_by_handle_at(2))'],
  CAP_MAC_ADMIN: ['changes the rules of AppArmor, SELinux or Smack'],
  CAP_MAC_OVERRIDE: ['is not bound by the rules of security modules'],
  CAP_BPF: ['loads eBPF programs into the kernel'],
  CAP_PERFMON: ['observes the kernel and other processes'],
  CAP_NET_ADMIN: ["changes addresses, routes and filters, in the host's network namespace those of the host"],
  CAP_SYSLOG: ["reads the kernel's log and addresses"],
  CAP_AUDIT_CONTROL: ['turns the audit of the machine off'],
  CAP_CHECKPOINT_RESTORE: ['opens files of other processes through /proc/PID/map_files'],
  CAP_LINUX_IMMUTABLE: ['makes files that nobody can change or remove'],
  CAP_SYS_RESOURCE: ['goes beyond limits and quotas', 'note'],
  CAP_SYS_NICE: ['takes processor time from others', 'note'],
  CAP_SYS_TTY_CONFIG: ['hangs up terminals', 'note'],
  CAP_IPC_LOCK: ['locks memory without limit', 'note'],
  CAP_MKNOD: ['makes device nodes, which device rules may then not deny', 'note'],
  CAP_NET_RAW: ['forges packets on the networks that it is connected to', 'note'],
  CAP_DAC_OVERRIDE: ['reads and writes every file that the container has', 'note'],
  CAP_WAKE_ALARM: ['wakes the machine', 'note'],
  CAP_BLOCK_SUSPEND: ['keeps the machine awake', 'note'],
  CAP_AUDIT_READ: ["reads the machine's audit log", 'note'],
};

const SETS = ['effective', 'permitted', 'inheritable', 'ambient', 'bounding'] as const;

/** Each once, in the set that gives it most directly. */
export function auditCapabilities(spec: Spec): Draft[] {
  const confined = hasOwnUserNamespace(spec);
  const seen = new Set<string>();
  const drafts: Draft[] = [];
  for (const set of SETS) {
    for (const [index, name] of (spec.process?.capabilities?.[set] ?? []).entries()) {
      const [gives, severity] = Object.hasOwn(GIVES, name) ? (GIVES[name] ?? []) : [];
      if (gives === undefined || seen.has(name)) {
        continue;
      }
      seen.add(name);
      drafts.push({
        rule: 'audit/privileged-capability',
        keys: ['process', 'capabilities', set, index],
        message: `${name} ${gives}`,
        hint: confined
          ? 'it holds only in the user namespace of the container'
          : 'leave it out of every set, or add a user namespace',
        ...(confined ? { severity: 'note' as const } : severity === undefined ? {} : { severity }),
      });
    }
  }
  return drafts;
}
