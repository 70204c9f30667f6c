// Bundles: a temporary directory with a config.json and a rootfs that has nothing but the probe.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Linux, Mount, Namespace, Process, Spec } from '../../src/spec/types.js';
import { PROBE } from './paths.js';
import { makeTemporary } from './temporary.js';

/** The base spec: what tests change is surely there. */
export interface SpecDraft extends Spec {
  process: Process & { args: string[]; env: string[]; user: NonNullable<Process['user']> };
  root: { path: string; readonly?: boolean };
  mounts: Mount[];
  linux: Linux & { namespaces: Namespace[]; maskedPaths: string[]; readonlyPaths: string[] };
}

export interface BundleOptions {
  /** What the container executes; default `/probe report`. */
  readonly args?: readonly string[];
  /** Changes the base spec before it is written. */
  readonly mutate?: (spec: SpecDraft, bundle: Bundle) => void;
  /** Changes the text of config.json, to what no object would be written as. */
  readonly edit?: (text: string) => string;
  /** Puts more into the rootfs. */
  readonly fill?: (rootfs: string) => void;
}

export interface Bundle {
  readonly path: string;
  readonly rootfs: string;
  readonly config: string;
}

export const CAPABILITIES = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

/** Makes a bundle that is removed at the end of the test. */
export function makeBundle(options: BundleOptions = {}): Bundle {
  const path = makeTemporary();
  const bundle = { path, rootfs: join(path, 'rootfs'), config: join(path, 'config.json') };
  mkdirSync(bundle.rootfs, { mode: 0o755 });
  copyFileSync(PROBE, join(bundle.rootfs, 'probe'));
  options.fill?.(bundle.rootfs);
  const spec = baseSpec();
  if (options.args !== undefined) spec.process.args = [...options.args];
  options.mutate?.(spec, bundle);
  const text = JSON.stringify(spec);
  writeFileSync(bundle.config, options.edit?.(text) ?? text);
  return bundle;
}

/** As bundles/shell/config.json, with the probe for a program. */
export function baseSpec(): SpecDraft {
  return {
    ociVersion: '1.3.0',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/probe', 'report'],
      env: ['PATH=/usr/bin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs' },
    hostname: 'probe-host',
    mounts: baseMounts(),
    linux: {
      namespaces: (['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'] as const).map((type) => ({ type })),
      maskedPaths: ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

function baseMounts(): Mount[] {
  const still = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...still, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: still },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...still, 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...still, 'relatime', 'ro'] },
    { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777', 'size=16m'] },
  ];
}

/** Replaces the namespace of that type, or adds it. */
export function setNamespace(spec: SpecDraft, type: Namespace['type'], path?: string): void {
  const entry: Namespace = path === undefined ? { type } : { type, path };
  spec.linux.namespaces = [...spec.linux.namespaces.filter((other) => other.type !== type), entry];
}

/** Leaves the namespace of that type to the host. */
export function shareNamespace(spec: SpecDraft, type: Namespace['type']): void {
  spec.linux.namespaces = spec.linux.namespaces.filter((other) => other.type !== type);
}
