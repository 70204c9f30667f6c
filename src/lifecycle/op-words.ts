// What each operation of a plan means to a user: the words of an error, and what can be done about it.
import { constants } from 'node:os';
import type { Op } from '../plan/ops.js';
import type { FailedStep } from './helper-report.js';

/** `mount on "/data"`: what a step tried to do. */
export function describeAction(step: FailedStep): string {
  const { op, detail, call } = step;
  if (op === null)
    return step.line === 0 ? `${call}${detail && ` ${detail}`}` : `line ${step.line} of the plan: ${call} ${detail}`;
  const words = actionOf(op);
  const said = detail !== '' && step.errno !== 0 && !WORDED.has(op.op) ? ` (${call} ${detail})` : '';
  return `${words}${said}`;
}

/** Operations whose own words already say what the detail would. */
const WORDED: ReadonlySet<Op['op']> = new Set(['find-executable', 'exec', 'write-cgroup']);

function actionOf(op: Op): string {
  switch (op.op) {
    case 'open-cgroup':
      return `create cgroup "${op.root}${op.path}"`;
    case 'find-cgroup':
      return `find cgroup "${op.root}${op.path}"`;
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
    case 'delegate-cgroup':
      return `give the cgroup to uid ${op.uid}`;
    case 'load-device-program':
      return `limit the devices of cgroup "${op.root}${op.path}"`;
    case 'open-namespace':
      return `join the ${op.type} namespace "${op.path}"`;
    case 'open-tree':
    case 'open-host-tree':
      return `bind "${op.source}"`;
    case 'spawn-init':
      return 'create the namespaces';
    case 'set-id-map':
      return `write ${op.file}`;
    case 'set-rlimit':
      return `set ${op.resource} to ${op.soft} (soft) and ${op.hard} (hard)`;
    case 'set-oom-score-adj':
      return `set the OOM score to ${op.value}`;
    case 'run-hook':
    case 'run-container-hook':
      return `run the ${op.kind} hook "${op.path}"`;
    case 'write-pid-file':
      return `write the pid file "${op.path}"`;
    case 'kill-cgroup':
      return `kill what is in cgroup "${op.path}"`;
    case 'remove-cgroup':
      return `remove cgroup "${op.path}"`;
    default:
      return rootfsActionOf(op);
  }
}

function rootfsActionOf(op: Op): string {
  switch (op.op) {
    case 'bind-rootfs':
    case 'open-rootfs':
      return `open the rootfs "${op.path}"`;
    case 'new-mount':
      return `make a ${op.fstype} filesystem`;
    case 'attach':
      return `mount on "${op.target}"`;
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
    case 'clone-tree':
      return `bind "${op.path}"`;
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
    case 'change-directory':
      return `change to the working directory "${op.path}"`;
    case 'set-user':
      return `become uid ${op.uid}, gid ${op.gid}`;
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

/** What a user can do about a failed step; undefined where the words say all there is. */
export function hintFor({ op, errno, call }: FailedStep): string | undefined {
  const is = (name: keyof typeof constants.errno): boolean => constants.errno[name] === errno;
  if (is('ENOSYS') && op?.op !== 'load-device-program')
    return `the kernel has no ${call}: tsrun needs Linux 5.15 or later`;
  switch (op?.op) {
    case 'load-device-program':
      if (is('EPERM')) return 'loading an eBPF program needs root on the host: it cannot be done in a user namespace';
      if (is('E2BIG')) return 'linux.resources.devices has too many rules for the verifier of the kernel';
      return is('ENOSYS') || is('EINVAL') ? 'the kernel needs CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF' : undefined;
    case 'open-cgroup':
      if (!is('EACCES') && !is('EPERM')) return undefined;
      return 'making cgroups needs root: --systemd-cgroup has the systemd of the user make them, --cgroup-manager=disabled does without';
    case 'enable-controllers':
      if (is('EBUSY')) {
        return 'a cgroup with processes of its own cannot have controllers below it: choose another cgroupsPath, or move them';
      }
      return is('ENOENT')
        ? 'a cgroup above it does not hand the controller on, or the kernel has it in cgroup v1'
        : undefined;
    case 'write-cgroup':
    case 'write-cgroup-choice':
      if (is('ENOENT')) return 'this kernel has no such file: it was built without what the file limits';
      return is('EINVAL') || is('ERANGE') || is('ENODEV') ? 'the kernel does not accept the value' : undefined;
    case 'start-scope':
    case 'attach-to-scope':
    case 'set-scope':
      return 'see "journalctl -u" and "systemctl status" of the scope; systemd 252 or later is needed';
    case 'open-tree':
    case 'open-host-tree':
      return is('ENOENT') ? 'the source of a bind mount must exist' : undefined;
    case 'spawn-init':
      if (is('EPERM')) return 'creating namespaces needs root, or a user namespace in linux.namespaces';
      if (is('ENOSPC')) return 'a limit in /proc/sys/user/max_*_namespaces is reached';
      return is('EAGAIN') ? 'a limit of processes is reached: pids.max of the cgroup, or RLIMIT_NPROC' : undefined;
    case 'new-mount':
      return is('ENODEV') ? `the kernel does not know the filesystem "${op.fstype}"` : undefined;
    case 'set-rlimit':
      return is('EPERM') ? 'raising a hard limit needs CAP_SYS_RESOURCE' : undefined;
    case 'set-oom-score-adj':
      return is('EACCES') ? 'lowering the OOM score needs CAP_SYS_RESOURCE' : undefined;
    case 'find-executable':
      return is('ENOENT')
        ? 'process.args[0] is looked up in the rootfs, in the directories of PATH in process.env'
        : undefined;
    case 'exec':
      return is('ENOENT')
        ? 'the interpreter that its first line (#!) or its ELF header names is not in the rootfs'
        : is('ENOEXEC')
          ? 'it is built for another machine, or is a script without a first line #!'
          : undefined;
    case 'attach':
      return is('ENOTDIR') ? 'the source is a directory, so the target must be one' : undefined;
    default:
      return undefined;
  }
}
