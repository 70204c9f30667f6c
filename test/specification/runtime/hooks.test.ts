// runtime.md, "Lifecycle": which hooks are invoked, and what becomes of a container one of whose hooks fails.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';
import { bundleOf, create, SLEEPS } from '../container.js';
import { insideHook, type Kind, shell } from '../hooks.js';
import { shows } from '../shows.js';

const INVOKED = [
  ['prestart', 'lifecycle-prestart', 'create'],
  ['createRuntime', 'lifecycle-create-runtime', 'create'],
  ['createContainer', 'lifecycle-create-container', 'create'],
  ['startContainer', 'lifecycle-start-container', 'start'],
  ['poststart', 'lifecycle-poststart', 'start'],
  ['poststop', 'lifecycle-poststop', 'delete'],
] as const;

describe('runtime.md, hooks of the lifecycle', () => {
  for (const [kind, id, operation] of INVOKED) {
    shows([id], `${kind} hooks are invoked by ${operation}`, async () => {
      const { runtime, id, bundle } = create({
        mutate: (spec, { rootfs }) => {
          spec.hooks = { [kind]: [markHook(kind, rootfs)] };
        },
      });
      const has = () => existsSync(join(bundle.rootfs, 'mark'));
      const seen = { create: has(), start: false, delete: false };
      runtime.must(['start', id]);
      // A runtime may answer before the hooks in the container have run, as long as the program comes after them.
      if (kind === 'startContainer') await waitFor('the hook', has);
      seen.start = has();
      runtime.must(['delete', '--force', id]);
      seen.delete = has();
      const steps = ['create', 'start', 'delete'] as const;
      const from = steps.indexOf(operation);
      expect(seen).toEqual(Object.fromEntries(steps.map((step, index) => [step, index >= from])));
    });
  }

  for (const [kind, id] of [
    ['prestart', 'lifecycle-prestart-fails'],
    ['createRuntime', 'lifecycle-create-runtime-fails'],
    ['createContainer', 'lifecycle-create-container-fails'],
  ] as const) {
    shows([id], `a ${kind} hook that fails is an error of create, and there is no container`, () => {
      const runtime = newTsrun();
      const container = runtime.newId();
      const { path } = bundleOf({ ...SLEEPS, mutate: (spec) => Object.assign(spec, { hooks: failing(kind) }) });
      expect(runtime.call(['create', '--bundle', path, container]).status).not.toBe(0);
      expect(runtime.state(container)).toBeNull();
    });

    shows([id], `a ${kind} hook that fails is followed by the poststop hooks`, () => {
      const runtime = newTsrun();
      const bundle = bundleOf({
        ...SLEEPS,
        mutate: (spec, { rootfs }) => {
          spec.hooks = { ...failing(kind), poststop: [shell(`touch ${rootfs}/poststop`)] };
        },
      });
      expect(runtime.call(['create', '--bundle', bundle.path, runtime.newId()]).status).not.toBe(0);
      expect(existsSync(join(bundle.rootfs, 'poststop'))).toBe(true);
    });
  }

  shows(['lifecycle-start-container-fails'], 'a startContainer hook that fails stops the container', async () => {
    const { runtime, id, bundle } = create({
      args: ['/probe', 'write', '/ran', 'x'],
      mutate: (spec) => Object.assign(spec, { hooks: failing('startContainer') }),
    });
    expect(runtime.call(['start', id]).status).not.toBe(0);
    await waitFor('its end', () => [undefined, 'stopped'].includes(runtime.state(id)?.status));
    expect(existsSync(join(bundle.rootfs, 'ran'))).toBe(false);
  });

  shows(['lifecycle-poststart-fails'], 'a poststart hook that fails is an error and stops the container', async () => {
    const { runtime, id } = create({ mutate: (spec) => Object.assign(spec, { hooks: failing('poststart') }) });
    expect(runtime.call(['start', id]).status).not.toBe(0);
    await waitFor('its end', () => [undefined, 'stopped'].includes(runtime.state(id)?.status));
  });

  shows(
    ['lifecycle-poststop-fails', 'warnings-continue'],
    'a poststop hook that fails changes nothing for the others',
    () => {
      const { runtime, id, bundle } = create({
        mutate: (spec, { rootfs }) => {
          spec.hooks = { poststop: [shell('exit 6'), shell(`touch ${rootfs}/second`)] };
        },
      });
      runtime.must(['delete', '--force', id]);
      expect(existsSync(join(bundle.rootfs, 'second'))).toBe(true);
      expect(runtime.state(id)).toBeNull();
    },
  );
});

function markHook(kind: Kind, rootfs: string) {
  return kind === 'startContainer' ? insideHook('write', '/mark', 'x') : shell(`touch ${rootfs}/mark`);
}

function failing(kind: Kind) {
  return { [kind]: [kind === 'startContainer' ? insideHook('exit', '4') : shell('exit 4')] };
}
