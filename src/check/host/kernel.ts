// What the kernel of this machine has: its version, namespaces, filesystems, filters, capabilities, parameters.

import { CAPABILITIES } from '../../spec/capabilities.js';
import type { NamespaceType, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import { type Keys, valueAt } from '../pointer.js';
import type { HostCheck } from './index.js';

type Version = readonly [major: number, minor: number];

/** docs/errors.md, HOST_UNSUPPORTED. */
const NEEDED: Version = [5, 15];

function readRelease(release: string): Version {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return [major, minor];
}

function isBefore(a: Version, b: Version): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** What came after the oldest kernel that tsrun runs on, and is not asked for in a better way: release, words, and where it is asked for. */
const FEATURES: readonly (readonly [Version, string, (spec: Spec) => Keys[]])[] = [
  [
    [5, 19],
    'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
    (spec) => entriesOf(spec, ['linux', 'seccomp', 'flags'], 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'),
  ],
  [
    [6, 9],
    'MPOL_WEIGHTED_INTERLEAVE',
    ({ linux }) =>
      linux?.memoryPolicy?.mode === 'MPOL_WEIGHTED_INTERLEAVE' ? [['linux', 'memoryPolicy', 'mode']] : [],
  ],
  [[6, 4], 'the option "noswap" of tmpfs', ({ mounts }) => optionsOf(mounts, 'tmpfs', 'noswap')],
  [
    [6, 3],
    'id-mapped mounts of tmpfs',
    ({ mounts }) => [...optionsOf(mounts, 'tmpfs', 'idmap'), ...optionsOf(mounts, 'tmpfs', 'ridmap')],
  ],
];

function entriesOf(spec: Spec, keys: Keys, wanted: string): Keys[] {
  const list = valueAt(spec, keys);
  return (Array.isArray(list) ? list : []).flatMap((entry, index) => (entry === wanted ? [[...keys, index]] : []));
}

function optionsOf(mounts: Spec['mounts'], type: string, wanted: string): Keys[] {
  return (mounts ?? []).flatMap((mount, index) =>
    mount.type === type ? entriesOf({ mounts } as Spec, ['mounts', index, 'options'], wanted) : [],
  );
}

export function checkKernel(spec: Spec, { view }: HostCheck): Draft[] {
  const version = readRelease(view.release);
  if (isBefore(version, NEEDED)) {
    return [
      {
        rule: 'host/kernel',
        keys: [],
        message: `this is Linux ${view.release}, tsrun needs ${NEEDED.join('.')} or later`,
      },
    ];
  }
  return FEATURES.flatMap(([since, what, find]) =>
    (isBefore(version, since) ? find(spec) : []).map((keys): Draft => {
      return {
        rule: 'host/kernel-feature',
        keys,
        message: `${what} came with Linux ${since.join('.')}, this is ${view.release}`,
      };
    }),
  );
}

const NAMESPACE_FILES: Readonly<Record<NamespaceType, string>> = {
  ...{ pid: 'pid', network: 'net', mount: 'mnt', ipc: 'ipc', uts: 'uts', user: 'user', cgroup: 'cgroup', time: 'time' },
};

/** namespaces(7): what the kernel was not built with has no file. */
export function checkNamespaces({ linux }: Spec, { view }: HostCheck): Draft[] {
  return (linux?.namespaces ?? []).flatMap(({ type, path }, index): Draft[] => {
    const keys = ['linux', 'namespaces', index, 'type'];
    if (view.readLink(`/proc/self/ns/${NAMESPACE_FILES[type]}`) === null) {
      return [{ rule: 'host/namespace', keys, message: `this kernel has no namespaces of type "${type}"` }];
    }
    const reason = type === 'user' && path === undefined ? describeUserLimit(view.readText, view.uid) : null;
    return reason === null ? [] : [{ rule: 'host/namespace', keys, message: reason }];
  });
}

/** namespaces(7), /proc/sys/user; the other two are those of Debian and of Ubuntu. */
function describeUserLimit(readText: (path: string) => string | null, uid: number): string | null {
  const read = (name: string) => readText(`/proc/sys/${name}`)?.trim();
  if (read('user/max_user_namespaces') === '0') {
    return 'user.max_user_namespaces is 0: none can be made';
  }
  if (uid !== 0 && read('kernel/unprivileged_userns_clone') === '0') {
    return 'kernel.unprivileged_userns_clone is 0: only root can make one';
  }
  return uid !== 0 && read('kernel/apparmor_restrict_unprivileged_userns') === '1'
    ? 'kernel.apparmor_restrict_unprivileged_userns is 1: without a profile that allows it only root can use one'
    : null;
}

/** seccomp(2), /proc/sys/kernel/seccomp/actions_avail. */
const ACTIONS: Readonly<Record<string, string>> = {
  SCMP_ACT_KILL: 'kill_thread',
  SCMP_ACT_KILL_THREAD: 'kill_thread',
  SCMP_ACT_KILL_PROCESS: 'kill_process',
  SCMP_ACT_TRAP: 'trap',
  SCMP_ACT_ERRNO: 'errno',
  SCMP_ACT_NOTIFY: 'user_notif',
  SCMP_ACT_TRACE: 'trace',
  SCMP_ACT_LOG: 'log',
  SCMP_ACT_ALLOW: 'allow',
};

export function checkSeccomp({ linux }: Spec, { view }: HostCheck): Draft[] {
  const seccomp = linux?.seccomp;
  if (seccomp === undefined) {
    return [];
  }
  const available = view.readText('/proc/sys/kernel/seccomp/actions_avail')?.trim().split(' ');
  if (available === undefined) {
    return [
      { rule: 'host/seccomp', keys: ['linux', 'seccomp'], message: 'this kernel has no filters of system calls' },
    ];
  }
  const places: (readonly [Keys, string])[] = [
    [['linux', 'seccomp', 'defaultAction'], seccomp.defaultAction],
    ...(seccomp.syscalls ?? []).map(({ action }, index): [Keys, string] => [
      ['linux', 'seccomp', 'syscalls', index, 'action'],
      action,
    ]),
  ];
  return places.flatMap(([keys, action]): Draft[] => {
    const message = `this kernel has no action "${action}"`;
    return available.includes(ACTIONS[action] ?? '') ? [] : [{ rule: 'host/seccomp', keys, message }];
  });
}

/** proc_filesystems(5). */
export function checkFilesystems({ mounts }: Spec, { view }: HostCheck): Draft[] {
  const known = view
    .readText('/proc/filesystems')
    ?.split('\n')
    .map((line) => line.split('\t')[1]);
  return (mounts ?? []).flatMap(({ type = '', options = [] }, index): Draft[] => {
    const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind');
    const name = type === 'cgroup' ? 'cgroup2' : type.split('.')[0];
    if (known === undefined || isBind || name === '' || known.includes(name)) {
      return [];
    }
    return [
      {
        rule: 'host/filesystem',
        keys: ['mounts', index, 'type'],
        message: `this kernel has no filesystem "${name}" loaded`,
      },
    ];
  });
}

/** capabilities(7), /proc/sys/kernel/cap_last_cap. */
export function checkCapabilities({ process }: Spec, { view }: HostCheck): Draft[] {
  const last = Number(view.readText('/proc/sys/kernel/cap_last_cap') ?? CAPABILITIES.length);
  const newer: readonly string[] = CAPABILITIES.slice(last + 1);
  return Object.entries(process?.capabilities ?? {}).flatMap(([set, names]) =>
    ((names ?? []) as string[]).flatMap((name, index): Draft[] => {
      const message = `this kernel has no ${name}`;
      return newer.includes(name)
        ? [{ rule: 'host/capability', keys: ['process', 'capabilities', set, index], message }]
        : [];
    }),
  );
}

export function checkRlimits({ process }: Spec, { view }: HostCheck): Draft[] {
  const most = view.readText('/proc/sys/fs/nr_open')?.trim();
  return (process?.rlimits ?? []).flatMap(({ type, hard }, index): Draft[] => {
    const message = `found ${hard}, but fs.nr_open of this machine is ${most}`;
    const isOver = most !== undefined && type === 'RLIMIT_NOFILE' && BigInt(hard) > BigInt(most);
    return isOver ? [{ rule: 'host/rlimit', keys: ['process', 'rlimits', index, 'hard'], message }] : [];
  });
}

/** sysctl(8): whichever of `.` and `/` comes first separates. */
export function checkSysctls({ linux }: Spec, { view }: HostCheck): Draft[] {
  return Object.keys(linux?.sysctl ?? {}).flatMap((name): Draft[] => {
    const dotted = /[./]/.exec(name)?.[0] === '.';
    const path = dotted ? name.replace(/[./]/g, (letter) => (letter === '.' ? '/' : '.')) : name;
    const message = `this kernel has no /proc/sys/${path}`;
    const isMissing = view.look(`/proc/sys/${path}`) === 'missing';
    return isMissing ? [{ rule: 'host/sysctl', keys: ['linux', 'sysctl', name], message, ofKey: true }] : [];
  });
}
