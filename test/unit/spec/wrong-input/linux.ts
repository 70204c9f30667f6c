// config-linux.md: devices, network devices, paths, sysctl, personality, memory policy and Intel RDT.

import {
  array,
  boolean,
  conflict,
  int64,
  object,
  required,
  string,
  strings,
  uint32,
  type WrongInput,
  words,
  wrong,
} from './wrong-input.js';

const D = 'linux.devices[0]';

const DEVICES: readonly WrongInput[] = [
  ...array('linux.devices'),
  ...object(D),
  ...words(`${D}.type`, 'c', 'b', 'u', 'p'),
  ...required(`${D}.type`, `${D}.path`),
  ...string(`${D}.path`),
  ...int64(`${D}.major`, `${D}.minor`),
  ...uint32(`${D}.fileMode`, `${D}.uid`, `${D}.gid`),
  wrong(
    `${D}.fileMode`,
    'type',
    '0666',
    'found "0666", must be an integer from 0 to 4294967295: write 438, which is octal 0666',
  ),
  wrong(`${D}.path`, 'format', 'dev/x', 'found "dev/x", must be an absolute path'),
  wrong(`${D}.path`, 'format', '', 'found "", must be an absolute path'),
  wrong(`${D}.fileMode`, 'format', 0o200000, 'found 65536, must be at most 65535 (octal 177777)'),
  wrong(`${D}.major`, 'format', 4096, 'found 4096, must be from 0 to 4095'),
  wrong(`${D}.minor`, 'format', 1048576, 'found 1048576, must be from 0 to 1048575'),
  wrong(`${D}.minor`, 'format', -1, 'found -1, must be from 0 to 1048575'),
  wrong(`${D}.major`, 'format', undefined, 'found nothing, must be set for type "c"'),
  conflict(
    [
      [`${D}.type`, 'b'],
      [`${D}.minor`, undefined],
    ],
    `${D}.minor: found nothing, must be set for type "b"`,
  ),
  conflict(
    [['linux.devices[1]', { type: 'c', path: '/dev/./x', major: 1, minor: 5 }]],
    'linux.devices[1].path: found "/dev/./x" twice with different devices, must be there once',
  ),
];

const deviceName = 'must be the name of a network device';
const NET_DEVICES: readonly WrongInput[] = [
  ...object('linux.netDevices', 'linux.netDevices.eth0'),
  ...string('linux.netDevices.eth0.name'),
  ...['a/b', '..', 'x'.repeat(16), 'a b', 'eth%s', 'a:1'].map((name) =>
    wrong('linux.netDevices.eth0.name', 'format', name, `found "${name}", ${deviceName}`),
  ),
  wrong('linux.netDevices["eth%d"]', 'format', {}, `found "eth%d", ${deviceName}`),
  ...[
    ['linux.netDevices.eth0.name', 'lo'],
    ['linux.netDevices.lo', {}],
  ].map(([path, value]) =>
    wrong(
      `${path}`,
      'format',
      value,
      'found "lo", must not be the loopback device: each network namespace has its own',
    ),
  ),
  wrong('linux.netDevices["a/b"]', 'format', {}, `found "a/b", ${deviceName}`),
  conflict([['linux.netDevices.eth1', {}]], 'linux.netDevices.eth1.name: found "eth1" twice, must be there once'),
];

const sysctl = (name: string, message: string): WrongInput => wrong(`linux.sysctl["${name}"]`, 'format', '1', message);
const SYSCTL: readonly WrongInput[] = [
  ...object('linux.sysctl'),
  ...string('linux.sysctl["net.ipv4.ip_forward"]'),
  wrong('linux.sysctl["net.ipv4.ip_forward"]', 'type', 1, 'found 1, must be a string: write "1"'),
  ...['net', '', 'net/../kernel/core_pattern', 'net..a'].map((name) => sysctl(name, 'is not the name of a sysctl')),
  sysctl('kernel.hostname', 'must not be set by a sysctl, use hostname'),
  sysctl('kernel.core_pattern', 'must not be set: it is of no namespace, so it would change the host'),
  wrong(
    'linux.sysctl["net.ipv4.ip_forward"]',
    'format',
    '1\n0',
    'found a value with a newline or NUL, must be one line',
  ),
  conflict(
    [
      ['linux.sysctl["kernel.msgmax"]', '1'],
      ['linux.namespaces', ['network', 'mount', 'uts', 'user', 'time'].map((type) => ({ type }))],
    ],
    'linux.sysctl["kernel.msgmax"]: needs a namespace of type "ipc", linux.namespaces has none',
  ),
  conflict(
    [['linux.sysctl["net/ipv4/ip_forward"]', '0']],
    'linux.sysctl["net/ipv4/ip_forward"]: is the same as "net.ipv4.ip_forward", must be there once',
  ),
];

const PATHS: readonly WrongInput[] = [
  ...string('linux.cgroupsPath', 'linux.mountLabel', 'linux.rootfsPropagation'),
  ...strings('linux.maskedPaths', 'linux.readonlyPaths'),
  ...['maskedPaths', 'readonlyPaths'].flatMap((key) => [
    wrong(`linux.${key}[0]`, 'format', 'proc', 'found "proc", must be an absolute path'),
    wrong(`linux.${key}[0]`, 'format', '', 'found "", must be an absolute path'),
  ]),
  ...['Slave', 'rr', 'rprivate,', 'none'].map((word) =>
    wrong(
      'linux.rootfsPropagation',
      'format',
      word,
      `found "${word}", must be one of "private", "shared", "slave", "unbindable", or one of them after "r"`,
    ),
  ),
];

const R = 'linux.intelRdt';
const RDT: readonly WrongInput[] = [
  ...object(R),
  ...string(`${R}.closID`, `${R}.l3CacheSchema`, `${R}.memBwSchema`),
  ...strings(`${R}.schemata`),
  ...boolean(`${R}.enableMonitoring`),
  ...['a/b', '.', '..', 'info'].map((id) =>
    wrong(`${R}.closID`, 'format', id, `found "${id}", must be the name of a class: of a directory of resctrl, or "/"`),
  ),
  wrong(`${R}.memBwSchema`, 'format', 'L3:0=f', 'found "L3:0=f", must be one line that begins with "MB:"'),
  wrong(`${R}.schemata[0]`, 'format', 'L3:0=f\nMB:0=1', 'found "L3:0=f\\nMB:0=1", must be one line'),
];

const Y = 'linux.memoryPolicy';
const POLICY: readonly WrongInput[] = [
  ...object(Y),
  ...words(
    `${Y}.mode`,
    'MPOL_DEFAULT',
    'MPOL_PREFERRED',
    'MPOL_BIND',
    'MPOL_INTERLEAVE',
    'MPOL_LOCAL',
    'MPOL_PREFERRED_MANY',
    'MPOL_WEIGHTED_INTERLEAVE',
  ),
  ...required(`${Y}.mode`),
  ...string(`${Y}.nodes`),
  ...array(`${Y}.flags`),
  ...words(`${Y}.flags[0]`, 'MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'),
  ...['a', '3-1', '0,'].map((nodes) =>
    wrong(`${Y}.nodes`, 'format', nodes, `found "${nodes}", must be a list of nodes such as "0-3,7"`),
  ),
  wrong(`${Y}.nodes`, 'format', '0-4096', 'found "0-4096", must have no node above 4095'),
  wrong(`${Y}.nodes`, 'format', '', 'found no node, MPOL_BIND needs one'),
  conflict([[`${Y}.mode`, 'MPOL_LOCAL']], `${Y}.nodes: found "0", must be empty with MPOL_LOCAL`),
  conflict(
    [[`${Y}.flags`, ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES']]],
    `${Y}.flags: found "MPOL_F_RELATIVE_NODES" and "MPOL_F_STATIC_NODES", must have at most one of them`,
  ),
];

export const LINUX: readonly WrongInput[] = [
  ...DEVICES,
  ...NET_DEVICES,
  ...SYSCTL,
  ...PATHS,
  ...RDT,
  ...POLICY,
  ...object('linux.personality'),
  ...words('linux.personality.domain', 'LINUX', 'LINUX32'),
  wrong(
    'linux.personality.domain',
    'enum',
    'linux32',
    'found "linux32", must be one of "LINUX", "LINUX32": write "LINUX32"',
  ),
  ...required('linux.personality.domain'),
  ...strings('linux.personality.flags'),
];
