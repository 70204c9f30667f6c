// --cgroup-manager on a machine whose cgroup2 tree has few controllers and no systemd: what cannot be had is said.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../src/spec/types.js';
import { makeBundle } from '../support/bundle.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';

const DONE = { status: 0, stdout: '', stderr: '' };

function create(globals: readonly string[], resources?: Resources) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec) => {
      if (resources !== undefined) spec.linux.resources = resources;
    },
  });
  return { tsrun, id, outcome: tsrun.call([...globals, 'run', '--detach', '--bundle', bundle.path, id]) };
}

const refused = (text: string) => ({ status: 1, stdout: '', stderr: `tsrun: ${text}\n` });

describe('disabled', () => {
  test('runs a container without a cgroup, and deletes it', () => {
    const { tsrun, id, outcome } = create(['--cgroup-manager', 'disabled']);
    expect(outcome).toMatchObject(DONE);
    expect(tsrun.state(id)?.status).toBe('running');
    expect(hasCgroup(id)).toBe(false);
    expect(tsrun.call(['delete', '--force', id])).toMatchObject(DONE);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('warns once of all limits that are not applied', () => {
    const resources = { pids: { limit: 5 }, memory: { limit: 1 }, devices: [{ allow: false }], cpu: {} };
    expect(create(['--cgroup-manager=disabled'], resources).outcome).toMatchObject({
      ...DONE,
      stderr:
        'tsrun: warning: cgroups are disabled, so these are not applied: linux.resources.pids, linux.resources.memory, linux.resources.devices\n',
    });
  });

  test.each([
    [['pause'], 'pause'],
    [['update', '--pids-limit', '5'], 'update'],
    [['update', '--dry-run', '--pids-limit', '5'], 'update'],
  ])('makes %j refuse the container, which goes on', (args, verb) => {
    const { tsrun, id } = create(['--cgroup-manager', 'disabled']);
    expect(tsrun.call([...args, id])).toMatchObject(
      refused(`cannot ${verb} container "${id}": it was created without a cgroup`),
    );
    expect(tsrun.state(id)?.status).toBe('running');
  });

  test('lets kill --all reach init', () => {
    const { tsrun, id } = create(['--cgroup-manager', 'disabled']);
    expect(tsrun.call(['kill', '--all', id, 'KILL'])).toMatchObject(DONE);
  });
});

describe('cgroupfs', () => {
  test('is the default, and makes a cgroup of the name of the container', () => {
    expect(hasCgroup(create([]).id)).toBe(true);
    expect(hasCgroup(create(['--cgroup-manager', 'cgroupfs']).id)).toBe(true);
  });

  test('names each limit that the host has no controller for, and makes nothing', () => {
    const { tsrun, id, outcome } = create([], {
      pids: { limit: 5 },
      memory: { limit: 8192 },
      unified: { 'cpu.weight': '5' },
    });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toMatch(/^tsrun: cannot use config\.json: /);
    for (const path of ['pids.limit', 'memory.limit', 'unified["cpu.weight"]']) {
      expect(outcome.stderr).toContain(`linux.resources.${path}: the cgroup2 tree has no controller `);
    }
    expect(outcome.stderr).toContain('--cgroup-manager=disabled');
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('names a value that the kernel refuses by its field, and leaves nothing', () => {
    const { tsrun, id, outcome } = create([], { unified: { 'cgroup.max.depth': 'deep' } });
    expect(outcome).toMatchObject(
      refused(
        `cannot run container "${id}": linux.resources.unified["cgroup.max.depth"]: write "deep" to cgroup.max.depth: invalid argument (EINVAL)\nhint: the kernel does not accept the value`,
      ),
    );
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });
});

describe('systemd', () => {
  test.for([[['--systemd-cgroup']], [['--cgroup-manager', 'systemd']]])(
    'is refused with %j where it does not run, and nothing is left',
    ([globals = []], { skip }) => {
      skip(existsSync('/run/systemd/system'), 'systemd runs on this machine: the conformance-systemd ring has it');
      const { tsrun, id, outcome } = create(globals);
      expect(outcome).toMatchObject(
        refused(
          'cannot use systemd for cgroups: it does not run on this machine\nhint: leave --systemd-cgroup out, so that tsrun makes the cgroups itself',
        ),
      );
      expect(existsSync(join(tsrun.root, id))).toBe(false);
    },
  );
});

test.each([
  [['--cgroup-manager', 'docker'], 'unknown value of --cgroup-manager "docker": must be cgroupfs, systemd, disabled'],
  [['--cgroup-manager='], 'unknown value of --cgroup-manager "": must be cgroupfs, systemd, disabled'],
  [
    ['--systemd-cgroup', '--cgroup-manager', 'cgroupfs'],
    'cannot use both --systemd-cgroup and --cgroup-manager=cgroupfs',
  ],
])('%j is refused', (globals, text) => {
  const { tsrun, outcome } = create(globals);
  expect(outcome).toMatchObject(refused(text));
  expect(tsrun.leftovers()).toEqual([]);
});
