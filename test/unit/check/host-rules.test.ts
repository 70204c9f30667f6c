// Every rule of --host: a host, what is changed in a good config.json, and the findings that come of both.

import { describe, expect, it } from 'vitest';
import type { IdFacts } from '../../../src/base/host-facts.js';
import { isExecutableBy, readFormat } from '../../../src/check/host/elf.js';
import { completeHost } from '../../../src/check/plan.js';
import { HOST_RULES } from '../../../src/check/rules/host-rules.js';
import { type Json, withChange } from '../spec/parsing.js';
import { type HostSample, hostOf, rulesOf } from './checking.js';

const NAMESPACES = (withChange({}).linux as Json).namespaces as Json[];
const MAP = (size: number) => [{ containerID: 0, hostID: size === 1 ? 1000 : 100000, size }];
const withUser = (size: number, linux: Json = {}) => ({
  linux: { namespaces: [...NAMESPACES, { type: 'user' }], uidMappings: MAP(size), gidMappings: MAP(size), ...linux },
});
const seccomp = (entry: Json) => ({ linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW', ...entry } } });
const args = (...list: string[]) => ({ process: { args: list, env: ['PATH=/bin'] } });
const bind = (source: string, ...options: string[]) => ({
  mounts: [{ destination: '/m', type: 'bind', source, options: ['rbind', ...options] }],
});
const join = (type: string, path: string) => ({
  linux: { namespaces: NAMESPACES.map((entry) => (entry.type === type ? { type, path } : entry)) },
});
const NONE = { controllers: ['pids'], cpus: '0-1', mems: '0', hugePageSizes: ['2MB'], hybrid: false };

/** The smallest ELF file that there can be of a machine, with an interpreter. */
function elf(machine: number, interpreter: string): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  view.setUint32(64, 1, true);
  view.setUint32(120, 3, true);
  view.setBigUint64(128, 200n, true);
  view.setBigUint64(152, BigInt(interpreter.length + 1), true);
  bytes.set(new TextEncoder().encode(interpreter), 200);
  return bytes;
}

const BIN = '/bundle/rootfs/bin';
const file = (content: string | Uint8Array): HostSample => ({ files: { [`${BIN}/x`]: content } });

/** Each finding as `rule pointer`; all that there are. */
const TABLE: readonly (readonly [what: string, host: HostSample, change: Json, ...findings: string[]])[] = [
  ['a complete host', {}, {}],
  ['Linux 5.14', { release: '5.14.0-1' }, {}, 'host/kernel '],
  [
    'Linux 5.15',
    { release: '5.15.0' },
    seccomp({ flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] }),
    'host/kernel-feature /linux/seccomp/flags/0',
  ],
  [
    'Linux 6.1',
    {},
    { mounts: [{ destination: '/t', type: 'tmpfs', options: ['noswap'] }] },
    'host/kernel-feature /mounts/0/options/0',
  ],
  ['Linux 6.4', { release: '6.4' }, { mounts: [{ destination: '/t', type: 'tmpfs', options: ['noswap'] }] }],
  ['a user', { uid: 1000 }, {}, 'host/privilege /linux/namespaces'],
  ['a user', { uid: 1000 }, withUser(1)],
  ['no cgroup2', { facts: { cgroupRoot: null } }, {}, 'plan/no-effect ', 'host/cgroup /linux/cgroupsPath'],
  [
    'one controller',
    { facts: { resources: NONE } },
    { linux: { resources: { memory: { limit: 1 << 28 }, pids: { limit: 5 } } } },
    'host/controller /linux/resources/memory/limit',
  ],
  [
    'two processors',
    { facts: { resources: { ...NONE, controllers: ['cpuset'] } } },
    { linux: { resources: { cpu: { cpus: '0-3' } } } },
    'host/refused /linux/resources/cpu/cpus',
  ],
  [
    'no security module',
    { facts: { securityModules: { appArmor: false, seLinux: false } } },
    { process: { apparmorProfile: 'p' }, linux: { mountLabel: 'l' } },
    ...['host/refused /process/apparmorProfile', 'host/refused /linux/mountLabel'],
  ],
  ['no systemd', { systemdProblem: 'it does not run' }, {}, 'host/systemd /linux/cgroupsPath'],
  [
    'a kernel without time namespaces',
    { links: { '/proc/self/ns/time': '' } },
    { linux: { namespaces: [...NAMESPACES, { type: 'time' }] } },
    'host/namespace /linux/namespaces/6/type',
  ],
  [
    'no user namespaces',
    { files: { '/proc/sys/user/max_user_namespaces': '0\n' } },
    withUser(1),
    'host/namespace /linux/namespaces/6/type',
  ],
  [
    'user namespaces for root only',
    { uid: 1000, files: { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' } },
    withUser(1),
    'host/namespace /linux/namespaces/6/type',
  ],
  ['no such namespace', {}, join('network', '/run/ns/x'), 'host/namespace-path /linux/namespaces/1/path'],
  [
    'a namespace of another type',
    { links: { '/proc/9/ns/net': 'mnt:[5]' } },
    join('network', '/proc/9/ns/net'),
    'host/namespace-path /linux/namespaces/1/path',
  ],
  ['the namespace', { links: { '/proc/9/ns/net': 'net:[5]' } }, join('network', '/proc/9/ns/net')],
  [
    'a namespace that is mounted',
    {
      files: { '/run/ns/x': '', '/proc/self/mountinfo': '9 1 0:4 net:[40] /run/ns/x rw shared:1 - nsfs nsfs rw\n' },
    },
    join('network', '/run/ns/x'),
  ],
  [
    'a file',
    { files: { '/run/ns/x': '' } },
    join('network', '/run/ns/x'),
    'host/namespace-path /linux/namespaces/1/path',
  ],
  [
    'no newuidmap',
    { uid: 1000, files: grants('me'), facts: { ids: mappers(null) } },
    withUser(65536),
    ...['host/id-mapping /linux/uidMappings', 'host/id-mapping /linux/gidMappings'],
  ],
  ['newuidmap', { uid: 1000, files: grants('me'), facts: { ids: mappers('/usr/bin/x') } }, withUser(65536)],
  [
    'no ids granted',
    { uid: 1000, files: grants('you'), facts: { ids: mappers('/usr/bin/x') } },
    withUser(65536),
    ...['host/id-mapping /linux/uidMappings/0/hostID', 'host/id-mapping /linux/gidMappings/0/hostID'],
  ],
  ['no rootfs', { others: { '/bundle/rootfs': 'denied' } }, {}, 'host/unreadable /root/path'],
  ['a rootfs that is a file', {}, { root: { path: 'rootfs/bin/sh' } }, 'host/rootfs /root/path'],
  ['no rootfs', {}, { root: { path: '/nosuch' } }, 'host/rootfs /root/path'],
  ['no program', {}, args('nosuch'), 'host/program /process/args/0'],
  ['no program', {}, args('/bin/nosuch'), 'host/program /process/args/0'],
  ['a directory', {}, args('/bin'), 'host/program /process/args/0'],
  [
    'a file that is not executable',
    { others: { [`${BIN}/x`]: 'plain' } },
    args('/bin/x'),
    'host/program /process/args/0',
  ],
  ['a script', file('#! /bin/sh -e\n'), args('x')],
  ['a script without its interpreter', file('#!/usr/bin/python3\n'), args('x'), 'host/program /process/args/0'],
  ['a text', file('echo hello\n'), args('x'), 'host/program /process/args/0'],
  ['a program', { files: { [`${BIN}/x`]: elf(62, '/lib/ld.so'), '/bundle/rootfs/lib/ld.so': '' } }, args('x')],
  ['a program without its loader', file(elf(62, '/lib/ld.so')), args('x'), 'host/program /process/args/0'],
  ['a program of another machine', file(elf(183, '/bin/sh')), args('x'), 'host/program /process/args/0'],
  ['a link', { links: { [`${BIN}/x`]: '../bin/sh' } }, args('x')],
  ['an absolute link, which stays in the container', { links: { [`${BIN}/x`]: '/bin/sh' } }, args('x')],
  [
    'a link out of the container',
    { links: { [`${BIN}/x`]: '../../../../etc/x' }, files: { '/etc/x': '#!/bin/sh' } },
    args('x'),
    'host/program /process/args/0',
  ],
  ['a link to itself', { links: { [`${BIN}/x`]: 'x' } }, args('/bin/x'), 'host/program /process/args/0'],
  ['a program that is mounted', { files: { '/srv/x': '#!/bin/sh\n' } }, { ...bind('/srv'), ...args('/m/x') }],
  [
    'a program that is mounted without exec',
    { files: { '/srv/x': '#!/bin/sh\n' } },
    { ...bind('/srv', 'noexec'), ...args('/m/x') },
    'host/program /process/args/0',
  ],
  [
    'a program in a new filesystem',
    {},
    { mounts: [{ destination: '/m', type: 'tmpfs' }], ...args('/m/x') },
    'host/program-unknown /process/args/0',
  ],
  ['no working directory', {}, { process: { cwd: '/work' } }, 'host/working-directory /process/cwd'],
  ['no source', {}, bind('/srv'), 'host/bind-source /mounts/0/source'],
  ['a source', { others: { '/srv': 'directory' } }, bind('/srv')],
  ['a source of the bundle', { files: { '/bundle/data': '' } }, bind('data')],
  ['a source that leads nowhere', { links: { '/srv': 'x' } }, bind('/srv'), 'host/bind-source /mounts/0/source'],
  ['no hook', {}, { hooks: { poststop: [{ path: '/h' }] } }, 'host/hook /hooks/poststop/0/path'],
  ['a hook', { files: { '/h': '' } }, { hooks: { poststop: [{ path: '/h' }] } }],
  ['a hook of the container', {}, { hooks: { startContainer: [{ path: '/bin/sh' }] } }],
  [
    'a hook that is a text',
    { others: { '/h': 'plain' } },
    { hooks: { poststop: [{ path: '/h' }] } },
    'host/hook /hooks/poststop/0/path',
  ],
  [
    'no device',
    { others: { '/dev/null': 'char' } },
    withUser(1, { devices: ['/dev/null', '/dev/x'].map((path) => ({ type: 'c', path, major: 1, minor: 3 })) }),
    'host/device /linux/devices/1/path',
  ],
  [
    'no block device',
    { links: { '/sys/dev/block/8:0': '../x' } },
    {
      linux: {
        resources: { blockIO: { throttleReadBpsDevice: [8, 9].map((major) => ({ major, minor: 0, rate: 1 })) } },
      },
    },
    'host/block-device /linux/resources/blockIO/throttleReadBpsDevice/1',
  ],
  [
    'no profile',
    { files: { '/sys/kernel/security/apparmor/profiles': 'a b (enforce)\n' } },
    { process: { apparmorProfile: 'c' } },
    'host/apparmor-profile /process/apparmorProfile',
  ],
  [
    'a profile',
    { files: { '/sys/kernel/security/apparmor/profiles': 'a b (enforce)\n' } },
    { process: { apparmorProfile: 'a b' } },
  ],
  [
    'profiles that may not be read',
    {},
    { process: { apparmorProfile: 'c' } },
    'host/unreadable /process/apparmorProfile',
  ],
  [
    'no network device',
    { links: { '/sys/class/net/eth0': 'x' } },
    { linux: { netDevices: { eth0: {}, eth9: {} } } },
    'host/network-device /linux/netDevices/eth9',
  ],
  [
    'one memory node',
    { facts: { memoryNodes: '0' } },
    { linux: { memoryPolicy: { mode: 'MPOL_BIND', nodes: '1' } } },
    'host/refused /linux/memoryPolicy/nodes',
  ],
  [
    'no resctrl',
    { facts: { resctrl: { root: null, schemata: null } } },
    { linux: { intelRdt: {} } },
    'host/refused /linux/intelRdt',
  ],
  [
    'an old kernel',
    { files: { '/proc/sys/kernel/seccomp/actions_avail': 'kill_thread errno allow\n' } },
    seccomp({ syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG' }] }),
    'host/seccomp /linux/seccomp/syscalls/0/action',
  ],
  [
    'no agent',
    {},
    seccomp({ listenerPath: '/run/a', syscalls: [{ names: ['read'], action: 'SCMP_ACT_NOTIFY' }] }),
    'host/seccomp-agent /linux/seccomp/listenerPath',
  ],
  [
    'an agent',
    { others: { '/run/a': 'socket' } },
    seccomp({ listenerPath: '/run/a', syscalls: [{ names: ['read'], action: 'SCMP_ACT_NOTIFY' }] }),
  ],
  ['no filesystem', {}, { mounts: [{ destination: '/m', type: 'zfs' }] }, 'host/filesystem /mounts/0/type'],
  [
    'a kernel without the last two capabilities',
    { files: { '/proc/sys/kernel/cap_last_cap': '38\n' } },
    { process: { capabilities: { bounding: ['CAP_KILL', 'CAP_BPF'] } } },
    'host/capability /process/capabilities/bounding/1',
  ],
  [
    'fs.nr_open',
    {},
    { process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 1048577 }] } },
    'host/rlimit /process/rlimits/0/hard',
  ],
  [
    'one sysctl',
    { files: { '/proc/sys/net/ipv4/conf/e.1/forwarding': '' } },
    { linux: { sysctl: { 'net.ipv4.conf.e/1.forwarding': '1', 'net.core.x': '1' } } },
    'host/sysctl /linux/sysctl/net.core.x',
  ],
];

function mappers(path: string | null): IdFacts {
  const rights = { gid: 1000, mapsUids: false, mapsGids: false, deniesGroups: false, joined: null };
  return { ...rights, uidMapper: path, gidMapper: path };
}

function grants(name: string): Record<string, string> {
  const line = `${name}:100000:65536\n`;
  return {
    '/etc/passwd': 'root:x:0:0::/:/bin/sh\nme:x:1000:1000::/:/bin/sh\n',
    '/etc/subuid': line,
    '/etc/subgid': line,
  };
}

describe('check --host', () => {
  it.each(TABLE.map(([what, host, change, ...findings]) => ({ what, host, change, findings })))(
    'with $what finds in $change $findings',
    ({ host, change, findings }) => {
      expect(rulesOf(change, hostOf(host))).toEqual(findings);
    },
  );

  it('has a row for every rule', () => {
    const tried = new Set(TABLE.flatMap(([, , , ...findings]) => findings).map((finding) => finding.split(' ')[0]));
    expect(Object.keys(HOST_RULES).filter((rule) => !tried.has(rule))).toEqual([]);
  });

  it('looks at nothing of the machine without it', () => {
    expect(rulesOf({ ...bind('/nosuch'), root: { path: '/nosuch' }, hooks: { poststop: [{ path: '/h' }] } })).toEqual(
      [],
    );
    expect(completeHost('systemd').systemd?.user).toBe(false);
  });
});

describe('readFormat()', () => {
  it.each([
    ['a script', '#!\t/bin/sh  -e\nx', { kind: 'script', interpreter: '/bin/sh' }],
    ['a text', 'hello', { kind: 'other' }],
    ['nothing', '', { kind: 'other' }],
    ['the magic number alone', '\x7fELF', { kind: 'other' }],
  ])('of %s', (_, text, format) => {
    expect(readFormat(new TextEncoder().encode(text))).toEqual(format);
  });

  it('of a program, and of one whose headers lead out of what was read', () => {
    const bytes = elf(62, '/lib/ld');
    expect(readFormat(bytes)).toEqual({ kind: 'elf', machine: 62, interpreter: '/lib/ld' });
    new DataView(bytes.buffer).setBigUint64(128, 2n ** 63n, true);
    expect(readFormat(bytes)).toEqual({ kind: 'elf', machine: 62, interpreter: null });
    new DataView(bytes.buffer).setBigUint64(32, 2n ** 64n - 1n, true);
    expect(readFormat(bytes)).toEqual({ kind: 'elf', machine: 62, interpreter: null });
  });

  it('reads whatever bytes there are without failing', () => {
    const bytes = elf(62, '/lib/ld');
    for (let at = 4; at < bytes.length; at += 1) {
      for (const value of [0, 1, 127, 255]) {
        const changed = bytes.slice();
        changed[at] = value;
        expect(readFormat(changed).kind).toBe('elf');
      }
    }
  });
});

describe('isExecutableBy()', () => {
  it('knows the machine itself, its predecessor, and doubts no machine that it does not know', () => {
    expect([isExecutableBy('x86_64', 62), isExecutableBy('x86_64', 3), isExecutableBy('x86_64', 183)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isExecutableBy('pdp11', 65)).toBe(true);
  });
});
