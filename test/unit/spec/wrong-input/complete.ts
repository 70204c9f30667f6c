// A config.json that is right, and in which every field of the schema is set: each wrong input is one change of it.

const map = (containerID: number) => ({ containerID, hostID: 100_000 + containerID, size: 1000 });
const hook = (path: string) => ({ path, args: ['hook', '-v'], env: ['A=1'], timeout: 5 });
const throttle = [{ major: 8, minor: 0, rate: 1024 }];

/** Anew with each call. */
export function completeConfig(): Record<string, unknown> {
  // What stands in several places is several objects then.
  const text = JSON.stringify({
    ociVersion: '1.3.0',
    process: PROCESS,
    root: { path: 'rootfs', readonly: true },
    hostname: 'host',
    domainname: 'domain',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid'] },
      { destination: '/data', source: '/srv', options: ['bind', 'ro'], uidMappings: [map(0)], gidMappings: [map(0)] },
    ],
    hooks: {
      prestart: [hook('/a')],
      createRuntime: [hook('/b')],
      createContainer: [hook('/c')],
      startContainer: [hook('/d')],
      poststart: [hook('/e')],
      poststop: [hook('/f')],
    },
    annotations: { key: 'value' },
    linux: LINUX,
  });
  return JSON.parse(text) as Record<string, unknown>;
}

const PROCESS = {
  terminal: true,
  consoleSize: { height: 24, width: 80 },
  user: { uid: 1, gid: 2, umask: 18, additionalGids: [3, 4], username: 'nobody' },
  args: ['sh', '-c', 'true'],
  commandLine: 'sh',
  env: ['PATH=/bin', 'A='],
  cwd: '/',
  capabilities: {
    bounding: ['CAP_KILL'],
    effective: ['CAP_KILL'],
    inheritable: ['CAP_KILL'],
    permitted: ['CAP_KILL'],
    ambient: ['CAP_KILL'],
  },
  rlimits: [
    { type: 'RLIMIT_NOFILE', soft: 10, hard: 20 },
    { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
  ],
  noNewPrivileges: true,
  apparmorProfile: 'profile',
  oomScoreAdj: 100,
  scheduler: {
    policy: 'SCHED_OTHER',
    nice: 5,
    priority: 0,
    flags: ['SCHED_FLAG_RESET_ON_FORK'],
    runtime: 0,
    deadline: 0,
    period: 0,
  },
  selinuxLabel: 'label',
  ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
  execCPUAffinity: { initial: '0-3', final: '1' },
};

const RESOURCES = {
  devices: [{ allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' }],
  memory: {
    limit: 1000,
    reservation: 500,
    swap: 2000,
    kernel: 1,
    kernelTCP: 1,
    swappiness: 60,
    disableOOMKiller: false,
    useHierarchy: true,
    checkBeforeUpdate: true,
  },
  cpu: {
    shares: 1024,
    quota: 50_000,
    burst: 1000,
    period: 100_000,
    realtimeRuntime: 1000,
    realtimePeriod: 100_000,
    cpus: '0-3',
    mems: '0',
    idle: 0,
  },
  pids: { limit: 100 },
  blockIO: {
    weight: 100,
    leafWeight: 100,
    weightDevice: [{ major: 8, minor: 0, weight: 100, leafWeight: 100 }],
    throttleReadBpsDevice: throttle,
    throttleWriteBpsDevice: throttle,
    throttleReadIOPSDevice: throttle,
    throttleWriteIOPSDevice: throttle,
  },
  hugepageLimits: [{ pageSize: '2MB', limit: 4096 }],
  network: { classID: 1, priorities: [{ name: 'eth0', priority: 5 }] },
  rdma: { mlx5_0: { hcaHandles: 1, hcaObjects: 2 } },
  unified: { 'memory.high': '1000' },
};

const LINUX = {
  namespaces: [
    { type: 'pid', path: '/proc/1/ns/pid' },
    ...['network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'].map((type) => ({ type })),
  ],
  uidMappings: [map(0), map(1000)],
  gidMappings: [map(0), map(1000)],
  timeOffsets: { boottime: { secs: 5, nanosecs: 6 }, monotonic: { secs: -5 } },
  devices: [{ type: 'c', path: '/dev/x', major: 1, minor: 3, fileMode: 438, uid: 0, gid: 0 }],
  netDevices: { eth0: { name: 'eth1' } },
  cgroupsPath: '/a/b',
  resources: RESOURCES,
  rootfsPropagation: 'slave',
  seccomp: {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ['SCMP_ARCH_X86_64'],
    flags: ['SECCOMP_FILTER_FLAG_LOG'],
    listenerPath: '/run/agent',
    listenerMetadata: 'x',
    syscalls: [
      {
        names: ['chmod'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 2,
        args: [{ index: 1, value: 2, valueTwo: 3, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      { names: ['mount'], action: 'SCMP_ACT_NOTIFY' },
    ],
  },
  sysctl: { 'net.ipv4.ip_forward': '1' },
  maskedPaths: ['/proc/kcore'],
  readonlyPaths: ['/proc/sys'],
  mountLabel: 'label',
  intelRdt: {
    closID: 'clos',
    schemata: ['L3:0=f'],
    l3CacheSchema: 'L3:0=f',
    memBwSchema: 'MB:0=20',
    enableMonitoring: true,
  },
  memoryPolicy: { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] },
  personality: { domain: 'LINUX32', flags: ['X'] },
};
