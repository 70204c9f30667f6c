// Configs that are right, made at random: the same for the same seed. Only fields that every runtime of the comparison has.

import { join } from 'node:path';
import { CAPABILITIES } from '../../src/spec/capabilities.js';
import type { Capabilities, Device, Hooks, Mount, Namespace, Spec } from '../../src/spec/types.js';
import { Random } from '../support/random.js';

export interface Places {
  /** A directory of the host with `file`, `directory/file` and `private/`, to be bound. */
  readonly shared: string;
  /** A file of the host that hooks write to. */
  readonly hookLog: string;
}

/** What the program is asked to look at, whatever the config has. */
const SURVEYED = [
  '/',
  '/dev',
  ...['null', 'zero', 'full', 'tty', 'random', 'urandom', 'ptmx', 'fd', 'stdin', 'core', 'a', 'b', 'u', 'deep/p'].map(
    (name) => `/dev/${name}`,
  ),
  ...['kcore', 'sysrq-trigger', 'sys', 'bus', 'acpi'].map((name) => `/proc/${name}`),
  ...['kernel/msgmax', 'kernel/shm_rmid_forced', 'net/ipv4/ip_forward', 'net/core/somaxconn'].map(
    (name) => `/proc/sys/${name}`,
  ),
  ...['/work', '/work/here', '/srv', '/srv/file', '/data', '/data/file', '/data/directory', '/tmp', '/etc', '/file'],
];

export function makeConfig(seed: number, places: Places): Spec {
  const random = new Random(seed);
  const namespaces = makeNamespaces(random);
  const has = (type: string) => namespaces.some((namespace) => namespace.type === type);
  return {
    ociVersion: '1.0.2',
    process: makeProcess(random),
    root: { path: 'rootfs', readonly: random.chance(30) },
    ...(has('uts') ? { hostname: random.pick(['box', 'a-b.c', 'x'.repeat(64)]) } : {}),
    mounts: makeMounts(random, has, places),
    ...(random.chance(40) ? { hooks: makeHooks(random, places) } : {}),
    annotations: { 'org.example': 'x' },
    linux: {
      namespaces,
      ...(has('user') ? makeMappings(random) : {}),
      devices: has('user') ? [] : makeDevices(random),
      sysctl: makeSysctls(random, has),
      ...(random.chance(50) ? { rootfsPropagation: random.pick(['private', 'slave', 'shared']) } : {}),
      maskedPaths: random.some(['/proc/kcore', '/proc/keys', '/proc/acpi', '/etc', '/absent', '/srv/file']),
      readonlyPaths: random.some(['/proc/bus', '/proc/sys', '/proc/sysrq-trigger', '/tmp', '/absent', '/data']),
      ...(random.chance(30) ? { seccomp: makeFilter(random) } : {}),
    },
  };
}

function makeNamespaces(random: Random): Namespace[] {
  const optional = random.some(['pid', 'network', 'ipc', 'uts', 'cgroup'] as const, 75);
  const user = random.chance(20) ? (['user'] as const) : [];
  return random.shuffle([...optional, ...user, 'mount' as const]).map((type) => ({ type }));
}

function makeMappings(random: Random) {
  const size = random.pick([65536, 100_000]);
  const line = [{ containerID: 0, hostID: 100_000, size }];
  return { uidMappings: line, gidMappings: line };
}

function makeProcess(random: Random): NonNullable<Spec['process']> {
  return {
    terminal: false,
    user: {
      uid: random.pick([0, 0, 1, 1000, 65534]),
      gid: random.pick([0, 0, 5, 1000]),
      ...(random.chance(50) ? { umask: random.pick([0, 0o022, 0o077, 0o777]) } : {}),
      ...(random.chance(50) ? { additionalGids: random.some([0, 4, 10, 1000, 60_000]) } : {}),
    },
    args: ['/probe', 'look-around', ...SURVEYED],
    env: random.some(
      ['PATH=/bin', 'A=1', 'A=2', 'EMPTY=', 'TERM=xterm', 'HOME=/srv', 'HOME=', 'LONG=x y\tz', 'B=c=d'],
      50,
    ),
    cwd: random.pick(['/', '/srv', '/work', '/work/here', '/tmp', '/srv/']),
    capabilities: makeCapabilities(random),
    rlimits: makeRlimits(random),
    noNewPrivileges: random.chance(50),
    ...(random.chance(50) ? { oomScoreAdj: random.pick([0, 1, 500, 1000]) } : {}),
  };
}

/** Each set within those that capabilities(7) wants it in. */
function makeCapabilities(random: Random): Capabilities {
  // Those that a test may lack itself: runc has no way to go on without.
  const known = CAPABILITIES.slice(0, 38).filter((name) => name !== 'CAP_SYS_RESOURCE');
  const bounding = random.some(known, random.pick([0, 20, 60, 100]));
  const permitted = random.some(bounding, random.pick([0, 50, 100]));
  const inheritable = random.some(permitted, random.pick([0, 50]));
  return {
    bounding,
    permitted,
    effective: random.some(permitted, random.pick([0, 50, 100])),
    inheritable,
    ambient: random.some(inheritable, random.pick([0, 50, 100])),
  };
}

function makeRlimits(random: Random): NonNullable<NonNullable<Spec['process']>['rlimits']> {
  // Those whose hard limit is above these values everywhere, and which the runtimes themselves do not run into.
  const types = [
    'RLIMIT_CORE',
    'RLIMIT_LOCKS',
    'RLIMIT_MEMLOCK',
    'RLIMIT_MSGQUEUE',
    'RLIMIT_NOFILE',
    'RLIMIT_RSS',
    'RLIMIT_SIGPENDING',
  ];
  return random.some(types, 30).map((type) => {
    const hard = random.pick([100, 1024, 4096]);
    return { type, hard, soft: random.pick([hard, 64, 0].filter((soft) => type !== 'RLIMIT_NOFILE' || soft > 0)) };
  });
}

const ATTRIBUTES = ['ro', 'rw', 'nosuid', 'suid', 'nodev', 'dev', 'noexec', 'exec'];
/** In a user namespace runc 1.1 cannot bind with these. */
const ACCESS_TIMES = [['noatime'], ['relatime'], ['strictatime'], ['nodiratime'], ['noatime', 'nodiratime']];
const PROPAGATION = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable'];

function makeMounts(random: Random, has: (type: string) => boolean, { shared }: Places): Mount[] {
  const few = () => [
    ...random.some(ATTRIBUTES, 20),
    ...(random.chance(40) && !has('user') ? random.pick(ACCESS_TIMES) : []),
  ];
  const propagation = () => (random.chance(30) ? [random.pick(PROPAGATION)] : []);
  const dev: Mount = {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: [
      ...random.some(['nosuid', 'strictatime', 'noexec']),
      `mode=${random.pick(['755', '0755', '1777'])}`,
      'size=65536k',
    ],
  };
  const more: Mount[] = [
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'nodev', 'mode=1777', 'size=1m'] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [...few(), ...propagation(), 'size=1m'] },
    {
      destination: '/srv',
      type: random.pick(['bind', 'none']),
      source: shared,
      options: [random.pick(['bind', 'rbind']), ...few(), ...propagation()],
    },
    { destination: '/data', source: join(shared, 'directory'), options: ['bind', ...few(), ...propagation()] },
    { destination: '/file', source: join(shared, 'file'), options: ['bind', ...few()] },
    ...(has('ipc')
      ? [
          {
            destination: '/dev/mqueue',
            type: 'mqueue',
            source: 'mqueue',
            options: few().filter((word) => word !== 'ro'),
          },
        ]
      : []),
    ...(has('network')
      ? [{ destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] }]
      : []),
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...(has('user') ? [] : ['gid=5'])],
    },
  ];
  const proc: Mount = {
    destination: '/proc',
    type: 'proc',
    source: 'proc',
    options: random.some(['nosuid', 'noexec', 'nodev']),
  };
  // A new procfs needs a new pid namespace where there is a user namespace, proc(5).
  const procs = has('user') && !has('pid') ? [{ ...proc, type: 'none', source: '/proc', options: ['rbind'] }] : [proc];
  return [...procs, dev, ...random.some(more, 60)];
}

function makeDevices(random: Random): Device[] {
  const mode = () => (random.chance(50) ? { fileMode: random.pick([0o600, 0o666, 0o640, 0o20660]) } : {});
  const owner = () => (random.chance(30) ? { uid: 1000, gid: 5 } : {});
  const devices: Device[] = [
    { type: 'c', path: '/dev/a', major: 1, minor: 3, ...mode(), ...owner() },
    { type: 'u', path: '/dev/u', major: 1, minor: 5, ...mode(), ...owner() },
    { type: 'b', path: '/dev/b', major: 7, minor: 200, ...mode(), ...owner() },
    { type: 'p', path: '/dev/deep/p', ...mode(), ...owner() },
  ];
  return random.some(devices, 40);
}

function makeSysctls(random: Random, has: (type: string) => boolean): Record<string, string> {
  const names = [
    ...(has('ipc') && !has('user') ? ['kernel.msgmax', 'kernel.shm_rmid_forced'] : []),
    ...(has('network') ? ['net.ipv4.ip_forward', 'net/core/somaxconn'] : []),
  ];
  return Object.fromEntries(random.some(names, 40).map((name) => [name, name.includes('max') ? '1234' : '1']));
}

/** Those of the runtime namespace write to a file of the host, the last into the container. */
function makeHooks(random: Random, { hookLog }: Places): Hooks {
  const write = (kind: string) => ({
    path: '/bin/sh',
    args: ['sh', '-c', `echo "${kind} $A $(readlink /proc/self/ns/mnt | wc -c)" >> ${hookLog}`],
    env: [`A=${kind.length}`],
  });
  const kinds = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;
  return Object.fromEntries(random.some(kinds).map((kind) => [kind, [write(kind)]]));
}

function makeFilter(random: Random): NonNullable<NonNullable<Spec['linux']>['seccomp']> {
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [
      {
        names: random.pick([['chmod', 'fchmod'], ['swapon'], ['swapon', 'unknown_call']]),
        action: 'SCMP_ACT_ERRNO',
        errnoRet: random.pick([1, 38]),
      },
    ],
  };
}
