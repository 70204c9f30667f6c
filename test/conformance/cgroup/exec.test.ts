// exec and the cgroup of the container: where the process is, what limits it, and what happens where it may not be.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { setNamespace } from '../../support/bundle.js';
import {
  type Container,
  type ContainerOptions,
  cgroupOf,
  createContainer,
  readCgroup,
} from '../../support/container.js';
import { makeTemporary } from '../../support/temporary.js';

function startContainer(options: ContainerOptions = {}): Container {
  const container = createContainer(options);
  container.tsrun.must(['start', container.id]);
  return container;
}

/** Runs a program that stays beside init; answers its pid. */
function stay({ tsrun, id }: Container, flags: readonly string[] = []): number {
  const file = join(makeTemporary(), 'pid');
  tsrun.must(['exec', '--detach', '--pid-file', file, ...flags, id, '/probe', 'sleep', '3600']);
  return Number(readFileSync(file, 'utf8'));
}

/** Makes a cgroup below that of the container, into which init moves; it is to be used as `mkdir` and `echo` would. */
function moveInit(container: Container, controllers: string): string {
  const below = join(container.cgroup, 'init');
  mkdirSync(below);
  writeFileSync(join(below, 'cgroup.procs'), String(container.pid));
  writeFileSync(join(container.cgroup, 'cgroup.subtree_control'), controllers);
  return below;
}

describe('a process of exec', () => {
  test('is in the cgroup of the container', () => {
    const container = startContainer();
    expect(cgroupOf(stay(container))).toBe(container.cgroup);
  });

  test('sees itself at the root of the cgroup namespace', () => {
    const container = startContainer();
    const { stdout } = container.tsrun.must(['exec', container.id, '/probe', 'cat', '/proc/self/cgroup']);
    expect(stdout).toBe('0::/\n');
  });

  test('is bound by the limits of the container', () => {
    const container = startContainer({ resources: { memory: { limit: 32 * 2 ** 20, swap: 32 * 2 ** 20 } } });
    const { status } = container.tsrun.call(['exec', container.id, '/probe', 'allocate', '64']);
    expect(status).toBe(137);
    expect(readCgroup(container, 'memory.events')).toMatch(/^oom_kill [1-9]/m);
  });

  test('that is one too many is told of the limit', () => {
    const container = startContainer({ resources: { pids: { limit: 1 } } });
    const { status, stderr } = container.tsrun.call(['exec', container.id, '/probe', 'true']);
    expect(stderr).toMatch(/: enter its namespaces.*: resource temporarily unavailable \(EAGAIN\)\nhint: .*pids\.max/);
    expect(status).toBe(255);
    expect(readCgroup(container, 'cgroup.procs')).toBe(String(container.pid));
  });

  test('follows init where that has left the cgroup to controllers', () => {
    const container = startContainer();
    const below = moveInit(container, '+pids');
    expect(cgroupOf(stay(container))).toBe(below);
  });

  test('stays in the own cgroup where init has only moved below', () => {
    const container = startContainer();
    const below = join(container.cgroup, 'init');
    mkdirSync(below);
    writeFileSync(join(below, 'cgroup.procs'), String(container.pid));
    expect(cgroupOf(stay(container))).toBe(container.cgroup);
  });
});

describe('--cgroup', () => {
  test('puts the process below', () => {
    const container = startContainer();
    mkdirSync(join(container.cgroup, 'part/deep'), { recursive: true });
    expect(cgroupOf(stay(container, ['--cgroup', 'part/deep']))).toBe(join(container.cgroup, 'part/deep'));
    expect(cgroupOf(stay(container, ['--cgroup', '/']))).toBe(container.cgroup);
  });

  test('is not replaced by that of init', () => {
    const container = startContainer();
    moveInit(container, '+pids');
    const { status, stderr } = container.tsrun.call(['exec', '--cgroup', '/', container.id, '/probe', 'true']);
    expect(stderr).toMatch(/: enter its namespaces.*: device or resource busy \(EBUSY\)/);
    expect(status).toBe(255);
  });
});

describe('a container with a user namespace that owns its cgroup', () => {
  test('has processes of exec in it', () => {
    const container = startContainer({
      mutate: (spec) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1000 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1000 }];
        spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
      },
    });
    expect(cgroupOf(stay(container))).toBe(container.cgroup);
  });
});

test('delete removes what exec has left, and what is below', () => {
  const container = startContainer();
  moveInit(container, '+pids');
  const pid = stay(container);
  container.tsrun.must(['delete', '--force', container.id]);
  expect(() => process.kill(pid, 0)).toThrow();
});
