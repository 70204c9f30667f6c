// Namespaces by path: the container joins those of another process.
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle, setNamespace } from '../support/bundle.js';
import { parseReport, runBundle, runReport } from '../support/probe.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** A process in new namespaces; answers its pid. It ends with the test. */
async function unshare(flags: readonly string[], file: string): Promise<number> {
  const holder: ChildProcess = spawn('unshare', [...flags, '--kill-child', '--fork', 'sleep', '600'], {
    stdio: 'ignore',
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  return await waitFor('the process that holds the namespace', () => {
    const children = `/proc/${holder.pid}/task/${holder.pid}/children`;
    const pid = existsSync(children) ? Number(readFileSync(children, 'utf8')) : 0;
    if (pid === 0 || readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'sleep\n') return null;
    return readlinkSync(`/proc/${pid}/ns/${file}`) !== readlinkSync(`/proc/self/ns/${file}`) && pid;
  });
}

describe('a namespace with a path', () => {
  for (const [type, file, flag] of [
    ['network', 'net', '--net'],
    ['ipc', 'ipc', '--ipc'],
    ['uts', 'uts', '--uts'],
    ['cgroup', 'cgroup', '--cgroup'],
    ['pid', 'pid', '--pid'],
    ['time', 'time', '--time'],
    ['mount', 'mnt', '--mount'],
  ] as const) {
    test(`of type ${type} is joined`, async () => {
      const pid = await unshare([flag], file);
      const report = runReport((spec) => {
        setNamespace(spec, type, `/proc/${pid}/ns/${file}`);
        if (type === 'uts') delete spec.hostname;
      });
      expect(report.namespaces[file]).toBe(readlinkSync(`/proc/${pid}/ns/${file}`));
    });
  }

  test('of type pid makes the program a process among others', async () => {
    const pid = await unshare(['--pid'], 'pid');
    const report = runReport((spec) => setNamespace(spec, 'pid', `/proc/${pid}/ns/pid`));
    expect(report.pid).toBeGreaterThan(1);
    expect(report.ppid).toBe(0);
  });

  test('of type user gives the ids of that namespace', () => {
    const tsrun = newTsrun();
    const holder = tsrun.newId();
    const mapped = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec, bundle) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
        chownSync(bundle.rootfs, 100_000, 100_000);
      },
    });
    tsrun.must(['run', '--detach', '--bundle', mapped.path, holder]);
    const path = `/proc/${tsrun.state(holder)?.pid}/ns/user`;
    const guest = makeBundle({
      mutate: (spec, bundle) => {
        setNamespace(spec, 'user', path);
        chownSync(bundle.rootfs, 100_000, 100_000);
      },
    });
    const report = parseReport(tsrun.must(['run', '--bundle', guest.path, tsrun.newId()]).stdout);
    expect(report.namespaces.user).toBe(readlinkSync(path));
    expect(report.uidMap?.[0]?.trim().split(/\s+/)).toEqual(['0', '100000', '1000']);
    expect(report.uid).toBe(0);
  });

  test('that belongs to the host is joined by a container with a user namespace of its own', async () => {
    const pid = await unshare(['--net', '--uts'], 'net');
    const report = runReport((spec, bundle) => {
      setNamespace(spec, 'user');
      spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 1000 }];
      chownSync(bundle.rootfs, 100_000, 100_000);
      for (const [type, file] of [
        ['network', 'net'],
        ['uts', 'uts'],
      ] as const)
        setNamespace(spec, type, `/proc/${pid}/ns/${file}`);
      delete spec.hostname;
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'sysfs' && type !== 'cgroup');
      spec.linux.maskedPaths = [];
    });
    expect(report.namespaces.net).toBe(readlinkSync(`/proc/${pid}/ns/net`));
    expect(report.namespaces.uts).toBe(readlinkSync(`/proc/${pid}/ns/uts`));
    expect(report.uid).toBe(0);
  });

  test('of several types is joined from one container by another', () => {
    const tsrun = newTsrun();
    const holder = tsrun.newId();
    tsrun.must(['run', '--detach', '--bundle', makeBundle({ args: ['/probe', 'sleep', '600'] }).path, holder]);
    const pid = tsrun.state(holder)?.pid;
    const bundle = makeBundle({
      mutate: (spec) => {
        for (const [type, file] of [
          ['network', 'net'],
          ['ipc', 'ipc'],
          ['uts', 'uts'],
          ['pid', 'pid'],
        ] as const) {
          setNamespace(spec, type, `/proc/${pid}/ns/${file}`);
        }
        delete spec.hostname;
      },
    });
    const report = parseReport(tsrun.must(['run', '--bundle', bundle.path, tsrun.newId()]).stdout);
    for (const file of ['net', 'ipc', 'uts', 'pid']) {
      expect(report.namespaces[file]).toBe(readlinkSync(`/proc/${pid}/ns/${file}`));
    }
    expect(report.hostname).toBe('probe-host');
    expect(tsrun.state(holder)?.status).toBe('running');
  });

  test('of another type is refused', () => {
    const { status, stderr } = runBundle({ mutate: (spec) => setNamespace(spec, 'network', '/proc/self/ns/uts') });
    expect(stderr).toMatch(
      /^tsrun: cannot run container "[^"]+": join the network namespace "\/proc\/self\/ns\/uts": it is a namespace of another type\n$/,
    );
    expect(status).toBe(1);
  });

  test('that is no namespace file is refused', () => {
    const { status, stderr } = runBundle({ mutate: (spec) => setNamespace(spec, 'network', '/proc/version') });
    expect(stderr).toMatch(/: join the network namespace "\/proc\/version": it is not a namespace file\n$/);
    expect(status).toBe(1);
  });

  test('that does not exist is refused', () => {
    const { status, stderr } = runBundle({ mutate: (spec) => setNamespace(spec, 'network', '/run/netns/absent') });
    expect(stderr).toMatch(
      /: join the network namespace "\/run\/netns\/absent": no such file or directory \(ENOENT\)\n$/,
    );
    expect(status).toBe(1);
  });
});
