// Doors in /proc and /sys: what a runtime reads and writes there has to be the kernel's, and what it mounts there for it to say.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { PeerName } from '../../support/peers.js';
import { readMounts } from '../../support/probe.js';
import { SECRET } from '../canary.js';
import type { Attack, Row } from '../row.js';
import { REFUSED_BEFORE, WITHOUT_TERMINAL } from './omitted.js';

/** Somebody's own files where the runtime writes labels and settings; of a bind runc 1.1 refuses it. */
function mountOverProcfs(destination: string, name: string, controls: readonly PeerName[]): Row {
  return {
    id: `mount-over-procfs-${name}`,
    cve: ['CVE-2019-16884'],
    title: `nothing but a procfs is mounted on ${destination}`,
    door: `A volume on \`${destination}\`: labels and sysctls are written into its files, and the program runs without them.`,
    defence:
      'Destinations in `/proc` are refused, but for those that lxcfs has; tsrun itself writes through a procfs of its own.',
    controls,
    omits: REFUSED_BEFORE,
    mutate: (spec) => {
      spec.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs' });
    },
    expect: { refused: /mounts\[\d+\]\.destination: .*\/proc/ },
  };
}

/** A link where procfs or sysfs goes. */
function linkInPlaceOf(name: 'proc' | 'sys', kind: string, target: string, controls: readonly PeerName[]): Row {
  return {
    id: `${name}-is-${kind}`,
    cve: ['CVE-2019-19921', 'CVE-2023-27561', 'CVE-2023-28642', 'CVE-2025-54867'],
    title: `/${name} that is ${kind.replaceAll('-', ' ')} is refused`,
    door: `\`/${name}\` of the image is a link, so the image chooses where the ${name}fs goes, and what is behind its usual path.`,
    defence: `The last component, and all before it, must be no link (openat2(2) \`RESOLVE_NO_SYMLINKS\`), and an ordinary directory.`,
    controls,
    omits: WITHOUT_TERMINAL,
    mutate: (_spec, { rootfs }) => {
      mkdirSync(join(rootfs, 'bad/deeper'), { recursive: true });
      symlinkSync('bad', join(rootfs, 'chain'));
      symlinkSync(target, join(rootfs, name));
    },
    expect: { refused: /must be mounted on ordinary directory/ },
  };
}

/** Names that lead elsewhere than to what the namespaces of the container confine. */
function sysctl(id: string, name: string, value: string, controls: readonly PeerName[] = []): Row {
  return {
    id: `sysctl-${id}`,
    cve: ['CVE-2022-0811'],
    title: `the sysctl ${JSON.stringify(name)} with the value ${JSON.stringify(value)} changes nothing of the host`,
    door: 'A setting of the whole machine, as that of a container, or a name or a value that becomes one on the way.',
    defence:
      'Names are parsed, and only those are set that a namespace of the container confines; a value is one line.',
    controls,
    omits: REFUSED_BEFORE,
    mutate: (spec) => {
      spec.linux.sysctl = { [name]: value };
    },
    expect: { refused: /sysctl/ },
  };
}

/** What `tsrun spec` hides, as every manager does. */
const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const PROCFS: readonly Attack[] = [
  mountOverProcfs('/proc', 'itself', ['crun']),
  mountOverProcfs('/proc/sys', 'sys', ['runc', 'crun']),
  mountOverProcfs('/proc/self/attr', 'attr', ['runc', 'crun']),
  mountOverProcfs('/proc/1', 'init', ['crun']),
  linkInPlaceOf('proc', 'an-absolute-link', '/bad', []),
  linkInPlaceOf('proc', 'a-relative-link', 'bad/deeper', []),
  linkInPlaceOf('proc', 'a-chain-of-links', 'chain/deeper', []),
  linkInPlaceOf('sys', 'an-absolute-link', '/bad', []),
  {
    id: 'sysctl-of-the-image',
    cve: ['CVE-2025-52881', 'CVE-2025-62596'],
    title: 'a sysctl is not written into what the image has in place of procfs',
    door: 'Without a mount on `/proc`, or with one that is exchanged, the file that a setting or a label is written to is a link of the image.',
    defence: 'Everything below `/proc` is read and written through a procfs that is mounted nowhere.',
    controls: ['runc'],
    omits: WITHOUT_TERMINAL,
    mutate: (spec, { rootfs }, canary) => {
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
      spec.mounts.push({ destination: '/host', source: canary.path, options: ['rbind'] });
      const file = join(rootfs, 'proc/sys/net/ipv4/ip_forward');
      mkdirSync(dirname(file), { recursive: true });
      symlinkSync('/host/secret', file);
      spec.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      spec.linux.maskedPaths = [];
      spec.linux.readonlyPaths = [];
      spec.process.args = ['/probe', 'attempt', 'read', '/host/secret'];
    },
    expect: { ran: ({ answer }) => expect(answer('read /host/secret')).toContain(SECRET) },
  },
  sysctl('core-pattern', 'kernel.core_pattern', '|/attack'),
  sysctl('core-pattern-by-path', 'kernel/core_pattern', '|/attack'),
  sysctl('climbing-out-of-net', 'net/../kernel/core_pattern', '|/attack'),
  sysctl('climbing-out-of-mqueue', 'fs.mqueue/../../kernel/core_pattern', '|/attack'),
  sysctl('climbing-out-by-dots', 'net....kernel.core_pattern', '|/attack'),
  {
    id: 'cgroup-through-sysfs',
    cve: ['CVE-2023-25809'],
    title: 'cgroups of the host are not writable through /sys of a container in a user namespace',
    door: 'The sysfs of the host, bound with all that is mounted in it where a new one is refused, has its cgroups, writable.',
    defence:
      'What takes the place of a sysfs is read-only with all below it; a cgroup mount without a namespace is read-only.',
    controls: [],
    omits: [...WITHOUT_TERMINAL, { variant: { userNamespace: false }, why: 'only there a sysfs is refused' }],
    mutate: (spec) => {
      const shared = ['network', 'cgroup'];
      spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => !shared.includes(type));
      const places = ['/sys/fs/cgroup/attack', '/sys/fs/cgroup/unified/attack', '/sys/fs/cgroup/pids/attack'];
      spec.process.args = ['/probe', 'attempt', ...places.flatMap((path) => ['mkdir', path])];
    },
    expect: { refused: /sysfs|cgroup/, ran: ({ stdout }) => expect(stdout).not.toMatch(/: ok/) },
  },
  {
    id: 'release-agent',
    cve: ['CVE-2022-0492'],
    title: 'a container has no cgroup v1, whose release_agent the host executes',
    door: 'A hierarchy of cgroup v1, in which whoever may write `release_agent` names a program that the host runs as root.',
    defence: 'A cgroup mount is one of cgroup v2, whatever else the host has.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: () => {},
    expect: {
      ran: ({ report }) => expect(readMounts(report()).filter(({ fstype }) => fstype === 'cgroup')).toEqual([]),
    },
    exec: { args: ['/probe', 'report'] },
  },
  {
    id: 'masked-paths',
    cve: ['CVE-2017-16539', 'CVE-2018-10892', 'CVE-2020-8694'],
    title: 'what is masked shows nothing, also where it is listed twice, or is a fifo or a link',
    door: 'Files of the kernel that tell of the host, or change it; and masks that fail, or wait, for an unusual target.',
    defence: 'A mask is mounted on what openat2(2) found, by descriptor; what is not there is left out.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: (spec, { rootfs }) => {
      execFileSync('mkfifo', [join(rootfs, 'fifo')]);
      writeFileSync(join(rootfs, 'hidden'), `${SECRET}\n`);
      symlinkSync('hidden', join(rootfs, 'led'));
      const own = ['/fifo', '/led', '/absent', '/hidden'];
      spec.linux.maskedPaths = [...MASKED, ...own, ...MASKED, '/led'];
      const list = ['/proc/acpi', '/proc/scsi', '/sys/firmware'].flatMap((path) => ['list', path]);
      const read = [...MASKED, ...own].flatMap((path) => ['read', path]);
      spec.process.args = ['/probe', 'attempt', ...read, ...list];
    },
    expect: {
      ran: ({ stdout, answer }) => {
        // Nothing, no such thing, or a directory, which is empty.
        for (const path of MASKED) expect(answer(`read ${path}`)).toMatch(/^(""|ENOENT|EISDIR)$/);
        for (const path of ['/proc/acpi', '/proc/scsi', '/sys/firmware'])
          expect(answer(`list ${path}`)).toMatch(/^(|ENOENT)$/);
        expect(stdout).not.toContain(SECRET);
      },
    },
  },
  {
    id: 'filter-of-other-numbers',
    cve: ['CVE-2019-10063', 'moby/profiles#21', 'CVE-2026-123876'],
    title: 'a filter holds for the numbers of x32 and for all 64 bits of an argument',
    door: 'The same call by another number (x32, i386), or an argument whose upper half a rule does not look at.',
    defence:
      'Programs of libseccomp, which look at the architecture and x32 first and compare 64 bits; every rule is handed on.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: (spec) => {
      const lseek = { names: ['lseek'], args: [{ index: 1, value: 7, op: 'SCMP_CMP_EQ' as const }] };
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [
          { names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 7 },
          { ...lseek, action: 'SCMP_ACT_ERRNO', errnoRet: 7 },
        ],
      };
      // getppid(2) by its number of x32.
      spec.process.args = ['/probe', 'call', String(0x4000_0000 + 110)];
    },
    // Killed by SIGSYS, which `start` does not tell; or no such call.
    expect: { refused: /^$/, ran: ({ stdout }) => expect(stdout).not.toMatch(/^(0|success|\d)/) },
  },
  {
    id: 'filter-of-i386',
    cve: ['CVE-2019-10063'],
    title: 'calls of i386 are not a way around a filter',
    door: 'A 32-bit program, or `int 0x80`, has other numbers, and socketcall(2) for all of sockets.',
    defence: 'An architecture that is not named may not be used; one that is named is filtered by its own numbers.',
    shown: [
      'integration/seccomp: that are named are filtered by their own numbers (needs x86-64)',
      'integration/seccomp: that are not named may not be used (needs x86-64)',
      'integration/seccomp: compares all 64 bits',
      'integration/seccomp: with the action of the default is one that says nothing',
    ],
  },
  {
    id: 'label-into-another-file',
    cve: ['CVE-2025-52881', 'CVE-2019-16884'],
    title: 'a label is the one that was asked for',
    door: 'The file that an AppArmor or SELinux label is written to is exchanged for another one of procfs.',
    defence: 'It is written through a procfs that is mounted nowhere, whose descriptors strace sees.',
    shown: [
      'conformance/security/apparmor: confines a program of another user with a filter of system calls',
      'attacks/audit: has seen init do every operation of its side',
    ],
  },
];
