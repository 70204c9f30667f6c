// config.md, "POSIX-platform Hooks". That they are invoked, and what becomes of a container when one fails: runtime/hooks.test.ts.
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import type { ClauseId } from '../clauses/index.js';
import { type Created, create, expectRefused, start } from '../container.js';
import { fillShell, type Hooks, insideHook, insideShell, KINDS, type Kind, reader, shell } from '../hooks.js';
import { shows } from '../shows.js';

/** For a shell: the pid of the state on standard input. */
const PID_OF_STATE = `sed 's/.*"pid": *\\([0-9]*\\).*/\\1/'`;
const RUNTIME_KINDS = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;

/** A container that was created, started and deleted, and what its hooks have written into the rootfs meanwhile. */
function live(
  hooks: (rootfs: string) => Hooks,
  args?: readonly string[],
): Created & { read: (name: string) => string } {
  const created = create({
    ...(args === undefined ? {} : { args }),
    mutate: (spec, { rootfs }) => {
      spec.annotations = { 'org.example': 'value' };
      spec.hooks = hooks(rootfs);
    },
  });
  created.runtime.must(['start', created.id]);
  return { ...created, read: (name) => readFileSync(join(created.bundle.rootfs, name), 'utf8') };
}

/** One hook of each kind that appends its name to `order`. */
function orderHooks(rootfs: string): Hooks {
  const note = (kind: Kind) =>
    kind === 'startContainer' ? insideHook('append', '/order', `${kind}\n`) : shell(`echo ${kind} >>${rootfs}/order`);
  return Object.fromEntries(KINDS.map((kind) => [kind, [note(kind)]]));
}

describe('config.md, POSIX-platform Hooks', () => {
  for (const path of ['bin/sh', './hook', '']) {
    shows(['hooks-path'], `a path of ${JSON.stringify(path)} is an error`, () => {
      expectRefused((spec) => {
        spec.hooks = { createRuntime: [{ path }] };
      });
    });
  }

  for (const timeout of [0, -1]) {
    shows(['hooks-timeout'], `a timeout of ${timeout} is an error`, () => {
      expectRefused((spec) => {
        spec.hooks = { createRuntime: [{ path: '/bin/true', timeout }] };
      });
    });
  }

  shows(['hooks-timeout'], 'a hook that runs past its timeout is ended, and create fails', () => {
    const message = expectRefused((spec) => {
      spec.hooks = { createRuntime: [{ ...shell('exec sleep 60'), timeout: 1 }] };
    });
    expect(message).not.toBe('');
  });

  shows(['hooks-order'], 'hooks of one kind are called in the listed order', () => {
    const { read } = live((rootfs) => ({ createRuntime: [1, 2, 3].map((n) => shell(`echo ${n} >>${rootfs}/order`)) }));
    expect(read('order')).toBe('1\n2\n3\n');
  });

  shows(
    ['prestart-first', 'create-container-order', 'prestart-when', 'create-runtime-when', 'create-container-when'],
    'create calls prestart, createRuntime and createContainer, in this order',
    () => {
      const { bundle } = create({
        mutate: (spec, { rootfs }) => {
          spec.hooks = orderHooks(rootfs);
        },
      });
      const order = readFileSync(join(bundle.rootfs, 'order'), 'utf8').split('\n');
      expect(order.slice(0, 3)).toEqual(['prestart', 'createRuntime', 'createContainer']);
    },
  );

  shows(['start-container-when'], 'start calls startContainer before the program is executed', async () => {
    const { read, bundle } = live(
      () => ({ startContainer: [insideHook('append', '/order', 'hook\n')] }),
      ['/probe', 'append', '/order', 'program\n'],
    );
    const file = join(bundle.rootfs, 'order');
    await waitFor('the program', () => existsSync(file) && read('order').includes('program'));
    expect(read('order')).toBe('hook\nprogram\n');
  });

  shows(['poststart-when'], 'poststart is called after the program is executed, before start returns', () => {
    const { read } = live((rootfs) => ({
      poststart: [reader(`pid=$(${PID_OF_STATE}); tr '\\0' ' ' </proc/$pid/cmdline >${rootfs}/seen`)],
    }));
    expect(read('seen')).toBe('/probe sleep 600 ');
  });

  shows(['poststop-when'], 'poststop is called when the container is gone, before delete returns', () => {
    const { read, runtime, id, state } = live((rootfs) => ({
      poststop: [
        shell(
          `grep -q . /proc/$(cat ${rootfs}/pid)/cmdline && echo there >${rootfs}/gone || echo gone >${rootfs}/gone`,
        ),
      ],
      poststart: [reader(`${PID_OF_STATE} >${rootfs}/pid`)],
    }));
    expect(Number(read('pid'))).toBe(state().pid);
    runtime.must(['delete', '--force', id]);
    expect(read('gone')).toBe('gone\n');
  });

  for (const [kind, id] of [
    ['prestart', 'prestart-when'],
    ['createRuntime', 'create-runtime-when'],
  ] as const) {
    shows([id], `${kind} hooks are called when the namespaces are there, before the root is entered`, () => {
      const { read } = live((rootfs) => ({
        [kind]: [
          reader(
            `pid=$(${PID_OF_STATE}); readlink /proc/$pid/ns/uts >${rootfs}/uts; ls -d /proc/$pid/root${rootfs} >${rootfs}/root`,
          ),
        ],
      }));
      expect(read('uts').trim()).toMatch(/^uts:/);
      expect(read('uts').trim()).not.toBe(readlinkSync('/proc/self/ns/uts'));
      expect(read('root')).toContain('/rootfs');
    });
  }

  shows(
    ['create-container-when'],
    'createContainer hooks are called when mounts are made, before the root is entered',
    () => {
      const { read } = live((rootfs) => ({
        createContainer: [shell(`ls -d ${rootfs} >${rootfs}/root; cat ${rootfs}/proc/self/comm >${rootfs}/comm`)],
      }));
      expect(read('root')).toContain('/rootfs');
      expect(read('comm').trim()).toBe('cat');
    },
  );
});

describe('config.md, the state that hooks are given', () => {
  const STATUS: Readonly<Record<Kind, readonly string[]>> = {
    prestart: ['creating', 'created'],
    createRuntime: ['creating', 'created'],
    createContainer: ['creating', 'created'],
    startContainer: ['created'],
    poststart: ['running'],
    poststop: ['stopped'],
  };

  for (const kind of RUNTIME_KINDS) {
    shows(['hooks-state'], `${kind} hooks read the state on standard input`, () => {
      const { read, runtime, id, bundle } = live((rootfs) => ({ [kind]: [reader(`cat >${rootfs}/state`)] }));
      runtime.must(['delete', '--force', id]);
      const state = JSON.parse(read('state'));
      expect(state).toMatchObject({ id, bundle: bundle.path, annotations: { 'org.example': 'value' } });
      expect(state.ociVersion).toMatch(/^\d+\.\d+\.\d+/);
      expect(STATUS[kind]).toContain(state.status);
    });
  }

  shows(['hooks-state'], 'startContainer hooks read the state on standard input', async () => {
    const { id, bundle } = start({
      fill: fillShell,
      mutate: (spec) => {
        spec.hooks = { startContainer: [insideShell('cat >/seen && /busybox mv /seen /state')] };
      },
    });
    await waitFor('the hook', () => existsSync(join(bundle.rootfs, 'state')));
    const state = JSON.parse(readFileSync(join(bundle.rootfs, 'state'), 'utf8'));
    expect(state).toMatchObject({ id, bundle: bundle.path, status: 'created' });
  });
});

describe('config.md, the namespaces of hooks', () => {
  const host = readlinkSync('/proc/self/ns/uts');
  const IN_RUNTIME: readonly (readonly [Kind, readonly ClauseId[]])[] = [
    ['prestart', ['prestart-namespace', 'prestart-path']],
    ['createRuntime', ['create-runtime-namespace', 'create-runtime-path']],
    ['poststart', ['poststart-namespace', 'poststart-path']],
    ['poststop', ['poststop-namespace', 'poststop-path']],
  ];

  for (const [kind, ids] of IN_RUNTIME) {
    shows(ids, `${kind} hooks are programs of the host, in its namespaces`, () => {
      const { read, runtime, id } = live((rootfs) => ({
        [kind]: [shell(`readlink /proc/self/ns/uts >${rootfs}/uts`)],
      }));
      runtime.must(['delete', '--force', id]);
      expect(read('uts').trim()).toBe(host);
    });
  }

  shows(
    ['create-container-namespace', 'create-container-path'],
    'createContainer hooks are programs of the host, in the namespaces of the container',
    () => {
      const { read, state } = live((rootfs) => ({
        createContainer: [
          shell(`readlink /proc/self/ns/uts >${rootfs}/uts; readlink /proc/self/ns/mnt >${rootfs}/mnt`),
        ],
      }));
      expect(read('uts').trim()).toBe(readlinkSync(`/proc/${state().pid}/ns/uts`));
      expect(read('mnt').trim()).toBe(readlinkSync(`/proc/${state().pid}/ns/mnt`));
    },
  );

  shows(
    ['start-container-namespace', 'start-container-path'],
    'startContainer hooks are programs of the container, in its namespaces',
    async () => {
      const { bundle, state } = start({
        fill: fillShell,
        mutate: (spec) => {
          spec.hooks = { startContainer: [insideShell('readlink /proc/self/ns/uts >/seen && /busybox mv /seen /uts')] };
        },
      });
      await waitFor('the hook', () => existsSync(join(bundle.rootfs, 'uts')));
      expect(readFileSync(join(bundle.rootfs, 'uts'), 'utf8').trim()).toBe(readlinkSync(`/proc/${state().pid}/ns/uts`));
    },
  );
});
