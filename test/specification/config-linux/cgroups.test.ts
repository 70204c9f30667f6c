// config-linux.md, "Cgroups Path". What limits do needs controllers and is shown by the conformance rings.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { reserveCgroup } from '../../support/container.js';
import { cgroupRoot } from '../../support/host.js';
import { ringName } from '../../support/temporary.js';
import { type Created, create } from '../container.js';
import { shows } from '../shows.js';

let count = 0;

/** A path below the mount point that no other test has; a runtime may leave the cgroups above the container's. */
function newPath(): string {
  count += 1;
  return `/test-${ringName()}-specification-${process.pid}-${count}`;
}

function createIn(cgroupsPath: string): Created {
  const created = create({
    mutate: (spec) => {
      spec.linux.cgroupsPath = cgroupsPath;
    },
  });
  onTestFinished(() => {
    created.runtime.call(['delete', '--force', created.id]);
  });
  return created;
}

/** The cgroup of the container process in the cgroup2 hierarchy, from its root. */
function cgroupOf({ state }: Created): string | undefined {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${state().pid}/cgroup`, 'utf8'))?.[1];
}

describe('config-linux.md, Cgroups Path', () => {
  shows(['cgroups-path-absolute'], 'an absolute path is relative to the mount point of cgroups', () => {
    const path = newPath();
    reserveCgroup(path, false);
    expect(cgroupOf(createIn(`${path}/inner`))).toBe(`${path}/inner`);
    expect(existsSync(join(cgroupRoot(), path, 'inner'))).toBe(true);
  });

  for (const [title, path] of [
    ['an absolute path', newPath],
    ['a relative path', () => newPath().slice(1)],
  ] as const) {
    shows(['cgroups-path-consistent'], `${title} is the same place each time`, () => {
      const place = path();
      const first = createIn(place);
      const found = cgroupOf(first);
      first.runtime.must(['delete', '--force', first.id]);
      expect(cgroupOf(createIn(place))).toBe(found);
    });
  }
});
