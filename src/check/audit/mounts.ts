// What of the host is mounted in the container, and which switches of the kernel are left in reach.

import { cleanPath } from '../../spec/lexical-path.js';
import { findNamespace } from '../../spec/namespaces.js';
import type { Mount, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Keys } from '../pointer.js';

/** What the host depends on; of each what a program can do that may write there. */
const HOST: Readonly<Record<string, string>> = {
  '/': 'everything of the host, its root filesystem',
  '/proc': "the host's processes and kernel parameters",
  '/sys': "the host's devices and cgroups",
  '/dev': "the host's devices",
  '/boot': "the host's kernel",
  '/etc': "the host's accounts and configuration",
  '/root': "root's keys and start-up files",
  '/home': "the users' keys and start-up files",
  '/usr': "the host's programs",
  '/bin': "the host's programs",
  '/sbin': "the host's programs",
  '/lib': "the host's libraries and kernel modules",
  '/lib64': "the host's libraries",
  '/var': "the host's state, that of other containers included",
  '/var/lib': "the host's state, that of other containers included",
  '/var/lib/docker': 'the files of other containers',
  '/var/lib/containerd': 'the files of other containers',
  '/var/lib/containers': 'the files of other containers',
  '/var/lib/kubelet': 'the secrets of other Pods',
  '/var/log': "the host's logs",
  '/run': 'the sockets of services of the host',
  '/var/run': 'the sockets of services of the host',
  '/var/spool/cron': "the host's regular jobs",
};

/** These are worth reading alone. */
const SECRET_TO_READERS = [
  '/',
  '/proc',
  '/root',
  '/home',
  '/var/lib',
  '/var/lib/kubelet',
  '/run',
  '/var/run',
  '/dev',
  '/etc',
];

const SOCKET =
  /\/(?:docker|containerd|crio|podman|buildkitd|kubelet|libvirt-sock|dbus|system_bus_socket|dockershim|cri-dockerd)(?:\/private|[\w.-]*\.sock|)$/;

export function auditMounts(spec: Spec): Draft[] {
  return (spec.mounts ?? []).flatMap((mount, index) => [
    ...(isBind(mount) ? auditBind(mount, ['mounts', index]) : auditKernelFilesystem(spec, mount, ['mounts', index])),
    ...auditPropagation(mount, ['mounts', index]),
  ]);
}

function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

function isReadOnly({ options = [] }: Mount): boolean {
  return options.includes('ro') || options.includes('rro');
}

function auditBind(mount: Mount, keys: Keys): Draft[] {
  const source = mount.source?.startsWith('/') ? cleanPath(mount.source) : '';
  const place = [...keys, 'source'];
  if (SOCKET.test(source) || source === '/run/systemd/private') {
    const message = `"${source}" takes commands from whoever can open it, read-only or not`;
    const hint = 'leave it out, or put a proxy before it that lets pass only what is needed';
    return [{ rule: 'audit/runtime-socket', keys: place, message, hint }];
  }
  const what = Object.hasOwn(HOST, source) ? HOST[source] : undefined;
  if (what === undefined) {
    return [];
  }
  if (!isReadOnly(mount)) {
    const hint = 'mount only the directory that is needed, with the option "ro"';
    return [{ rule: 'audit/host-mount', keys: place, message: `the container may write "${source}": ${what}`, hint }];
  }
  const severity = SECRET_TO_READERS.includes(source) ? 'warning' : 'note';
  const hint = 'mount only the directory that is needed';
  return [
    { rule: 'audit/host-mount', keys: place, message: `the container may read "${source}": ${what}`, severity, hint },
  ];
}

function auditKernelFilesystem(spec: Spec, mount: Mount, keys: Keys): Draft[] {
  const isCgroup = mount.type === 'cgroup' || mount.type === 'cgroup2';
  if (isReadOnly(mount) || !(mount.type === 'sysfs' || (isCgroup && findNamespace(spec, 'cgroup') === undefined))) {
    return [];
  }
  const message = isCgroup
    ? 'the cgroups of the whole host can be written'
    : 'devices and kernel parameters can be written';
  const hint = isCgroup ? 'add the option "ro", or a namespace of type "cgroup"' : 'add the option "ro"';
  return [{ rule: 'audit/writable-kernel-filesystem', keys: [...keys, 'type'], message, hint }];
}

function auditPropagation({ options = [] }: Mount, keys: Keys): Draft[] {
  return options.flatMap((option, index): Draft[] => {
    const message = `with "${option}" mounts that are made below it appear outside of the container`;
    const hint = 'use "rslave" or "rprivate"';
    const isShared = option === 'shared' || option === 'rshared';
    return isShared ? [{ rule: 'audit/shared-propagation', keys: [...keys, 'options', index], message, hint }] : [];
  });
}

/** As "tsrun spec" writes them, and runc spec. */
export const MASKED_PATHS = [
  ...['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list'],
  ...['/proc/timer_stats', '/proc/sched_debug', '/sys/firmware', '/proc/scsi'],
];
export const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function auditPaths(spec: Spec): Draft[] {
  const { maskedPaths = [], readonlyPaths = [], rootfsPropagation } = spec.linux ?? {};
  const hasProc = (spec.mounts ?? []).some(({ destination }) => cleanPath(destination) === '/proc');
  const hidden = [...maskedPaths].map(cleanPath);
  const kept = [...hidden, ...readonlyPaths.map(cleanPath)];
  const without = (usual: readonly string[], paths: readonly string[]) => usual.filter((path) => !paths.includes(path));
  const unmasked = hasProc ? without(MASKED_PATHS, hidden) : [];
  const writable = hasProc ? without(READONLY_PATHS, kept) : [];
  const drafts: Draft[] = [];
  if (unmasked.length > 0) {
    const message = `not masked: ${unmasked.join(', ')}`;
    const hint = 'add these to linux.maskedPaths';
    drafts.push({ rule: 'audit/unmasked-path', keys: ['linux', 'maskedPaths'], message, hint });
  }
  if (writable.length > 0) {
    const message = `not read-only: ${writable.join(', ')}`;
    const hint = 'add these to linux.readonlyPaths';
    drafts.push({ rule: 'audit/writable-kernel-path', keys: ['linux', 'readonlyPaths'], message, hint });
  }
  if (rootfsPropagation === 'shared' || rootfsPropagation === 'rshared') {
    const message = 'mounts that the container makes appear on the host';
    const hint = 'use "rslave" or "rprivate"';
    drafts.push({ rule: 'audit/shared-propagation', keys: ['linux', 'rootfsPropagation'], message, hint });
  }
  if (spec.root?.readonly !== true) {
    const message = 'the program can change its own root filesystem';
    const hint = 'set root.readonly to true, and mount a tmpfs or volume on what has to be written';
    drafts.push({ rule: 'audit/writable-rootfs', keys: ['root', 'readonly'], message, hint });
  }
  return drafts;
}
