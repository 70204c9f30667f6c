import type { Json } from './parsing.js';
import { NAMESPACES, type Row, table } from './table.js';

const device = (change: Json) => ({
  linux: { devices: [{ type: 'c', path: '/dev/x', major: 1, minor: 3, ...change }] },
});
table('checkDevices', [
  [device({ fileMode: 0o20666 })],
  [device({ type: 'p', major: undefined, minor: undefined })],
  [device({ path: 'x' }), 'linux.devices[0].path: found "x", must be an absolute path'],
  [device({ major: undefined }), 'linux.devices[0].major: found nothing, must be set for type "c"'],
  [device({ minor: -1 }), 'linux.devices[0].minor: found -1, must be from 0 to 1048575'],
  [device({ fileMode: 0o200000 }), 'linux.devices[0].fileMode: found 65536, must be at most 65535 (octal 177777)'],
]);

const netDevices = (devices: Json) => ({ linux: { netDevices: devices } });
table('checkNetDevices', [
  [
    netDevices({
      eth0: {},
      eth1: { name: 'eth2' },
      eth2: { name: 'eth1' },
      a: { name: 'net%d' },
      b: { name: 'net%d' },
    }),
  ],
  [netDevices({ ['x'.repeat(15)]: {}, b: { name: '%dnet' }, c: { name: 'ä'.repeat(7) } })],
  [
    netDevices({ 'a/b': {}, eth1: { name: 'x'.repeat(16) }, eth2: { name: 'eth3' }, eth3: {} }),
    'linux.netDevices["a/b"]: found "a/b", must be the name of a network device',
    'linux.netDevices.eth1.name: found "xxxxxxxxxxxxxxxx", must be the name of a network device',
    'linux.netDevices.eth3.name: found "eth3" twice, must be there once',
  ],
  ...['a b', 'a:b', '.', '..', 'net%s', 'net%d%d', '100%', '%d', 'net0123456789a%d', 'ä'.repeat(8)].map(
    (name): Row => [
      netDevices({ eth0: { name } }),
      `linux.netDevices.eth0.name: found "${name}", must be the name of a network device`,
    ],
  ),
  [netDevices({ 'eth%d': {} }), 'linux.netDevices["eth%d"]: found "eth%d", must be the name of a network device'],
  [
    netDevices({ lo: { name: 'a' }, b: { name: 'lo' } }),
    'linux.netDevices.lo: found "lo", must not be the loopback device: each network namespace has its own',
    'linux.netDevices.b.name: found "lo", must not be the loopback device: each network namespace has its own',
  ],
]);

const rdt = (intelRdt: Json) => ({ linux: { intelRdt } });
table('checkIntelRdt', [
  [rdt({ closID: 'a', memBwSchema: 'MB:0=20', schemata: ['L3:0=f'] })],
  [rdt({ closID: '/', enableMonitoring: true })],
  ...['a/b', '.', '..', 'info', 'mon_groups', 'mon_data', '/a'].map(
    (closID): Row => [
      rdt({ closID }),
      `linux.intelRdt.closID: found "${closID}", must be the name of a class: of a directory of resctrl, or "/"`,
    ],
  ),
  [
    rdt({ memBwSchema: 'MB:0=20\n' }),
    'linux.intelRdt.memBwSchema: found "MB:0=20\\n", must be one line that begins with "MB:"',
  ],
  [rdt({ schemata: ['a\nb'] }), 'linux.intelRdt.schemata[0]: found "a\\nb", must be one line'],
]);

const policy = (nodes: string, flags: string[] = [], mode = 'MPOL_BIND') => ({
  linux: { memoryPolicy: { mode, nodes, flags } },
});
const NODES = 'linux.memoryPolicy.nodes';
table('checkMemoryPolicy', [
  [policy('0-1,3', ['MPOL_F_STATIC_NODES'])],
  [policy('4095')],
  ...['MPOL_DEFAULT', 'MPOL_LOCAL', 'MPOL_PREFERRED'].map((mode): Row => [policy('', [], mode)]),
  ...['MPOL_BIND', 'MPOL_INTERLEAVE', 'MPOL_PREFERRED_MANY', 'MPOL_WEIGHTED_INTERLEAVE'].map(
    (mode): Row => [policy(' ', [], mode), `${NODES}: found no node, ${mode} needs one`],
  ),
  ...['MPOL_DEFAULT', 'MPOL_LOCAL'].map(
    (mode): Row => [policy('0', [], mode), `${NODES}: found "0", must be empty with ${mode}`],
  ),
  ...['a', '1-0', '0,', '-1', 'all'].map(
    (nodes): Row => [policy(nodes), `${NODES}: found "${nodes}", must be a list of nodes such as "0-3,7"`],
  ),
  [policy('0-9876543210'), `${NODES}: found "0-9876543210", must have no node above 4095`],
  [policy('4096', [], 'MPOL_PREFERRED'), `${NODES}: found "4096", must have no node above 4095`],
  [
    policy('0', ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES']),
    'linux.memoryPolicy.flags: found "MPOL_F_RELATIVE_NODES" and "MPOL_F_STATIC_NODES", must have at most one of them',
  ],
]);

const sysctl = (name: string, value = '1', namespaces = NAMESPACES) => ({
  linux: { namespaces, sysctl: { [name]: value } },
});
const host = (name: string) =>
  `linux.sysctl["${name}"]: must not be set: it is of no namespace, so it would change the host`;
table('checkSysctl', [
  ...['net.ipv4.ip_forward', 'net/ipv4/conf/eth0.1/rp_filter', 'net.ipv4.conf.eth0/1.rp_filter'].map(
    (name): Row => [sysctl(name)],
  ),
  ...['kernel.msgmax', 'kernel.shm_rmid_forced', 'kernel/sem', 'fs.mqueue.msg_max', 'kernel.domainname'].map(
    (name): Row => [sysctl(name)],
  ),
  [sysctl('user.max_user_namespaces', '1', [{ type: 'user', path: '/u' }])],
  [
    sysctl('user.max_user_namespaces'),
    'linux.sysctl["user.max_user_namespaces"]: needs a namespace of type "user", linux.namespaces has none',
  ],
  [
    sysctl('net.core.somaxconn', '1', []),
    'linux.sysctl["net.core.somaxconn"]: needs a namespace of type "network", linux.namespaces has none',
  ],
  [
    sysctl('kernel.shmmax', '1', []),
    'linux.sysctl["kernel.shmmax"]: needs a namespace of type "ipc", linux.namespaces has none',
  ],
  [sysctl('kernel.hostname'), 'linux.sysctl["kernel.hostname"]: must not be set by a sysctl, use hostname'],
  [sysctl('kernel/hostname'), 'linux.sysctl["kernel/hostname"]: must not be set by a sysctl, use hostname'],
  ...['kernel.core_pattern', 'vm.swappiness', 'kernel.shmmax.x', 'fs.mqueue', 'fs.file-max', 'netx.a'].map(
    (name): Row => [sysctl(name), host(name)],
  ),
  ...['net/../kernel/core_pattern', 'net', '', '.net.a', 'net..a', 'net/./a', 'net.//.a'].map(
    (name): Row => [sysctl(name), `linux.sysctl["${name}"]: is not the name of a sysctl`],
  ),
  [sysctl('net.a', '1\n2'), 'linux.sysctl["net.a"]: found a value with a newline or NUL, must be one line'],
]);

const seccomp = (change: Json) => ({ linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW', ...change } } });
const rule = (action: string, change: Json = {}) => seccomp({ syscalls: [{ names: ['chmod'], action, ...change }] });
table('checkSeccomp', [
  [rule('SCMP_ACT_ERRNO', { errnoRet: 4095, args: [{ index: 5, value: 1, op: 'SCMP_CMP_EQ' }] })],
  [
    seccomp({ defaultAction: 'SCMP_ACT_NOTIFY' }),
    'linux.seccomp.defaultAction: found "SCMP_ACT_NOTIFY", must not be the default',
  ],
  [seccomp({ defaultErrnoRet: 1 }), 'linux.seccomp.defaultErrnoRet: found 1, must not be set for "SCMP_ACT_ALLOW"'],
  [
    rule('SCMP_ACT_ERRNO', { errnoRet: 4096 }),
    'linux.seccomp.syscalls[0].errnoRet: found 4096, must be from 0 to 4095',
  ],
  [
    rule('SCMP_ACT_LOG', { names: [] }),
    'linux.seccomp.syscalls[0].names: found an empty array, must have at least one entry',
  ],
  [rule('SCMP_ACT_NOTIFY'), 'linux.seccomp.listenerPath: found nothing, must be set for "SCMP_ACT_NOTIFY"'],
  [seccomp({ listenerMetadata: 'x' }), 'linux.seccomp.listenerMetadata: must not be set without listenerPath'],
  [
    seccomp({ listenerPath: '/s', syscalls: [{ names: ['write'], action: 'SCMP_ACT_NOTIFY' }] }),
    'linux.seccomp.syscalls[0].names: found "write", must not be there for "SCMP_ACT_NOTIFY"',
  ],
  [
    rule('SCMP_ACT_LOG', { args: [{ index: 6, value: 1, op: 'SCMP_CMP_EQ' }] }),
    'linux.seccomp.syscalls[0].args[0].index: found 6, must be from 0 to 5',
  ],
]);

table('checkMasks', [
  [{ linux: { maskedPaths: ['/a'], readonlyPaths: ['/b'] } }],
  [
    { linux: { maskedPaths: ['/a', 'b'], readonlyPaths: [''] } },
    'linux.maskedPaths[1]: found "b", must be an absolute path',
    'linux.readonlyPaths[0]: found "", must be an absolute path',
  ],
]);
