// A container that has its own cgroup tree to write gets it as its own: the directory and the files that the kernel says may be delegated.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SpecDraft, setNamespace, shareNamespace } from '../../support/bundle.js';
import { createContainer } from '../../support/container.js';
import { runProbe } from '../../support/probe.js';

const HOST_ROOT = 100_000;
const USER = 1000;

/** A user namespace of its own, and a process that is not its root. */
function mapUsers(spec: SpecDraft): void {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 65_536 }];
  spec.process.user = { uid: USER, gid: USER };
}

function mountCgroup(spec: SpecDraft, mode: 'ro' | 'rw'): void {
  const mount = spec.mounts.find(({ destination }) => destination === '/sys/fs/cgroup');
  if (mount !== undefined) mount.options = [mode, 'nosuid', 'nodev', 'noexec'];
}

/** The names in a cgroup that are another's than root's, `.` for the directory, with their owner. */
function owners(cgroup: string): Map<string, number> {
  const names = ['.', ...readdirSync(cgroup)];
  return new Map(names.map((name) => [name, statSync(join(cgroup, name)).uid] as const).filter(([, uid]) => uid !== 0));
}

describe('the cgroup of a container with a user namespace', () => {
  test('belongs to its user when it may write it, with the files that may be delegated', () => {
    const { cgroup } = createContainer({
      mutate: (spec) => {
        mapUsers(spec);
        mountCgroup(spec, 'rw');
      },
    });
    const delegated = readFileSync('/sys/kernel/cgroup/delegate', 'utf8').trim().split('\n');
    const present = delegated.filter((name) => readdirSync(cgroup).includes(name));
    expect(present.length).toBeGreaterThan(2);
    expect([...owners(cgroup).keys()].sort()).toEqual(['.', ...present].sort());
    expect(new Set(owners(cgroup).values())).toEqual(new Set([HOST_ROOT + USER]));
  });

  test('can be divided by that user', () => {
    const made = runProbe(['mkdir', '/sys/fs/cgroup/part'], {
      mutate: (spec) => {
        mapUsers(spec);
        mountCgroup(spec, 'rw');
      },
    });
    expect(made).toBe('');
  });

  const KEPT: readonly (readonly [string, (spec: SpecDraft) => void])[] = [
    ['when it may only read it', (spec) => mountCgroup(spec, 'ro')],
    [
      'when it shares the cgroup namespace',
      (spec) => {
        shareNamespace(spec, 'cgroup');
        mountCgroup(spec, 'ro');
      },
    ],
  ];
  for (const [title, mutate] of KEPT) {
    test(`stays root's ${title}`, () => {
      const { cgroup } = createContainer({
        mutate: (spec) => {
          mapUsers(spec);
          mutate(spec);
        },
      });
      expect(owners(cgroup)).toEqual(new Map());
    });
  }
});
