// The rules of `check --audit`: what a container may do beyond itself. No finding is an error, as what it may do may be its purpose. Ids are stable.

import { note, warning } from './rule.js';

export const AUDIT_RULES = {
  'audit/root': warning(
    'root of the host',
    "Uid 0 without a user namespace is the host's root: whatever it finds a way to is open to it.",
  ),
  'audit/mapped-root': warning(
    'root is mapped',
    "A user namespace that maps the host's uid 0 gives the container files and processes of root.",
  ),
  'audit/privileged-capability': warning(
    'a capability that leads out',
    'Outside of a user namespace of its own the capability holds for the whole host.',
  ),
  'audit/host-namespace': warning('a namespace of the host', "What the namespace would have hidden is the host's own."),
  'audit/device-rule': warning(
    'access to devices',
    "A rule of linux.resources.devices that allows more than the container's own devices.",
  ),
  'audit/host-device': warning('a device of the host', 'A device node that leads to memory, disks or the kernel.'),
  'audit/host-mount': warning('a part of the host', 'A bind mount of what the host depends on.'),
  'audit/runtime-socket': warning(
    'a socket that commands the host',
    'Who can speak to it can start containers without any confinement, or services of the host.',
  ),
  'audit/writable-kernel-filesystem': warning(
    'a writable filesystem of the kernel',
    'sysfs and the cgroups of others change the host.',
  ),
  'audit/no-seccomp': warning(
    'no filter of system calls',
    'Every system call of the kernel, with its defects, is in reach. Take the default profile of podman or Docker.',
  ),
  'audit/permissive-seccomp': warning(
    'a filter that lets pass what it does not name',
    'Calls of newer kernels pass. Name what is allowed, and deny the rest.',
  ),
  'audit/system-call': warning(
    'a dangerous system call',
    'The filter lets pass a call that few programs need and many attacks use.',
  ),
  'audit/new-privileges': warning(
    'programs may gain privileges',
    "Without process.noNewPrivileges a set-user-ID program in the container gets its owner's privileges (prctl(2)).",
  ),
  'audit/set-user-id-mount': note(
    'set-user-ID programs may come in',
    'A writable mount without "nosuid", in a container without noNewPrivileges.',
  ),
  'audit/unmasked-path': warning(
    'information of the host in /proc and /sys',
    'linux.maskedPaths hides what a container has no use for; "tsrun spec" writes the usual list.',
  ),
  'audit/writable-kernel-path': warning(
    'switches of the host in /proc',
    'linux.readonlyPaths protects them; "tsrun spec" writes the usual list.',
  ),
  'audit/writable-rootfs': note(
    'a writable root filesystem',
    'What breaks in can stay: set root.readonly, and mount what has to be written.',
  ),
  'audit/no-limit': note('no limit', "The container can take all there is, and stop the host's other work."),
  'audit/shared-propagation': warning(
    'mounts that spread',
    'With shared propagation a mount in the container appears on the host.',
  ),
  'audit/sysctl': note('a kernel parameter', 'It holds for the namespace of the container, which may be shared.'),
  'audit/hook': note(
    'a program of the host',
    'Hooks run outside of the container, with the privileges of the runtime.',
  ),
  'audit/annotation': warning(
    'an annotation that is an instruction',
    'It changes how the runtime or systemd treat the container. Who takes config.json from others has to look at these.',
  ),
  'audit/unconfined': warning(
    'no mandatory access control on purpose',
    'The label says that AppArmor or SELinux are not to confine the program.',
  ),
  'audit/no-label': note(
    'no mandatory access control',
    'Neither process.apparmorProfile nor process.selinuxLabel is set.',
  ),
  'audit/secret': warning(
    'a secret in the environment',
    'The environment is in config.json, in /proc/PID/environ, and inherited by every program. Mount a file instead.',
  ),
  'audit/out-of-memory': note(
    'protected when memory runs out',
    'With a negative process.oomScoreAdj the kernel kills processes of the host first.',
  ),
} as const;
