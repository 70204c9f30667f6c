// The rules about this machine, of `check --host`. Ids are stable.

import { error, note, warning } from './rule.js';

export const HOST_RULES = {
  'host/kernel': error('a kernel too old for tsrun', 'tsrun needs Linux 5.15 or later.'),
  'host/kernel-feature': error(
    'newer than this kernel',
    'The kernel of this machine came before what is asked for. A distribution may have added it to an older kernel all the same.',
  ),
  'host/privilege': error(
    'needs root',
    'Without root a container needs a user namespace of its own: "tsrun spec --rootless" writes such a config.json.',
  ),
  'host/cgroup': warning(
    'no cgroup v2',
    'tsrun uses cgroup v2 only. Boot with systemd.unified_cgroup_hierarchy=1, or give up limits with --cgroup-manager disabled.',
  ),
  'host/controller': error(
    'a limit without its controller',
    'The controller is not in the cgroup v2 tree: the kernel has it not, or it is in a v1 hierarchy.',
  ),
  'host/refused': error('what this machine cannot do', 'The document is valid, and create would refuse it here.'),
  'host/systemd': error('no systemd', "--systemd-cgroup needs systemd as PID 1, or the user's own."),
  'host/namespace': error('no such namespace', 'The kernel was built or configured without namespaces of this type.'),
  'host/namespace-path': error(
    'a namespace to join is not there',
    'The path must lead to a namespace of the type that is named (setns(2)).',
  ),
  'host/id-mapping': error(
    'a map that may not be written',
    'Without root more than the own id needs newuidmap and newgidmap, and a line in /etc/subuid and /etc/subgid.',
  ),
  'host/rootfs': error('no root filesystem', 'root.path, from the bundle, must be a directory.'),
  'host/program': error(
    'the program cannot be executed',
    "process.args[0], in the root filesystem and what is mounted in it, must be an executable file of this machine's kind whose interpreter is there.",
  ),
  'host/program-unknown': note(
    'the program cannot be looked up',
    'It is in a mount that there is only when the container is made.',
  ),
  'host/working-directory': note(
    'the working directory is made',
    'process.cwd is not in the root filesystem: it is made, empty and owned by root.',
  ),
  'host/bind-source': error('nothing to bind', 'The source of a bind mount must exist when the container is created.'),
  'host/hook': error(
    'a hook that cannot be executed',
    'Hooks are programs of the host, startContainer hooks excepted.',
  ),
  'host/device': error(
    'a device that is not there',
    "In a user namespace a device node cannot be made: the host's own is bound, and must exist.",
  ),
  'host/block-device': warning(
    'limits of a device that is not there',
    'The kernel refuses limits of a block device that it does not know.',
  ),
  'host/network-device': error(
    'a network device that is not there',
    "linux.netDevices moves devices of the runtime's network namespace.",
  ),
  'host/apparmor-profile': error('an AppArmor profile that is not loaded', 'Load it with apparmor_parser(8).'),
  'host/seccomp': error(
    'a filter that this kernel cannot load',
    '/proc/sys/kernel/seccomp/actions_avail has the actions of this kernel.',
  ),
  'host/seccomp-agent': error(
    'no agent',
    'The agent of linux.seccomp.listenerPath must be listening when the container is created.',
  ),
  'host/filesystem': warning(
    'a filesystem that the kernel does not have',
    'It is not in /proc/filesystems. A module may still bring it when it is mounted.',
  ),
  'host/capability': warning('a capability newer than this kernel', 'It is left out.'),
  'host/rlimit': error(
    "a limit above the kernel's own",
    'RLIMIT_NOFILE can be at most fs.nr_open (setrlimit(2): EPERM).',
  ),
  'host/sysctl': warning(
    'a sysctl that is not there',
    'Writing it fails where the kernel does not have it. Some appear with a module, or only in a namespace.',
  ),
  'host/unreadable': note('what could not be looked up', 'Run as root, check sees more.'),
} as const;
