// What a user can do about a failed step of the helper.
import { constants } from 'node:os';
import type { OpOf } from '../plan/ops.js';
import type { FailedStep } from './helper-report.js';

type ErrnoName = keyof typeof constants.errno;

/** Undefined where the words of the failure say all there is. */
export function hintFor(step: FailedStep): string | undefined {
  if (step.errno === constants.errno.ENOSYS && !WITHOUT_CONFIG.has(step.op?.op)) {
    return `the kernel has no ${step.call}, or a filter of system calls around tsrun hides it: Linux 5.15 or later is needed`;
  }
  return hostHintFor(step) ?? initHintFor(step) ?? limitHintFor(step);
}

/** What any step can meet: limits, and others (pid_namespaces(7): the end of init waits for all of its namespace, which their parents have to reap). */
function limitHintFor({ errno, call }: FailedStep): string | undefined {
  if (call === 'still running')
    return 'whoever has a child in the container keeps it until it is reaped, such as a "tsrun exec" that is stopped: repeat this when that goes on or is killed';
  if (call === 'move_mount' && errno === constants.errno.ENOSPC)
    return 'a mount namespace has as many mounts as fs.mount-max allows: see /proc/sys/fs/mount-max';
  return errno === constants.errno.EMFILE
    ? 'RLIMIT_NOFILE, of the caller or in process.rlimits, is too low: while a container is made each of its bind mounts takes a descriptor'
    : undefined;
}

/** What a kernel of any version can have been built without: their own hints say so. */
const WITHOUT_CONFIG: ReadonlySet<string | undefined> = new Set(['load-device-program', 'set-memory-policy']);

/** Of what is done on the side of the runtime. */
function hostHintFor({ op, errno, detail }: FailedStep): string | undefined {
  const is = (name: ErrnoName): boolean => constants.errno[name] === errno;
  switch (op?.op) {
    case 'connect-listener':
      return is('ENOENT') || is('ECONNREFUSED')
        ? 'an agent has to listen there before the container is created'
        : undefined;
    case 'finish-filter':
      return is('EDOM') ? 'all architectures of a filter must have the byte order of this machine' : undefined;
    case 'load-seccomp':
      if (is('EACCES')) return 'without process.noNewPrivileges it needs CAP_SYS_ADMIN';
      return is('EINVAL')
        ? 'the kernel knows no such flag or action, or was built without CONFIG_SECCOMP_FILTER'
        : undefined;
    case 'load-device-program':
      if (is('EPERM')) return 'loading an eBPF program needs root on the host: it cannot be done in a user namespace';
      if (is('E2BIG')) return 'linux.resources.devices has too many rules for the verifier of the kernel';
      return is('ENOSYS') || is('EINVAL') ? 'the kernel needs CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF' : undefined;
    case 'open-hook-output':
      return is('ENXIO') ? 'nobody reads there: a FIFO needs a reader, and a socket is no file' : undefined;
    case 'open-cgroup':
      if (!is('EACCES') && !is('EPERM') && !is('EROFS')) return undefined;
      return 'making cgroups needs root, or a cgroup above it that is delegated: --systemd-cgroup has the systemd of the user make them; a container without limits and linux.cgroupsPath goes without one (--rootless)';
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
    case 'call-id-mapper':
      return `the user needs a range with these ids in /etc/sub${op.file.slice(0, 3)}, and the programs of the package uidmap need to be setuid root`;
    case 'open-tree':
    case 'try-open-tree':
    case 'open-host-tree':
      if (is('EINVAL'))
        return 'in a user namespace a directory with other mounts in it can be bound only with them: "rbind"';
      return is('ENOENT') ? 'the source of a bind mount must exist' : undefined;
    case 'make-id-map-namespace':
      if (is('EPERM')) return 'ids of the host are mapped by root; in a user namespace only those that it has itself';
      return is('ENOSPC') ? 'a limit in /proc/sys/user/max_user_namespaces is reached' : undefined;
    case 'id-map-mount':
      return idMapHintFor(is);
    case 'spawn-init':
      if (is('EPERM')) return 'creating namespaces needs root, or a user namespace in linux.namespaces';
      if (is('EACCES'))
        return 'the cgroup above both that of tsrun and that of the container is not delegated to this user: see --systemd-cgroup';
      if (is('ENOSPC')) return 'a limit in /proc/sys/user/max_*_namespaces is reached';
      return is('EAGAIN') ? 'a limit of processes is reached: pids.max of the cgroup, or RLIMIT_NPROC' : undefined;
    case 'spawn-process':
      if (is('EPERM'))
        return 'entering a container needs root, or the user who made it; where no proc is mounted in it, it has to be started first';
      return is('EAGAIN') ? 'a limit of processes is reached: pids.max of the cgroup, or RLIMIT_NPROC' : undefined;
    case 'make-resctrl-group':
      if (is('EEXIST'))
        return 'another has a group of that name: remove it, or name another class in linux.intelRdt.closID';
      return is('ENOSPC')
        ? 'the processor has no class, or no monitoring group, left: see info/*/num_closids, num_rmids'
        : undefined;
    case 'write-resctrl':
      return is('EINVAL') ? 'see the directory "info" of resctrl for what the processor takes' : undefined;
    case 'find-network-device':
    case 'move-network-device':
      return networkDeviceHint(op.op, is);
    case 'new-mount':
    case 'new-mount-or-spare':
      if (is('EINVAL') && /[ug]id=/.test(detail))
        return 'in a user namespace it can only be an id that is mapped there';
      if (is('EPERM')) return newMountHintFor(op.fstype);
      return is('ENODEV') ? `the kernel does not know the filesystem "${op.fstype}"` : undefined;
    case 'set-rlimit':
      return is('EPERM') ? 'raising a hard limit needs CAP_SYS_RESOURCE' : undefined;
    case 'lower-rlimit':
      return is('EPERM')
        ? 'a filter of system calls (linux.seccomp) must allow prlimit64 for a limit this low, and the caller must not be limited to less'
        : undefined;
    case 'set-oom-score-adj':
      return is('EACCES') ? 'lowering the OOM score needs CAP_SYS_RESOURCE' : undefined;
    case 'set-scheduler':
      if (is('EPERM')) return 'real-time policies, and a better nice value than the own, need CAP_SYS_NICE on the host';
      if (is('EBUSY')) return 'the processors have not so much time left for SCHED_DEADLINE';
      return is('EINVAL') ? `the values do not go together: see sched_setattr(2) for ${op.policy}` : undefined;
    case 'set-io-priority':
      return is('EPERM') ? 'IOPRIO_CLASS_RT needs CAP_SYS_ADMIN or CAP_SYS_NICE on the host' : undefined;
    default:
      return undefined;
  }
}

/** mount_namespaces(7) and the namespaces that these show: root of a user namespace may mount what is of a namespace of its own. */
const NAMESPACE_OF: Readonly<Record<string, string>> = {
  proc: 'pid',
  sysfs: 'network',
  mqueue: 'ipc',
  cgroup2: 'cgroup',
};

function newMountHintFor(fstype: string): string {
  const namespace = NAMESPACE_OF[fstype];
  return namespace === undefined
    ? `the kernel lets nobody but root of the host mount "${fstype}"`
    : `with a user namespace "${fstype}" needs a namespace of type "${namespace}" of the container's own; a bind of the host's does without`;
}

/** mount_setattr(2), "ID-mapped mounts". */
function idMapHintFor(is: (name: ErrnoName) => boolean): string | undefined {
  if (is('EPERM'))
    return 'it is an id-mapped mount already, or was mounted in a user namespace that tsrun has no privilege over';
  return is('EINVAL')
    ? 'this kernel cannot map the ids of its filesystem: ext4, XFS and btrfs can be mapped, tmpfs since Linux 6.3, and never overlayfs, proc, sysfs, NFS and their like; with "ridmap" all that is mounted below has to allow it'
    : undefined;
}

/** Of what init, or a process that exec makes, does for itself. */
function initHintFor({ op, errno, call }: FailedStep): string | undefined {
  const is = (name: ErrnoName): boolean => constants.errno[name] === errno;
  switch (op?.op) {
    case 'set-apparmor-profile':
      if (is('ENOENT'))
        return 'no such profile is loaded: see "apparmor_parser" and /sys/kernel/security/apparmor/profiles';
      return is('EINVAL') ? 'AppArmor is not enabled on this host' : undefined;
    case 'set-memory-policy':
      if (is('ENOSYS')) return 'the kernel was built without CONFIG_NUMA';
      return is('EINVAL') ? memoryPolicyHint(op) : undefined;
    case 'set-selinux-label':
    case 'label-keys':
      return is('EINVAL') ? 'SELinux is not enabled on this host, or its policy has no such label' : undefined;
    case 'join-keyring':
      return is('EDQUOT')
        ? 'the quota of keys of the user is used up, see /proc/key-users; --no-new-keyring leaves the keyring of the caller'
        : undefined;
    case 'set-user':
      if (call === 'setgroups' && is('EPERM')) return 'setgroups(2) is denied in the user namespace of the container';
      return is('EINVAL') ? 'the user namespace of the container has no such id' : undefined;
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
    case 'open-console-socket':
      return is('ECONNREFUSED') || is('ENOENT')
        ? 'nobody listens there: it must be a socket that waits for connections'
        : undefined;
    case 'open-terminal':
      return call === 'not of a devpts' || is('ENOENT') || is('ENOTDIR')
        ? 'a terminal comes from the devpts of the container: mounts must have one on /dev/pts'
        : undefined;
    case 'attach':
      return is('ENOTDIR') ? 'the source is a directory, so the target must be one' : undefined;
    default:
      return undefined;
  }
}

function memoryPolicyHint({ nodes, flags }: OpOf<'set-memory-policy'>): string {
  const cpuset = 'none of the nodes has memory and is in the cpuset of the container (linux.resources.cpu.mems)';
  const mode = `the kernel does not know the mode${flags.length > 0 ? ', or not with these flags' : ''}`;
  return nodes.length > 0 ? `${cpuset}, or ${mode}: see set_mempolicy(2)` : `${mode}: see set_mempolicy(2)`;
}

function networkDeviceHint(op: string, is: (name: ErrnoName) => boolean): string | undefined {
  if (is('ENODEV')) return 'the device must be in the network namespace that tsrun is run in: see "ip link"';
  if (is('EEXIST')) return 'a device in the network namespace of the container has that name: choose another in "name"';
  if (is('EPERM')) return 'moving a network device needs CAP_NET_ADMIN where it is, and CAP_SYS_ADMIN';
  return is('EINVAL') && op === 'move-network-device'
    ? 'some devices belong to their network namespace, and cannot leave it'
    : undefined;
}
