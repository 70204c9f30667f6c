// Hooks that fail: what is undone, and what is said.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Spec } from '../../src/spec/types.js';
import { type Bundle, makeBundle } from '../support/bundle.js';
import { isAlive } from '../support/host.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';

type Hooks = NonNullable<Spec['hooks']>;

function hook(script: string, timeout?: number) {
  return { path: '/bin/sh', args: ['sh', '-c', script], ...(timeout === undefined ? {} : { timeout }) };
}

function bundleOf(hooks: (bundle: Bundle) => Hooks, args: readonly string[] = ['/probe', 'sleep', '600']): Bundle {
  return makeBundle({
    args,
    mutate: (spec, bundle) => {
      spec.hooks = hooks(bundle);
    },
  });
}

describe('a hook that fails', () => {
  for (const kind of ['prestart', 'createRuntime', 'createContainer'] as const) {
    test(`of kind ${kind} ends create, and poststop hooks run`, () => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const bundle = bundleOf(({ path }) => ({
        [kind]: [hook('echo reason >&2; exit 3'), hook(`touch ${path}/second`)],
        poststop: [hook(`touch ${path}/poststop`)],
      }));
      const { status, stdout, stderr } = tsrun.call(['create', '-b', bundle.path, id]);
      expect(stderr).toBe(
        `tsrun: cannot create container "${id}": run the ${kind} hook "/bin/sh": exit status 3, output: reason\n`,
      );
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(existsSync(join(bundle.path, 'second'))).toBe(false);
      expect(existsSync(join(bundle.path, 'poststop'))).toBe(true);
      expect(tsrun.leftovers()).toEqual([]);
      expect(hasCgroup(id)).toBe(false);
    });
  }

  test('by not being there is named', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { status, stderr } = tsrun.call([
      'create',
      '-b',
      bundleOf(() => ({ createRuntime: [{ path: '/absent/hook' }] })).path,
      id,
    ]);
    expect(stderr).toMatch(
      new RegExp(
        `^tsrun: cannot create container "${id}": run the createRuntime hook "/absent/hook".*: no such file or directory \\(ENOENT\\)\\n$`,
      ),
    );
    expect(status).toBe(1);
  });

  test('by being killed is named with the signal', () => {
    const tsrun = newTsrun();
    const { stderr } = tsrun.call([
      'create',
      '-b',
      bundleOf(() => ({ createRuntime: [hook('kill -9 $$')] })).path,
      tsrun.newId(),
    ]);
    expect(stderr).toMatch(/: run the createRuntime hook "\/bin\/sh": .*(signal 9|SIGKILL).*\n$/);
  });

  test('by its timeout is killed with all it started', async () => {
    const tsrun = newTsrun();
    const bundle = bundleOf(({ path }) => ({ createRuntime: [hook(`sleep 600 & echo $! >${path}/child; wait`, 1)] }));
    const begin = performance.now();
    const { status, stderr } = tsrun.call(['create', '-b', bundle.path, tsrun.newId()]);
    expect(stderr).toMatch(/: run the createRuntime hook "\/bin\/sh": hook ran past specified timeout of 1\.0s\n$/);
    expect(status).toBe(1);
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(isAlive(readFileSync(join(bundle.path, 'child'), 'utf8').trim())).toBe(false);
  });

  test('of kind startContainer fails start, and the program is not run', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = bundleOf(
      () => ({ startContainer: [{ path: '/probe', args: ['probe', 'exit', '4'] }] }),
      ['/probe', 'write', '/ran', 'x'],
    );
    tsrun.must(['create', '-b', bundle.path, id]);
    const { status, stderr } = tsrun.call(['start', id]);
    expect(stderr).toBe(`tsrun: cannot start container "${id}": run the startContainer hook "/probe": exit status 4\n`);
    expect(status).toBe(1);
    expect(existsSync(join(bundle.rootfs, 'ran'))).toBe(false);
    expect(tsrun.state(id)?.status).toBe('stopped');
    tsrun.must(['delete', id]);
  });

  test('of kind poststart fails start, and the container is killed', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '-b', bundleOf(() => ({ poststart: [hook('exit 5')] })).path, id]);
    const pid = tsrun.state(id)?.pid ?? 0;
    const { status, stderr } = tsrun.call(['start', id]);
    expect(stderr).toBe(`tsrun: cannot start container "${id}": run the poststart hook "/bin/sh": exit status 5\n`);
    expect(status).toBe(1);
    expect(isAlive(pid)).toBe(false);
    tsrun.must(['delete', '--force', id]);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('of kind poststart fails run, which leaves nothing', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { status, stderr } = tsrun.call(['run', '-b', bundleOf(() => ({ poststart: [hook('exit 5')] })).path, id]);
    expect(stderr).toBe(`tsrun: cannot run container "${id}": run the poststart hook "/bin/sh": exit status 5\n`);
    expect(status).toBe(1);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('of kind poststop is a warning: the others run, and delete succeeds', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = bundleOf(({ path }) => ({ poststop: [hook('exit 6'), hook(`touch ${path}/second`)] }));
    tsrun.must(['create', '-b', bundle.path, id]);
    const { status, stderr } = tsrun.call(['delete', id]);
    expect(stderr).toBe('tsrun: warning: run the poststop hook "/bin/sh": exit status 6\n');
    expect(status).toBe(0);
    expect(existsSync(join(bundle.path, 'second'))).toBe(true);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('of kind poststop keeps the exit status of run', () => {
    const tsrun = newTsrun();
    const bundle = bundleOf(() => ({ poststop: [hook('exit 6')] }), ['/probe', 'exit', '42']);
    const { status, stderr } = tsrun.call(['run', '-b', bundle.path, tsrun.newId()]);
    expect({ status, stderr }).toEqual({
      status: 42,
      stderr: 'tsrun: warning: run the poststop hook "/bin/sh": exit status 6\n',
    });
  });
});
