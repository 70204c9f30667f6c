// What each operation of a plan means to a user: the words of an error.
import { constants } from 'node:os';
import type { Op } from '../plan/ops.js';
import type { FailedStep } from './helper-report.js';

/** `mount on "/data"`: what a step tried to do. */
export function describeAction(step: FailedStep): string {
  const { op, detail, call } = step;
  if (op === null && call === 'still running') return 'end its init';
  if (op === null && (call === 'busy' || call === 'flock')) return 'take its lock';
  if (op === null)
    return step.line === 0 ? `${call}${detail && ` ${detail}`}` : `line ${step.line} of the plan: ${call} ${detail}`;
  const words = actionOf(op);
  if (step.errno === 0 || WORDED.has(op.op)) return words;
  if (detail !== '') return `${words} (${call} ${detail})`;
  return CALL_MATTERS.has(step.errno) ? `${words} (${call})` : words;
}

/** A system call that the kernel lacks, or a filter around tsrun forbids: which it is leads to the cause, whatever it was for. */
const CALL_MATTERS: ReadonlySet<number> = new Set([constants.errno.ENOSYS, constants.errno.EPERM]);

/** Operations whose own words already say what the detail would. */
const WORDED: ReadonlySet<Op['op']> = new Set(['find-executable', 'exec', 'write-cgroup']);

function actionOf(op: Op): string {
  switch (op.op) {
    case 'begin-filter':
    case 'filter-rule':
    case 'finish-filter':
      return 'make the filter of system calls (linux.seccomp)';
    case 'take-filter':
      return 'take the filter of system calls (annotations["run.oci.seccomp_bpf_data"])';
    case 'connect-listener':
      return `connect to the seccomp agent at "${op.path}" (linux.seccomp.listenerPath)`;
    case 'open-cgroup':
      return `create cgroup "${op.root}${op.path}"`;
    case 'find-cgroup':
      return `find cgroup "${op.root}${op.path}"`;
    case 'find-init':
      return 'find its init';
    case 'find-exec-cgroup':
      return `find cgroup "${op.root}${op.path}"`;
    case 'open-init-root':
      return 'find the root directory of its init';
    case 'spawn-process':
      return 'enter its namespaces';
    case 'start-scope':
      return `start the systemd scope "${op.unit}"`;
    case 'attach-to-scope':
      return `move init into the systemd scope "${op.unit}"`;
    case 'set-scope':
      return `change the systemd scope "${op.unit}"`;
    case 'stop-scope':
      return `stop the systemd scope "${op.unit}"`;
    case 'enable-controllers':
      return `enable cgroup controllers for "${op.root}${op.path}"`;
    case 'write-cgroup':
      return `${op.for}: write ${JSON.stringify(op.value)} to ${op.file}`;
    case 'write-cgroup-choice':
      return `${op.for}: write to ${op.files.join(' or ')}`;
    case 'enter-sub-cgroup':
      return `move init into the cgroup "${op.root}${op.path}" (annotations["run.oci.delegate-cgroup"])`;
    case 'delegate-sub-cgroup':
    case 'delegate-cgroup':
      return `give the cgroup to uid ${op.uid}`;
    case 'load-device-program':
      return `limit the devices of cgroup "${op.root}${op.path}"`;
    case 'open-namespace':
      return `join the ${op.type} namespace "${op.path}"`;
    case 'make-resctrl-group':
      return `make the resctrl group "${joinGroup(op)}" (linux.intelRdt)`;
    case 'write-resctrl':
      return `write ${JSON.stringify(op.lines.join('\n'))} to the schemata of "${joinGroup(op)}" (linux.intelRdt)`;
    case 'join-resctrl-group':
      return `put init into the resctrl group "${joinGroup(op)}"`;
    case 'remove-resctrl-group':
      return `remove the resctrl group "${joinGroup(op)}"`;
    case 'find-network-device':
      return `find the network device "${op.device}" (linux.netDevices)`;
    case 'move-network-device':
      return `move the network device "${op.device}" into the container as "${op.name}"`;
    case 'open-tree':
    case 'try-open-tree':
    case 'open-host-tree':
      return `bind "${op.source}"`;
    case 'spawn-init':
      return 'create the namespaces';
    case 'set-id-map':
      return `write ${op.file}`;
    case 'open-init-user-namespace':
    case 'make-id-map-namespace':
      return 'make the id maps of mounts';
    case 'id-map-mount':
      return `map the ids of "${op.source}"`;
    case 'call-id-mapper':
      return `map the ${op.file === 'uid_map' ? 'users' : 'groups'} of linux.${op.file === 'uid_map' ? 'uid' : 'gid'}Mappings by "${op.program}"`;
    case 'set-rlimit':
    case 'lower-rlimit':
      return `set ${op.resource} to ${op.soft} (soft) and ${op.hard} (hard)`;
    case 'set-oom-score-adj':
      return `set the OOM score to ${op.value}`;
    case 'set-scheduler':
      return `set the scheduler ${op.policy}`;
    case 'set-io-priority':
      return `set the I/O priority ${op.class}`;
    case 'open-hook-output':
      return `open "${op.path}" for the output of hooks (annotations["run.oci.hooks.${op.stream}"])`;
    case 'run-hook':
    case 'run-container-hook':
      return `run the ${op.kind} hook "${op.path}"`;
    case 'open-console-socket':
      return `connect to the console socket "${op.path}"`;
    case 'send-terminal':
      return 'send the terminal to the console socket';
    case 'write-pid-file':
      return `write the pid file "${op.path}"`;
    case 'bind-notify-socket':
      return 'wait for the readiness of its program';
    case 'await-ready':
      return 'tell NOTIFY_SOCKET that its program is ready';
    case 'send-pidfd':
      return `send a pidfd of ${op.kind === 'setns' ? 'the process' : 'init'} to the socket "${op.path}"`;
    case 'kill-cgroup':
      return `kill what is in cgroup "${op.path}"`;
    case 'remove-cgroup':
    case 'remove-lost-cgroup':
      return `remove cgroup "${op.path}"`;
    case 'end-lost-init':
      return `end process ${op.pid}`;
    default:
      return rootfsActionOf(op);
  }
}

function joinGroup({ root, group }: { readonly root: string; readonly group: string }): string {
  return group === '' ? root : `${root}/${group}`;
}

function rootfsActionOf(op: Op): string {
  switch (op.op) {
    case 'bind-rootfs':
    case 'open-rootfs':
      return `open the rootfs "${op.path}"`;
    case 'set-attributes':
    case 'replace-attributes':
      return 'set the flags of a mount';
    case 'new-mount':
    case 'new-mount-or-spare':
      return `make a ${op.fstype} filesystem`;
    case 'attach':
      return `mount on "${op.target}"`;
    case 'open-terminal':
      return 'process.terminal: open a terminal in /dev/pts';
    case 'clone-terminal':
      return 'process.terminal: bind the terminal';
    case 'reconfigure':
      return 'remount a filesystem';
    case 'inherit-mode':
      return `give a tmpfs the mode of "${op.path}"`;
    case 'copy-symlink':
      return `copy the link to "${op.path}"`;
    case 'copy-up':
      return `copy the content of "${op.path}"`;
    case 'make-directory':
      return `make the directory "${op.path}"`;
    case 'make-device':
      return `make the device "${op.path}"`;
    case 'make-symlink':
      return `make the link "${op.path}"`;
    case 'mask':
      return `mask "${op.path}"`;
    case 'protect':
      return `make "${op.path}" read-only`;
    default:
      return identityActionOf(op);
  }
}

function identityActionOf(op: Op): string {
  switch (op.op) {
    case 'set-hostname':
      return `set the host name to "${op.name}"`;
    case 'set-domainname':
      return `set the domain name to "${op.name}"`;
    case 'write-sysctl':
      return `set the sysctl "${op.path}" to "${op.value}"`;
    case 'set-initial-affinity':
    case 'set-affinity':
      return `bind the process to the CPUs ${op.cpus.join(',')}`;
    case 'set-memory-policy':
      return `set the memory policy ${op.mode} (linux.memoryPolicy)`;
    case 'use-terminal':
      return 'process.terminal: make the terminal that of init';
    case 'own-streams':
      return `give standard input, output and error to uid ${op.uid}`;
    case 'change-directory':
      return `change to the working directory "${op.path}"`;
    case 'find-user':
      return op.group === '' ? `find the user "${op.user}"` : `find the user "${op.user}" and the group "${op.group}"`;
    case 'set-user':
      return op.uid === 'found' ? 'become the user that was found' : `become uid ${op.uid}, gid ${op.gid}`;
    case 'set-apparmor-profile':
      return `set the AppArmor profile "${op.profile}"`;
    case 'set-selinux-label':
    case 'label-keys':
    case 'label-mount':
      return `set the SELinux label "${op.label}"`;
    case 'tell-listener':
      return 'hand the listener to the seccomp agent (linux.seccomp.listenerPath)';
    case 'load-seccomp':
      return 'load the filter of system calls (linux.seccomp)';
    case 'find-executable':
      return `exec: "${op.name}"`;
    case 'exec':
      return `exec: "${op.args[0] ?? ''}"`;
    case 'release-init':
    case 'await-start':
      return 'wake its init';
    default:
      return op.op.replaceAll('-', ' ');
  }
}
