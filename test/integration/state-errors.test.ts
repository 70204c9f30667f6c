// A state root, a state or a cgroup that cannot be used: refused, and what belongs to others left alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';

describe('a cgroup', () => {
  test('that has processes already is refused, and left as it is', () => {
    const tsrun = newTsrun();
    const [owner, guest] = [tsrun.newId(), tsrun.newId()];
    tsrun.must(['run', '--detach', '-b', makeBundle({ args: ['/probe', 'sleep', '600'] }).path, owner]);
    const { pid } = tsrun.state(owner) ?? { pid: 0 };
    const bundle = makeBundle({
      mutate: (spec) => {
        spec.linux.cgroupsPath = `/${owner}`;
      },
    });
    const { status, stderr } = tsrun.call(['create', '-b', bundle.path, guest]);
    expect(stderr).toBe(
      `tsrun: cannot create container "${guest}": create cgroup "${cgroupRoot()}/${owner}": it has processes already (${pid})\n`,
    );
    expect(status).toBe(1);
    expect(tsrun.state(owner)?.status).toBe('running');
    expect(tsrun.leftovers()).toEqual([owner]);
  });
});

describe('a state root', () => {
  test('that others may write to is refused', () => {
    const tsrun = newTsrun();
    mkdirSync(tsrun.root);
    tsrun.execute('chmod', ['777', tsrun.root]);
    const { status, stderr } = tsrun.call(['create', '-b', makeBundle().path, 'x']);
    expect(stderr).toBe(
      `tsrun: cannot use the state root "${tsrun.root}": group or others may write to it\nhint: chmod 0700 ${tsrun.root}\n`,
    );
    expect(status).toBe(1);
  });

  test('that is a file is refused', () => {
    const file = join(makeTemporary(), 'file');
    writeFileSync(file, '');
    const { status, stderr } = newTsrun().call(['--root', file, 'create', '-b', makeBundle().path, 'x']);
    expect(stderr).toMatch(
      new RegExp(`^tsrun: cannot (create|use) the state root "${file}": .*\\nhint: choose a directory .*\\n$`),
    );
    expect(status).toBe(1);
  });

  test('that is / is refused', () => {
    const { status, stderr } = newTsrun().call(['--root', '/', 'create', '-b', makeBundle().path, 'x']);
    expect(stderr).toBe('tsrun: cannot use "/" as the state root: it must be a directory of its own\n');
    expect(status).toBe(1);
  });

  test('with a container whose state is garbage is still listed, and the container can be deleted by force', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '-b', makeBundle().path, id]);
    for (const name of ['state.json', 'summary']) writeFileSync(join(tsrun.root, id, name), 'garbage');
    const state = tsrun.call(['state', id]);
    expect(state.stderr).toMatch(/^tsrun: cannot trust ".*state\.json": it is not JSON\nhint: /);
    expect(state.status).toBe(1);
    expect(tsrun.must(['list', '-q']).stderr).toMatch(/^tsrun: warning: cannot trust /);
    tsrun.must(['delete', '--force', id]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('with a file in place of a container has none of that id, and keeps the file', () => {
    const tsrun = newTsrun();
    mkdirSync(tsrun.root, { recursive: true });
    writeFileSync(join(tsrun.root, 'file'), 'mine');
    const absent = { status: 1, stderr: 'tsrun: container "file" does not exist\n' };
    for (const verb of ['state', 'start', 'delete']) expect(tsrun.call([verb, 'file'])).toMatchObject(absent);
    tsrun.must(['delete', '--force', 'file']);
    expect(tsrun.must(['list', '-q'])).toMatchObject({ stdout: '', stderr: '' });
    expect(tsrun.call(['create', '-b', makeBundle().path, 'file'])).toMatchObject({
      status: 1,
      stderr: `tsrun: cannot write the state in "${tsrun.root}": not a directory (ENOTDIR)\n`,
    });
    expect(readFileSync(join(tsrun.root, 'file'), 'utf8')).toBe('mine');
  });
});
