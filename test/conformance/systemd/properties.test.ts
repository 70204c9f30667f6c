// What src/plan/systemd says to systemd, said to a real one: it has to take every property, and to mean by it what the cgroup's files say.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { listSettings } from '../../../src/plan/resources/list-settings.js';
import { parseAnnotations } from '../../../src/plan/systemd/annotations.js';
import { resetCall, setPropertiesCall, startCall, stopCall } from '../../../src/plan/systemd/busctl.js';
import { resourceProperties } from '../../../src/plan/systemd/resource-properties.js';
import { parseScope, scopePath } from '../../../src/plan/systemd/scope-name.js';
import { scopeProperties } from '../../../src/plan/systemd/scope-properties.js';
import type { Resources } from '../../../src/spec/types.js';
import { waitFor } from '../../support/wait-for.js';

const MANAGER = { busctl: '/usr/bin/busctl', user: false };

interface Running {
  readonly unit: string;
  readonly directory: string;
}

interface Wanted {
  readonly cgroupsPath: string;
  readonly resources?: Resources;
  readonly annotations?: Record<string, string>;
}

const children: ChildProcess[] = [];
const units: string[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  for (const unit of units.splice(0)) {
    await waitFor(`the end of ${unit}`, () => show(unit, 'ActiveState') !== 'active');
    spawnSync(...command(resetCall(unit, MANAGER)));
  }
});

function command([program = '', ...args]: readonly string[]): [string, string[]] {
  return [program, args];
}

/** Starts a scope of one process that sleeps, and waits until it is in its cgroup. */
async function start({ cgroupsPath, resources = {}, annotations = {} }: Wanted): Promise<Running> {
  const child = spawn('sleep', ['600']);
  const { pid = 0 } = child;
  children.push(child);
  const scope = parseScope(cgroupsPath, 'conformance', false);
  const { properties: annotated } = parseAnnotations(annotations);
  const settings = listSettings(resources);
  const { properties, problems } = scopeProperties({ ...scope, id: 'web', settings, annotated });
  expect(problems).toEqual([]);
  const { head, tail } = startCall(scope.unit, properties, MANAGER);
  execFileSync(...command([...head, String(pid), ...tail]));
  units.push(scope.unit);
  const path = scopePath(scope, '');
  await waitFor(`the process in ${path}`, () => readFileSync(`/proc/${pid}/cgroup`, 'utf8') === `0::${path}\n`);
  return { unit: scope.unit, directory: `/sys/fs/cgroup${path}` };
}

function show(unit: string, property: string): string {
  const args = ['show', '-p', property, '--value', '--', unit];
  return execFileSync('systemctl', args, { encoding: 'utf8' }).trimEnd();
}

const read = (directory: string, file: string) => readFileSync(`${directory}/${file}`, 'utf8').trimEnd();

const LIMITS: Resources = {
  cpu: { shares: 2048, quota: 150_000, period: 50_000, cpus: '0-1', mems: '0' },
  memory: { limit: 104_857_600, reservation: 1_048_576, swap: 209_715_200 },
  pids: { limit: 64 },
  unified: { 'io.weight': 'default 200', 'memory.high': '90M', 'memory.min': '4096', 'memory.oom.group': '1' },
};
const FILES = {
  'cpu.weight': '174',
  'cpu.max': '150000 50000',
  'cpuset.cpus': '0-1',
  'cpuset.mems': '0',
  'io.weight': 'default 200',
  'memory.high': '94371840',
  'memory.low': '1048576',
  'memory.max': '104857600',
  'memory.min': '4096',
  'memory.oom.group': '1',
  'memory.swap.max': '104857600',
  'pids.max': '64',
};
const readAll = (directory: string) =>
  Object.fromEntries(Object.keys(FILES).map((file) => [file, read(directory, file)]));

test('a scope has every limit that has a property, and keeps it when systemd is reloaded', async () => {
  const { unit, directory } = await start({ cgroupsPath: '', resources: LIMITS });
  expect([unit, directory]).toEqual(['tsrun-conformance.scope', '/sys/fs/cgroup/system.slice/tsrun-conformance.scope']);
  expect(show(unit, 'Description')).toBe('tsrun container web');
  expect(show(unit, 'Delegate')).toBe('yes');
  for (const [file, value] of Object.entries(FILES)) {
    writeFileSync(`${directory}/${file}`, value);
  }
  expect(readAll(directory)).toEqual(FILES);
  execFileSync('systemctl', ['daemon-reload']);
  expect(readAll(directory)).toEqual(FILES);
});

test('the files follow from the properties alone', async () => {
  const { directory } = await start({ cgroupsPath: 'a-b.slice:x:y', resources: LIMITS });
  expect(directory).toBe('/sys/fs/cgroup/a.slice/a-b.slice/x-y.scope');
  expect(readAll(directory)).toEqual(FILES);
});

test('an uneven quota is rounded up to a percent of a CPU, and stays so', async () => {
  const { directory } = await start({ cgroupsPath: '', resources: { cpu: { quota: 33_333, period: 100_000 } } });
  expect(read(directory, 'cpu.max')).toBe('34000 100000');
  execFileSync('systemctl', ['daemon-reload']);
  expect(read(directory, 'cpu.max')).toBe('34000 100000');
});

test('idleness comes and goes', async () => {
  const { unit, directory } = await start({ cgroupsPath: '', resources: { cpu: { idle: 1, shares: 2048 } } });
  expect([read(directory, 'cpu.idle'), read(directory, 'cpu.weight')]).toEqual(['1', '0']);
  const { properties } = resourceProperties(listSettings({ cpu: { idle: 0 } }));
  execFileSync(...command(setPropertiesCall(unit, properties, MANAGER)));
  expect([read(directory, 'cpu.idle'), read(directory, 'cpu.weight')]).toEqual(['0', '100']);
});

test('limits are changed and lifted while the scope runs', async () => {
  const { unit, directory } = await start({ cgroupsPath: '', resources: LIMITS });
  const resources: Resources = { cpu: { quota: -1 }, memory: { limit: -1 }, pids: { limit: -1 } };
  const { properties } = resourceProperties(listSettings(resources));
  execFileSync(...command(setPropertiesCall(unit, properties, MANAGER)));
  const lifted = { 'cpu.max': 'max 100000', 'memory.max': 'max', 'memory.swap.max': 'max', 'pids.max': 'max' };
  expect(readAll(directory)).toEqual({ ...FILES, ...lifted });
});

test.each([
  ['-:conformance:root', '/conformance-root.scope'],
  ['memory-x.slice::cpu', '/_memory.slice/memory-x.slice/_cpu.scope'],
  ['memory-x.slice:_:x', '/_memory.slice/memory-x.slice/__-x.scope'],
  ['-::cgroup.x', '/_cgroup.x.scope'],
  [':a\\x2bb:-', '/system.slice/a\\x2bb--.scope'],
])('%j is at %s', async (cgroupsPath, path) => {
  expect((await start({ cgroupsPath })).directory).toBe(`/sys/fs/cgroup${path}`);
});

test('annotations become properties', async () => {
  const { unit } = await start({
    cgroupsPath: '',
    annotations: {
      'org.systemd.property.TimeoutStopSec': '7.5',
      'org.systemd.property.RuntimeMaxUSec': 'uint64 3600000000',
      'org.systemd.property.CollectMode': "'inactive-or-failed'",
      'org.systemd.property.Description': '"--x $(y) \'z\' 0"',
      'org.systemd.property.SendSIGHUP': 'true',
      'org.systemd.property.KillSignal': '15',
      'org.systemd.property.After': "['a.service', 'b.service']",
      'org.systemd.property.AllowedCPUs': '@ay [1]',
    },
  });
  const names = ['TimeoutStopUSec', 'RuntimeMaxUSec', 'CollectMode', 'SendSIGHUP', 'KillSignal', 'AllowedCPUs'];
  expect(names.map((name) => show(unit, name))).toEqual(['7.500000s', '1h', 'inactive-or-failed', 'yes', '15', '0']);
  expect(show(unit, 'After').split(' ')).toEqual(expect.arrayContaining(['a.service', 'b.service']));
  expect(show(unit, 'Description')).toBe("--x $(y) 'z' 0");
});

test('a scope of the same name is refused while there is one, and a failed one is forgotten by reset', async () => {
  const cgroupsPath = ':conformance:twice';
  const { unit, directory } = await start({
    cgroupsPath,
    // With the CollectMode that scopes have by default systemd would forget it at once.
    annotations: { 'org.systemd.property.RuntimeMaxSec': '2', 'org.systemd.property.CollectMode': "'inactive'" },
  });
  await expect(start({ cgroupsPath })).rejects.toThrow('already loaded');
  await waitFor('the failure', () => show(unit, 'ActiveState') === 'failed');
  expect(existsSync(directory)).toBe(false);
  await expect(start({ cgroupsPath })).rejects.toThrow('already loaded');
  execFileSync(...command(resetCall(unit, MANAGER)));
  await start({ cgroupsPath });
  expect(show(unit, 'ActiveState')).toBe('active');
});

test('a stopped scope is gone, name and cgroup', async () => {
  const { unit, directory } = await start({ cgroupsPath: '' });
  execFileSync(...command(stopCall(unit, MANAGER)));
  await waitFor('the end', () => show(unit, 'LoadState') === 'not-found');
  expect(existsSync(directory)).toBe(false);
});
