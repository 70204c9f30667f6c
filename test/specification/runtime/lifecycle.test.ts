// runtime.md, "Lifecycle", without hooks (hooks.test.ts in this folder).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { isAlive, readHostState } from '../../support/host.js';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';
import { bundleOf, create, expectRefused, SLEEPS, start } from '../container.js';
import { shows } from '../shows.js';

describe('runtime.md, Lifecycle', () => {
  shows(
    ['lifecycle-environment', 'lifecycle-resources', 'create-properties'],
    'a created container has what config.json says',
    () => {
      const { state } = create({
        mutate: (spec) => {
          spec.hostname = 'created';
          spec.linux.sysctl = { 'net.ipv4.ip_default_ttl': '77' };
        },
      });
      const { pid } = state();
      const enter = (...args: string[]) => execFileSync('nsenter', ['-t', `${pid}`, ...args], { encoding: 'utf8' });
      expect(enter('-u', 'uname', '-n').trim()).toBe('created');
      expect(enter('-n', 'cat', '/proc/sys/net/ipv4/ip_default_ttl').trim()).toBe('77');
      const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
      const targets = mounts.map((line) => line.split(' ')[4]);
      for (const target of ['/', '/proc', '/dev', '/dev/pts', '/dev/shm', '/tmp', '/proc/sys']) {
        expect(targets).toContain(target);
      }
    },
  );

  shows(['lifecycle-resources', 'create-args'], 'the program is not run before start', async () => {
    const { bundle, runtime, id } = create({ args: ['/probe', 'write', '/ran', 'x'] });
    const file = join(bundle.rootfs, 'ran');
    expect(existsSync(file)).toBe(false);
    runtime.must(['start', id]);
    await waitFor('the program', () => existsSync(file));
  });

  shows(['lifecycle-program', 'start-program'], 'start runs the program with its arguments', async () => {
    const { bundle } = start({ args: ['/probe', 'write', '/ran', 'a b'] });
    const file = join(bundle.rootfs, 'ran');
    await waitFor('the program', () => existsSync(file) && readFileSync(file, 'utf8') === 'a b');
  });

  shows(['lifecycle-environment-error', 'create-error'], 'a mount that cannot be made is an error', () => {
    expectRefused((spec) => {
      spec.mounts.push({ destination: '/data', type: 'bind', source: '/absent/source', options: ['bind'] });
    });
  });

  shows(['lifecycle-environment-error', 'create-error'], 'a mount option that the kernel refuses is an error', () => {
    expectRefused((spec) => {
      spec.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['nosuchoption=1'] });
    });
  });

  for (const [title, text] of [
    ['another program', '{"ociVersion":"1.0.2","process":{"cwd":"/","args":["/absent"]},"root":{"path":"rootfs"}}'],
    ['nonsense', 'no JSON at all'],
  ] as const) {
    shows(['lifecycle-config-updates'], `${title} in config.json after create changes nothing`, async () => {
      const { bundle, runtime, id, state } = create({ args: ['/probe', 'append', '/ran', 'x'] });
      writeFileSync(bundle.config, text);
      runtime.must(['start', id]);
      await waitFor('the program', () => existsSync(join(bundle.rootfs, 'ran')));
      await waitFor('its end', () => state().status === 'stopped');
      runtime.must(['delete', id]);
    });
  }

  shows(['lifecycle-destroyed', 'delete-resources'], 'delete undoes what create has done', async () => {
    const before = readHostState();
    const { runtime, id, state } = start();
    const { pid } = state();
    runtime.must(['kill', id, 'KILL']);
    await waitFor('the container to stop', () => state().status === 'stopped');
    runtime.must(['delete', id]);
    expect(runtime.state(id)).toBeNull();
    expect(isAlive(pid)).toBe(false);
    expect(runtime.leftovers()).toEqual([]);
    const after = readHostState();
    expect(after.mounts).toEqual(before.mounts);
    expect(after.cgroups.filter((path) => path.includes(id))).toEqual([]);
  });

  shows(['errors-environment'], 'a create that fails leaves nothing on the host', () => {
    const before = readHostState();
    const runtime = newTsrun();
    const id = runtime.newId();
    const { path } = bundleOf({
      ...SLEEPS,
      mutate: (spec) => {
        spec.mounts.push({ destination: '/data', type: 'bind', source: '/absent/source', options: ['bind'] });
      },
    });
    expect(runtime.call(['create', '--bundle', path, id]).status).not.toBe(0);
    const after = readHostState();
    expect(after.mounts).toEqual(before.mounts);
    expect(after.cgroups.filter((name) => name.includes(id))).toEqual([]);
    expect(runtime.leftovers()).toEqual([]);
  });
});
