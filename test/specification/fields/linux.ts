// Fields of `linux` without `resources`.
import { fields } from '../field.js';

const MAPPING = ['containerID', 'hostID', 'size'];

export const MOUNT_MAPPINGS = ['uidMappings[]', 'gidMappings[]'].flatMap((list) =>
  fields(
    `mounts[].${list}`,
    MAPPING,
    ['make-id-map-namespace', 'id-map-mount'],
    'integration/id-mapped-mounts: can be another one than the map of the container',
  ),
);

export const LINUX = [
  ...fields(
    'linux.namespaces[]',
    ['type'],
    ['spawn-init', 'unshare'],
    'specification/config-linux/namespaces: a network namespace without a path is new',
  ),
  ...fields(
    'linux.namespaces[]',
    ['path'],
    ['open-namespace', 'join-namespace'],
    'specification/config-linux/namespaces: a network namespace with a path is joined',
  ),
  ...['uidMappings[]', 'gidMappings[]'].flatMap((list) =>
    fields(
      `linux.${list}`,
      MAPPING,
      'set-id-map',
      'integration/user-namespace: has exactly the mappings of config.json',
    ),
  ),
  ...fields(
    'linux.timeOffsets.*',
    ['secs', 'nanosecs'],
    'unshare-time',
    'integration/namespaces: of type time has the offsets of config.json',
  ),
  ...fields(
    'linux.devices[]',
    ['type', 'path', 'major', 'minor', 'fileMode', 'uid', 'gid'],
    'make-device',
    'integration/devices: has the devices of config.json, with their mode and owner',
  ),
  ...fields(
    'linux.netDevices.*',
    ['name'],
    'move-network-device',
    'integration/network-devices: is renamed, also to a name that the host has for another',
  ),
  ...fields(
    'linux',
    ['cgroupsPath'],
    ['open-cgroup', 'start-scope'],
    'conformance/cgroup/paths: is where an absolute cgroupsPath says',
    'conformance/systemd/scope: "slice:prefix:name" is the scope prefix-name in that slice',
  ),
  ...fields(
    'linux',
    ['rootfsPropagation'],
    'set-propagation',
    'integration/mount-targets: has the propagation of rootfsPropagation',
  ),
  ...fields(
    'linux.sysctl',
    ['*'],
    'write-sysctl',
    'integration/process: have the sysctls of config.json, with dots or slashes',
  ),
  ...fields('linux', ['maskedPaths[]'], 'mask', 'integration/devices: that is a file reads as empty'),
  ...fields('linux', ['readonlyPaths[]'], 'protect', 'integration/devices: cannot be written'),
  ...fields('linux', ['mountLabel'], 'label-mount', 'unit/plan/labels: labels new mounts that take one'),
  ...fields(
    'linux.personality',
    ['domain', 'flags[]'],
    'set-personality',
    'integration/process: have the personality of config.json',
    'unit/plan/identity: takes everything that config.json gives, in the order of runc',
  ),
  ...fields(
    'linux.intelRdt',
    ['closID'],
    ['make-resctrl-group', 'join-resctrl-group'],
    'integration/resctrl: makes a class that it names, which stays for others',
  ),
  ...fields(
    'linux.intelRdt',
    ['schemata[]', 'l3CacheSchema', 'memBwSchema'],
    'write-resctrl',
    'integration/resctrl: has a class of its own with its schemata, and its processes are in it',
  ),
  ...fields(
    'linux.intelRdt',
    ['enableMonitoring'],
    'make-resctrl-group',
    'integration/resctrl: has a monitoring group in its own class',
  ),
  ...fields(
    'linux.memoryPolicy',
    ['mode', 'nodes', 'flags[]'],
    'set-memory-policy',
    'integration/memory-policy: * is that of the program',
    'unit/plan/memory-policy: one with everything',
  ),
];

export const SECCOMP = [
  ...fields(
    'linux.seccomp',
    ['defaultAction'],
    'begin-filter',
    'integration/seccomp: may be the default: SCMP_ACT_LOG',
  ),
  ...fields(
    'linux.seccomp',
    ['defaultErrnoRet'],
    'begin-filter',
    'unit/plan/seccomp: says all that libseccomp has to know',
  ),
  ...fields(
    'linux.seccomp',
    ['architectures[]'],
    'begin-filter',
    'integration/seccomp: that are named are filtered by their own numbers (needs x86-64)',
  ),
  ...fields('linux.seccomp', ['flags[]'], 'load-seccomp', 'integration/seccomp: * are accepted by the kernel'),
  ...fields(
    'linux.seccomp',
    ['listenerPath', 'listenerMetadata'],
    ['connect-listener', 'tell-listener'],
    'integration/seccomp-agent: is told the state of the process when the container is created, before start',
  ),
  ...fields(
    'linux.seccomp.syscalls[]',
    ['names[]', 'action', 'errnoRet'],
    'filter-rule',
    'integration/seccomp: SCMP_ACT_ERRNO answers EPERM, or what errnoRet says',
  ),
  ...fields(
    'linux.seccomp.syscalls[].args[]',
    ['index', 'value', 'valueTwo', 'op'],
    'filter-rule',
    'integration/seccomp: SCMP_CMP_LT compares the argument with the value',
    'integration/seccomp: SCMP_CMP_MASKED_EQ compares the bits of value with valueTwo',
  ),
];
