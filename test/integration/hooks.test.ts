// Hooks: in which order, with which state, environment and namespaces.
import { copyFileSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Spec } from '../../src/spec/types.js';
import { type Bundle, type BundleOptions, makeBundle } from '../support/bundle.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

type Hook = NonNullable<NonNullable<Spec['hooks']>['prestart']>[number];

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** A hook that runs a shell script: the host's shell, for startContainer the one that the rootfs has. */
function shellHook(kind: (typeof KINDS)[number], script: string): Hook {
  const path = kind === 'startContainer' ? '/bin/busybox' : '/bin/sh';
  return { path, args: ['sh', '-c', script] };
}

/** Where a hook finds the rootfs: startContainer runs inside of it. */
function seenRootfs(kind: string, bundle: Bundle): string {
  return kind === 'startContainer' ? '' : bundle.rootfs;
}

/** A bundle in which every hook runs the script that `script` answers. */
function bundleOf(args: readonly string[], script: (kind: (typeof KINDS)[number], bundle: Bundle) => string): Bundle {
  const options: BundleOptions = {
    args,
    mutate: (spec, bundle) => {
      spec.annotations = { 'org.example': 'value' };
      spec.hooks = Object.fromEntries(KINDS.map((kind) => [kind, [shellHook(kind, script(kind, bundle))]]));
    },
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'bin'));
      copyFileSync('/usr/bin/busybox', join(rootfs, 'bin/busybox'));
    },
  };
  return makeBundle(options);
}

function read(bundle: Bundle, name: string): string {
  return readFileSync(join(bundle.rootfs, name), 'utf8');
}

describe('hooks', () => {
  test('run in the order of the specification, around the program', () => {
    const tsrun = newTsrun();
    const bundle = bundleOf(['/probe', 'append', '/order', 'program\n'], (kind, { rootfs }) => {
      const root = kind === 'startContainer' ? '' : rootfs;
      return `echo ${kind} >>${root}/order`;
    });
    const id = tsrun.newId();
    tsrun.must(['create', '-b', bundle.path, id]);
    expect(read(bundle, 'order')).toBe('prestart\ncreateRuntime\ncreateContainer\n');
    tsrun.must(['start', id]);
    // poststart runs after the program was executed: which of the two writes first is not said.
    const started = read(bundle, 'order').split('\n').slice(3, 6).filter(Boolean);
    expect(started[0]).toBe('startContainer');
    expect(started).toContain('poststart');
    tsrun.must(['delete', '--force', id]);
    expect(read(bundle, 'order').trim().split('\n').at(-1)).toBe('poststop');
  });

  test('of one kind run in the listed order', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec, { rootfs }) => {
        spec.hooks = { createRuntime: [1, 2, 3].map((n) => shellHook('createRuntime', `echo ${n} >>${rootfs}/order`)) };
      },
    });
    tsrun.must(['run', '-b', bundle.path, tsrun.newId()]);
    expect(read(bundle, 'order')).toBe('1\n2\n3\n');
  });

  test('get the state on standard input, each with its status and the pid it can see', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = bundleOf(['/probe', 'sleep', '600'], (kind, made) => `cat >${seenRootfs(kind, made)}/${kind}`);
    tsrun.must(['create', '-b', bundle.path, id]);
    const pid = tsrun.state(id)?.pid;
    tsrun.must(['start', id]);
    tsrun.must(['delete', '--force', id]);
    const states = KINDS.map((kind) => JSON.parse(read(bundle, kind)) as Record<string, unknown>);
    expect(states.map((state) => [state.status, state.pid])).toEqual([
      ['creating', pid],
      ['creating', pid],
      ['creating', 1],
      ['created', 1],
      ['running', pid],
      ['stopped', 0],
    ]);
    for (const { status, pid: _, ...rest } of states) {
      expect(rest).toEqual({ ociVersion: '1.3.0', id, bundle: bundle.path, annotations: { 'org.example': 'value' } });
    }
  });

  test('run in the namespaces of their kind', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = bundleOf(['/probe', 'sleep', '600'], (kind, made) => {
      const command = kind === 'startContainer' ? '/bin/busybox readlink' : 'readlink';
      return `${command} /proc/self/ns/uts >${seenRootfs(kind, made)}/${kind}`;
    });
    tsrun.must(['run', '--detach', '-b', bundle.path, id]);
    const own = readlinkSync(`/proc/${tsrun.state(id)?.pid}/ns/uts`);
    const host = readlinkSync('/proc/self/ns/uts');
    tsrun.must(['delete', '--force', id]);
    expect(KINDS.map((kind) => read(bundle, kind).trim())).toEqual([host, host, own, own, host, host]);
  });

  test("have an empty environment, but startContainer has the program's", () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec, { rootfs }) => {
        spec.process.env = ['A=container', 'HOME=/h'];
        // Without a shell, which would add to it.
        const show = (to: string) => ({ path: '/bin/busybox', args: ['cp', '/proc/self/environ', to] });
        spec.hooks = {
          createRuntime: [show(`${rootfs}/runtime`)],
          createContainer: [show(`${rootfs}/container`)],
          startContainer: [show('/start')],
          poststop: [{ ...show(`${rootfs}/given`), env: ['B=given'] }],
        };
      },
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'bin'));
        copyFileSync('/usr/bin/busybox', join(rootfs, 'bin/busybox'));
      },
    });
    tsrun.must(['run', '-b', bundle.path, tsrun.newId()], { env: { CANARY: 'caller' } });
    expect(read(bundle, 'runtime')).toBe('');
    expect(read(bundle, 'container')).toBe('');
    expect(read(bundle, 'start')).toBe('A=container\0HOME=/h\0');
    expect(read(bundle, 'given')).toBe('B=given\0');
  });

  test('keep their output to themselves when they succeed', () => {
    const tsrun = newTsrun();
    const bundle = bundleOf(['/probe', 'echo', 'program'], () => 'echo noise; echo noise >&2');
    const { status, stdout, stderr } = tsrun.call(['run', '-b', bundle.path, tsrun.newId()]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'program\n', stderr: '' });
  });

  test('createRuntime runs before the root is entered: what it mounts into the rootfs is its own concern', () => {
    const tsrun = newTsrun();
    const bundle = bundleOf(['/probe', 'cat', '/from-hook'], (kind, made) =>
      kind === 'createContainer' ? `echo made >${made.rootfs}/from-hook` : 'true',
    );
    expect(tsrun.must(['run', '-b', bundle.path, tsrun.newId()]).stdout).toBe('made\n');
  });

  test('poststop runs when everything else is gone', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = bundleOf(['/probe', 'true'], (kind, made) =>
      kind === 'poststop' ? `ls ${tsrun.root} >${made.rootfs}/left` : 'true',
    );
    tsrun.must(['run', '--detach', '-b', bundle.path, id]);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    tsrun.must(['delete', id]);
    expect(read(bundle, 'left')).toBe('');
  });
});
