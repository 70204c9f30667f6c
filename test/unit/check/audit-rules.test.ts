// Every rule of --audit: what is changed in a config.json of which the audit has nothing to say, and what it says then.

import { describe, expect, it } from 'vitest';
import { MASKED_PATHS, READONLY_PATHS } from '../../../src/check/audit/mounts.js';
import { AUDIT_RULES } from '../../../src/check/rules/audit-rules.js';
import { defaultSpec } from '../../../src/lifecycle/spec.js';
import type { Json } from '../spec/parsing.js';
import { checkText } from './checking.js';

const TYPES = ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup', 'user'];
const MAP = [{ containerID: 0, hostID: 100000, size: 65536 }];
const PROC = { destination: '/proc', type: 'proc', source: 'proc' };

/** As closed as a container can be; `drop` leaves out namespaces. */
function closed(change: { process?: Json; linux?: Json; root?: Json; drop?: string[] } & Json = {}): Json {
  const { process, linux, root, drop = [], ...rest } = change;
  const user = drop.includes('user') ? {} : { uidMappings: MAP, gidMappings: MAP };
  return {
    ociVersion: '1.3.0',
    process: { cwd: '/', args: ['sh'], noNewPrivileges: true, apparmorProfile: 'box', ...process },
    root: { path: 'rootfs', readonly: true, ...root },
    mounts: [PROC],
    ...rest,
    linux: {
      ...{ ...user, maskedPaths: MASKED_PATHS, readonlyPaths: READONLY_PATHS },
      namespaces: TYPES.filter((type) => !drop.includes(type)).map((type) => ({ type })),
      resources: { memory: { limit: 1 << 28 }, pids: { limit: 100 } },
      seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }] },
      ...linux,
    },
  };
}

const bind = (source: string, ...options: string[]) => ({
  mounts: [PROC, { destination: '/m', type: 'bind', source, options: ['rbind', ...options] }],
});
const allow = (...names: string[]) => ({
  linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }] } },
});
const rule = (entry: Json) => ({
  linux: {
    resources: { memory: { limit: 1 }, pids: { limit: 1 }, devices: [{ allow: false }, { allow: true, ...entry }] },
  },
});
const effective = (...names: string[]) => ({
  process: { capabilities: { effective: names, permitted: names, bounding: names } },
});

/** Each finding as `rule severity pointer`; all that there are. */
const TABLE: readonly (readonly [change: Json, ...findings: string[]])[] = [
  [{}],
  [{ drop: ['user'], process: { user: { uid: 1000 } } }],
  [{ drop: ['user'] }, 'audit/root warning /process/user/uid'],
  [
    { linux: { uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] } },
    'audit/mapped-root warning /linux/uidMappings/0/hostID',
  ],
  [effective('CAP_SYS_ADMIN'), 'audit/privileged-capability note /process/capabilities/effective/0'],
  [
    { ...effective('CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_NET_RAW'), drop: ['user'] },
    ...[
      'audit/root warning /process/user/uid',
      'audit/privileged-capability warning /process/capabilities/effective/1',
    ],
    'audit/privileged-capability note /process/capabilities/effective/2',
  ],
  [{ drop: ['network'] }, 'audit/host-namespace warning /linux/namespaces'],
  [{ drop: ['cgroup'] }, 'audit/host-namespace note /linux/namespaces'],
  [
    { linux: { namespaces: TYPES.map((type) => (type === 'ipc' ? { type, path: '/proc/1/ns/ipc' } : { type })) } },
    'audit/host-namespace warning /linux/namespaces/2/path',
  ],
  [{ linux: { namespaces: TYPES.map((type) => (type === 'ipc' ? { type, path: '/proc/12/ns/ipc' } : { type })) } }],
  [rule({}), 'audit/device-rule warning /linux/resources/devices/1'],
  [rule({ type: 'b' }), 'audit/device-rule warning /linux/resources/devices/1'],
  [rule({ type: 'b', major: 8, access: 'r' }), 'audit/device-rule warning /linux/resources/devices/1'],
  [rule({ type: 'c', major: 1, minor: 1 }), 'audit/device-rule warning /linux/resources/devices/1'],
  [rule({ type: 'c', major: 1, minor: 3 })],
  [rule({ type: 'b', access: 'm' })],
  [
    { linux: { devices: [{ type: 'b', path: '/dev/sda', major: 8, minor: 0 }] } },
    'audit/host-device warning /linux/devices/0',
  ],
  [
    { linux: { devices: [{ type: 'c', path: '/dev/mem', major: 1, minor: 1 }] } },
    'audit/host-device warning /linux/devices/0',
  ],
  [{ linux: { devices: [{ type: 'c', path: '/dev/fuse', major: 10, minor: 229 }] } }],
  [bind('/etc/'), 'audit/host-mount warning /mounts/1/source'],
  [bind('/boot', 'ro'), 'audit/host-mount note /mounts/1/source'],
  [bind('/', 'ro'), 'audit/host-mount warning /mounts/1/source'],
  [bind('/srv/data')],
  [bind('/var/run/docker.sock', 'ro'), 'audit/runtime-socket warning /mounts/1/source'],
  [bind('/run/containerd/containerd.sock'), 'audit/runtime-socket warning /mounts/1/source'],
  [bind('/run/crio/crio.sock'), 'audit/runtime-socket warning /mounts/1/source'],
  [bind('/run/dbus/system_bus_socket'), 'audit/runtime-socket warning /mounts/1/source'],
  [bind('/srv/dockerfiles')],
  [bind('/srv/data', 'rshared'), 'audit/shared-propagation warning /mounts/1/options/1'],
  [
    { mounts: [PROC, { destination: '/sys', type: 'sysfs', options: ['nosuid'] }] },
    'audit/writable-kernel-filesystem warning /mounts/1/type',
  ],
  [{ mounts: [PROC, { destination: '/sys', type: 'sysfs', options: ['ro'] }] }],
  [{ mounts: [PROC, { destination: '/c', type: 'cgroup' }] }],
  [
    { drop: ['cgroup'], mounts: [PROC, { destination: '/c', type: 'cgroup' }] },
    ...['audit/writable-kernel-filesystem warning /mounts/1/type', 'audit/host-namespace note /linux/namespaces'],
  ],
  [{ linux: { seccomp: undefined } }, 'audit/no-seccomp warning /linux/seccomp'],
  [
    { linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } } },
    'audit/permissive-seccomp warning /linux/seccomp/defaultAction',
  ],
  [allow('read', 'bpf'), 'audit/system-call warning /linux/seccomp/syscalls/0/names/1'],
  [allow('kexec_load'), 'audit/system-call note /linux/seccomp/syscalls/0/names/0'],
  [
    {
      linux: {
        seccomp: {
          defaultAction: 'SCMP_ACT_ERRNO',
          syscalls: [
            { names: ['bpf'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
            { names: ['keyctl'], action: 'SCMP_ACT_ERRNO' },
          ],
        },
      },
    },
  ],
  [{ process: { noNewPrivileges: false } }, 'audit/new-privileges warning /process/noNewPrivileges'],
  [
    { process: { noNewPrivileges: false }, ...bind('/srv') },
    ...['audit/new-privileges warning /process/noNewPrivileges', 'audit/set-user-id-mount note /mounts/1/options'],
  ],
  [{ linux: { maskedPaths: MASKED_PATHS.slice(1) } }, 'audit/unmasked-path warning /linux/maskedPaths'],
  [{ linux: { readonlyPaths: undefined } }, 'audit/writable-kernel-path warning /linux/readonlyPaths'],
  [{ linux: { maskedPaths: [...MASKED_PATHS, ...READONLY_PATHS], readonlyPaths: [] } }],
  [{ linux: { maskedPaths: [], readonlyPaths: [] }, mounts: [] }],
  [{ root: { readonly: false } }, 'audit/writable-rootfs note /root/readonly'],
  [
    { linux: { resources: {} } },
    ...['audit/no-limit note /linux/resources/memory/limit', 'audit/no-limit note /linux/resources/pids/limit'],
  ],
  [{ linux: { resources: { unified: { 'memory.max': '1', 'pids.max': '9' } } } }],
  [{ linux: { rootfsPropagation: 'rshared' } }, 'audit/shared-propagation warning /linux/rootfsPropagation'],
  [{ linux: { sysctl: { 'net.core.somaxconn': '1' } } }, 'audit/sysctl note /linux/sysctl/net.core.somaxconn'],
  [
    { hooks: { poststop: [{ path: '/h' }], startContainer: [{ path: '/s' }] } },
    'audit/hook note /hooks/poststop/0/path',
  ],
  [
    { annotations: { 'org.systemd.property.TasksMax': '1', 'org.example': 'x' } },
    'audit/annotation warning /annotations/org.systemd.property.TasksMax',
  ],
  [{ process: { apparmorProfile: 'unconfined' } }, 'audit/unconfined warning /process/apparmorProfile'],
  [
    { process: { apparmorProfile: '', selinuxLabel: 'system_u:system_r:spc_t:s0' } },
    'audit/unconfined warning /process/selinuxLabel',
  ],
  [{ process: { apparmorProfile: undefined } }, 'audit/no-label note /process/apparmorProfile'],
  [
    { process: { env: ['DB_PASSWORD=x', 'PASSWORD_FILE=/x', 'TOKEN=', 'PATH=/bin', 'github_token=y'] } },
    ...['audit/secret warning /process/env/0', 'audit/secret warning /process/env/4'],
  ],
  [{ process: { oomScoreAdj: -1 } }, 'audit/out-of-memory note /process/oomScoreAdj'],
];

describe('check --audit finds', () => {
  it.each(TABLE.map(([change, ...findings]) => ({ change, findings })))(
    'in $change $findings',
    ({ change, findings }) => {
      const { findings: found } = checkText(JSON.stringify(closed(change)), { audit: true });
      expect(found.map(({ rule: id, severity, pointer }) => `${id} ${severity} ${pointer}`)).toEqual(findings);
    },
  );

  it('has a row for every rule', () => {
    const tried = new Set(TABLE.flatMap(([, ...findings]) => findings).map((finding) => finding.split(' ')[0]));
    expect(Object.keys(AUDIT_RULES).filter((id) => !tried.has(id))).toEqual([]);
  });

  it('nothing that is an error, and of everything says what can be done', () => {
    const open = JSON.stringify({
      ociVersion: '1.3.0',
      process: { cwd: '/', args: ['sh'], env: ['TOKEN=x'] },
      root: { path: 'r' },
      linux: {},
    });
    const { findings } = checkText(open, { audit: true });
    expect(findings.length).toBeGreaterThan(8);
    expect(findings.filter(({ severity, hint }) => severity === 'error' || hint === undefined)).toEqual([]);
  });

  it('and never shows the value of a secret', () => {
    const { findings } = checkText(JSON.stringify(closed({ process: { env: ['API_KEY=hunter2'] } })), { audit: true });
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    expect(findings).toHaveLength(1);
  });

  it('nothing without it', () => {
    expect(checkText(JSON.stringify(closed({ drop: ['user', 'pid'] }))).findings).toEqual([]);
  });
});

describe('the usual paths', () => {
  it('are those that "tsrun spec" writes', () => {
    const { linux } = defaultSpec(false);
    expect([MASKED_PATHS, READONLY_PATHS]).toEqual([linux?.maskedPaths, linux?.readonlyPaths]);
  });
});
