// The cgroup tree of a container that shares the host's cgroup namespace, as `--cgroupns=host` of podman and Docker asks for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shareNamespace } from '../../support/bundle.js';
import { createContainer } from '../../support/container.js';

/** The options of the filesystem, of which each mount is a view: the last field of mountinfo, proc(5). */
function optionsOf(pid: number | 'self'): string | undefined {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trimEnd().split('\n');
  return lines
    .find((line) => line.includes(' /sys/fs/cgroup ') && line.includes(' - cgroup2 '))
    ?.split(' ')
    .at(-1);
}

test('the host keeps the options of its cgroup mount when podman or Docker share its cgroup namespace', () => {
  const before = optionsOf('self');
  expect(before).toContain('nsdelegate');
  const { pid, cgroup } = createContainer({ mutate: (spec) => shareNamespace(spec, 'cgroup') });
  expect([optionsOf('self'), optionsOf(pid)]).toEqual([before, before]);
  const seen = readFileSync(`/proc/${pid}/root${cgroup}/cgroup.procs`, 'utf8');
  expect(seen).toBe(`${pid}\n`);
});
