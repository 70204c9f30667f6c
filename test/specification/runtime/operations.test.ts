// runtime.md, "Operations".
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { isAlive } from '../../support/host.js';
import { makeTemporary } from '../../support/temporary.js';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';
import type { ClauseId } from '../clauses/index.js';
import { bundleOf, create, SLEEPS, start } from '../container.js';
import { fillShell } from '../hooks.js';
import { shows } from '../shows.js';

const NEEDS_ID: readonly (readonly [string, ClauseId])[] = [
  ['state', 'query-id'],
  ['start', 'start-id'],
  ['kill', 'kill-id'],
  ['delete', 'delete-id'],
];

describe('runtime.md, Operations', () => {
  shows(
    ['operations-supported', 'create-new'],
    'state, create, start, kill and delete take a container through its life',
    async () => {
      const { runtime, id, state } = create();
      expect(state().status).toBe('created');
      runtime.must(['start', id]);
      expect(state().status).toBe('running');
      runtime.must(['kill', id, 'KILL']);
      await waitFor('the container to stop', () => state().status === 'stopped');
      runtime.must(['delete', id]);
      expect(runtime.state(id)).toBeNull();
    },
  );

  for (const [verb, clause] of NEEDS_ID) {
    shows([clause], `${verb} without an id is an error`, () => {
      expect(newTsrun().call([verb]).status).not.toBe(0);
    });
  }

  for (const [verb, clause] of [
    ['state', 'query-missing'],
    ['start', 'start-status'],
    ['kill', 'kill-status'],
    ['delete', 'delete-status'],
  ] as const) {
    shows([clause], `${verb} of a container that does not exist is an error`, () => {
      const runtime = newTsrun();
      expect(runtime.call([verb, runtime.newId()]).status).not.toBe(0);
    });
  }
});

describe('runtime.md, Create', () => {
  shows(['create-arguments'], 'create without an id is an error', () => {
    expect(newTsrun().call(['create', '--bundle', bundleOf().path]).status).not.toBe(0);
  });

  shows(['create-arguments'], 'create without a bundle, in a directory that is none, is an error', () => {
    const runtime = newTsrun();
    expect(runtime.call(['create', runtime.newId()], { cwd: makeTemporary() }).status).not.toBe(0);
  });

  shows(['create-id'], 'create with an id that is taken is an error, and leaves the container that has it', () => {
    const { runtime, id, state, bundle } = create();
    const { pid } = state();
    expect(runtime.call(['create', '--bundle', bundleOf(SLEEPS).path, id]).status).not.toBe(0);
    expect(state()).toMatchObject({ pid, status: 'created', bundle: bundle.path });
    expect(isAlive(pid)).toBe(true);
  });

  for (const id of ['..', 'a/b', '../escape', '']) {
    shows(['create-id'], `create with the id ${JSON.stringify(id)} is an error, and makes nothing`, () => {
      const runtime = newTsrun();
      expect(runtime.call(['create', '--bundle', bundleOf(SLEEPS).path, id]).status).not.toBe(0);
      expect(runtime.leftovers()).toEqual([]);
    });
  }

  shows(['create-id'], 'create with the id of a container that was deleted works', () => {
    const { runtime, id, bundle } = create();
    runtime.must(['delete', '--force', id]);
    runtime.must(['create', '--bundle', bundle.path, id]);
  });
});

describe('runtime.md, Start', () => {
  shows(['start-status'], 'start of a container that runs is an error without effect', () => {
    const { runtime, id, state } = start();
    const { pid } = state();
    expect(runtime.call(['start', id]).status).not.toBe(0);
    expect(state()).toMatchObject({ pid, status: 'running' });
  });

  shows(
    ['start-status'],
    'start of a container that is stopped is an error, and does not run the program again',
    async () => {
      const { runtime, id, state, bundle } = start({ args: ['/probe', 'append', '/runs', 'x'] });
      await waitFor('its end', () => state().status === 'stopped');
      expect(runtime.call(['start', id]).status).not.toBe(0);
      expect(state().status).toBe('stopped');
      expect(statSync(join(bundle.rootfs, 'runs')).size).toBe(1);
    },
  );
});

describe('runtime.md, Kill', () => {
  for (const [signal, name] of [
    ['USR1', 'USR1'],
    ['TERM', 'TERM'],
    ['12', 'USR2'],
  ] as const) {
    shows(['kill-signal'], `kill sends ${signal} to the container process`, async () => {
      const wait = `trap 'echo ${name} >/got' ${name}; : >/ready; until test -e /got; do /busybox sleep 0.02; done`;
      const { runtime, id, bundle } = start({ args: ['/busybox', 'sh', '-c', wait], fill: fillShell });
      await waitFor('the program', () => existsSync(join(bundle.rootfs, 'ready')));
      runtime.must(['kill', id, signal]);
      await waitFor('the signal', () => existsSync(join(bundle.rootfs, 'got')));
    });
  }

  shows(['kill-signal'], 'kill sends KILL to a created container, which is stopped then', async () => {
    const { runtime, id, state } = create();
    runtime.must(['kill', id, 'KILL']);
    await waitFor('its end', () => state().status === 'stopped');
  });

  shows(['kill-status'], 'kill of a container that is stopped is an error', async () => {
    const { runtime, id, state } = start({ args: ['/probe', 'true'] });
    await waitFor('its end', () => state().status === 'stopped');
    expect(runtime.call(['kill', id, 'TERM']).status).not.toBe(0);
    expect(state().status).toBe('stopped');
  });
});

describe('runtime.md, Delete', () => {
  shows(['delete-status'], 'delete of a container that runs is an error without effect', () => {
    const { runtime, id, state } = start();
    const { pid } = state();
    expect(runtime.call(['delete', id]).status).not.toBe(0);
    expect(state()).toMatchObject({ pid, status: 'running' });
    expect(isAlive(pid)).toBe(true);
  });

  shows(['delete-foreign'], 'delete leaves the bundle and what was mounted from the host', () => {
    const { runtime, id, bundle } = create({
      mutate: (spec, { path }) => {
        spec.mounts.push({ destination: '/data', type: 'bind', source: path, options: ['bind'] });
      },
    });
    runtime.must(['delete', '--force', id]);
    expect(existsSync(bundle.config)).toBe(true);
    expect(existsSync(join(bundle.rootfs, 'probe'))).toBe(true);
  });
});
