// What a program saw of its container, without what is another thing each time: comparable between runtimes.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Spec } from '../../src/spec/types.js';
import { PROBE } from '../support/paths.js';
import { type ProbeReport, parseReport, readMounts } from '../support/probe.js';
import { makeTemporary, ringName } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';
import { makeConfig } from './config.js';

export interface Runtime {
  readonly name: string;
  readonly path: string;
  /** Before the verb. */
  readonly globals: readonly string[];
}

/** Lines of `what: value`, by what they are about; the same keys for the same config, whatever ran it. */
export type Observation = ReadonlyMap<string, string>;

/** Runs the config of a seed, in a bundle of its own. */
export function observe(runtime: Runtime, seed: number): Observation {
  const path = makeTemporary();
  const shared = join(path, 'shared');
  const hookLog = join(path, 'hooks');
  const spec = makeConfig(seed, { shared, hookLog });
  makeBundle(path, spec);
  writeFileSync(hookLog, '');
  // Hooks may be of a user namespace.
  chmodSync(hookLog, 0o666);
  const id = `differential-${ringName()}-${process.pid}-${runtime.name}-${seed}`;
  const root = join(path, 'state');
  const input = join(path, 'input');
  writeFileSync(input, '');
  // Standard input is a file: crun gives whatever it is to the container's user, /dev/null of the host too.
  const { status, stdout } = newTsrun().execute('/bin/sh', [
    '-c',
    'exec "$@" <"$0"',
    input,
    runtime.path,
    ...['--root', root, ...runtime.globals],
    ...['run', '--bundle', path, id],
  ]);
  const seen = status === 0 ? describe(stdout, path) : new Map([['failure', 'yes']]);
  const hooks = readFileSync(hookLog, 'utf8').trimEnd();
  return new Map([['status', String(status)], ...seen, ['hooks', hooks.replaceAll('\n', ', ')]]);
}

function makeBundle(path: string, spec: Spec): void {
  const rootfs = join(path, 'rootfs');
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'etc', 'srv', 'data'])
    mkdirSync(join(rootfs, name), { recursive: true, mode: 0o755 });
  copyFileSync(PROBE, join(rootfs, 'probe'));
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nmore:x:77:user\n');
  writeFileSync(join(rootfs, 'file'), '');
  mkdirSync(join(path, 'shared/directory'), { recursive: true });
  writeFileSync(join(path, 'shared/file'), 'shared\n');
  writeFileSync(join(path, 'shared/directory/file'), 'inner\n');
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  writeFileSync(join(path, 'config.json'), JSON.stringify(spec));
}

/** Of the host and not of the container: other runtimes have them from where they were called. */
const NOT_COMPARED = [
  'args',
  'speculation',
  'machine',
  'pid',
  'ppid',
  'sid',
  'pgid',
  'cgroup',
  'nsPids',
  'descriptors',
  'mountinfo',
  'rlimits',
  'namespaces',
  'env',
  'uidMap',
  'gidMap',
];

function describe(output: string, bundle: string): Map<string, string> {
  const end = output.indexOf('\n}\n') + 3;
  const report = parseReport(output.slice(0, end));
  const seen = new Map<string, string>();
  for (const [key, value] of Object.entries(report)) {
    if (!NOT_COMPARED.includes(key)) seen.set(key, JSON.stringify(value));
  }
  describeProcess(seen, report);
  describeMounts(seen, report, bundle);
  for (const line of output.slice(end).trimEnd().split('\n')) {
    const [path = '', ...rest] = line.split(' ');
    seen.set(`path ${path}`, rest.join(' '));
  }
  return seen;
}

function describeProcess(seen: Map<string, string>, report: ProbeReport): void {
  for (const [name, { soft, hard }] of Object.entries(report.rlimits)) seen.set(`limit ${name}`, `${soft} ${hard}`);
  for (const [name, value] of Object.entries(report.namespaces)) {
    seen.set(`namespace ${name}`, value === hostNamespace(name) ? "the host's" : 'its own');
  }
  seen.set('env', [...report.env].sort().join(' '));
  seen.set(
    'descriptors',
    report.descriptors.map(({ fd, cloexec, nonblock }) => `${fd}${cloexec ? 'c' : ''}${nonblock ? 'n' : ''}`).join(' '),
  );
  seen.set('id maps', JSON.stringify([report.uidMap, report.gidMap]).replaceAll(/ +/g, ' '));
}

let hostReport: ProbeReport | undefined;

function hostNamespace(name: string): string | null {
  hostReport ??= parseReport(newTsrun().execute(PROBE, ['report']).stdout);
  return hostReport.namespaces[name] ?? null;
}

function describeMounts(seen: Map<string, string>, report: ProbeReport, bundle: string): void {
  const mounts = readMounts(report);
  seen.set(
    'mounts',
    mounts
      .map(({ target }) => target)
      .sort()
      .join(' '),
  );
  for (const mount of mounts) {
    const key = `mount ${mount.target}`;
    seen.set(`${key}: options`, [...mount.options].sort().join(','));
    seen.set(`${key}: propagation`, mount.propagation.map((word) => word.replace(/:.*/, '')).join(' '));
    seen.set(`${key}: filesystem`, mount.fstype);
    // Superblocks of the host's own file systems are the host's.
    if (['tmpfs', 'proc', 'devpts', 'mqueue', 'sysfs'].includes(mount.fstype) && !mount.root.startsWith(bundle)) {
      seen.set(`${key}: data`, [...mount.superOptions].sort().join(','));
    }
  }
}

/** What is not the same: `what: one | other`. */
export function compare(one: Observation, other: Observation): string[] {
  const failed = [one, other].some((seen) => seen.has('failure'));
  const keys = failed ? ['status', 'failure', 'hooks'] : new Set([...one.keys(), ...other.keys()]);
  return [...keys]
    .filter((key) => one.get(key) !== other.get(key))
    .map((key) => `${key}: ${one.get(key) ?? 'nothing'} | ${other.get(key) ?? 'nothing'}`);
}
