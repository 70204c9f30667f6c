// The owner of a container's cgroup where the kernel does not tell which files of it may be another's.
import { chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBundle, setNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { newTsrun } from '../support/tsrun.js';

const HOST_ROOT = 100_000;

/** tsrun in a mount namespace without /sys/kernel/cgroup/delegate. */
const WITHOUT_DELEGATE = 'exec unshare --mount sh -c \'mount -t tmpfs none /sys/kernel/cgroup && exec "$@"\' sh "$@"';

// config-linux.md, "Cgroup ownership".
test('has the files of the specification where the kernel does not list any', () => {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const { path } = makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec, { rootfs }) => {
      chownSync(rootfs, HOST_ROOT, HOST_ROOT);
      setNamespace(spec, 'user');
      const mappings = [{ containerID: 0, hostID: HOST_ROOT, size: 1000 }];
      Object.assign(spec.linux, { uidMappings: mappings, gidMappings: mappings });
      // The kernel makes nobody a new sysfs who sees only parts of the old one.
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'sysfs');
      const mount = spec.mounts.find(({ destination }) => destination === '/sys/fs/cgroup');
      if (mount !== undefined) mount.options = ['rw', 'nosuid', 'nodev', 'noexec'];
    },
  });
  const { status, stderr } = tsrun.callFrom(WITHOUT_DELEGATE, ['create', '--bundle', path, id]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const cgroup = join(cgroupRoot(), id);
  const owned = ['.', ...readdirSync(cgroup)].filter((name) => statSync(join(cgroup, name)).uid === HOST_ROOT);
  expect(owned.sort()).toEqual(['.', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']);
});
