// plan and spec: what tsrun says without doing anything.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const NOBODY = 65_534;

describe('plan', () => {
  test('prints the operations of all three sections', () => {
    const { stdout, stderr } = newTsrun().must(['plan', makeBundle().path]);
    expect(stderr).toBe('');
    for (const word of ['create', 'start', 'teardown', 'spawn-init', 'pivot-root', 'exec', 'remove-state']) {
      expect(stdout).toContain(word);
    }
  });

  test('in json is the plan that create follows', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle();
    const plan = JSON.parse(tsrun.must(['plan', '--format', 'json', '--id', id, bundle.path]).stdout);
    tsrun.must(['create', '-b', bundle.path, id]);
    const written = readFileSync(join(tsrun.root, id, 'plan'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1, -1);
    const operations = written.filter((line) => !line.startsWith('section\t')).map((line) => line.split('\t')[0]);
    const sections = ['create', 'start', 'teardown'].flatMap((name) => plan.sections[name]) as { op: string }[];
    expect(sections.map(({ op }) => op)).toEqual(operations);
    expect(plan.version).toBe(1);
  });

  test('needs no privilege and leaves nothing', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle();
    const { status, stdout, stderr } = tsrun.call(['plan', bundle.path], { uid: NOBODY });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('spawn-init');
    expect(existsSync(tsrun.root)).toBe(false);
  });

  test('lists the problems of a config.json', () => {
    const bundle = makeBundle({ edit: (text) => text.replace('"cwd":"/"', '"cwd":7') });
    expect(newTsrun().call(['plan', bundle.path], { uid: NOBODY })).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'tsrun: invalid config.json: process.cwd: found 7, must be a string\n',
    });
  });

  test('refuses an unknown format', () => {
    expect(newTsrun().call(['plan', '-f', 'yaml', makeBundle().path])).toMatchObject({
      status: 1,
      stderr: 'tsrun: unknown format "yaml": must be text or json\n',
    });
  });
});

describe('spec', () => {
  test('writes a config.json that plan accepts but for its terminal', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle();
    const other = makeTemporary();
    expect(tsrun.must(['spec', '--bundle', other])).toMatchObject({ stdout: '', stderr: '' });
    const spec = JSON.parse(readFileSync(join(other, 'config.json'), 'utf8'));
    expect(spec).toMatchObject({
      ociVersion: '1.3.0',
      process: { args: ['sh'], terminal: true },
      root: { path: 'rootfs', readonly: true },
    });
    spec.process.terminal = false;
    spec.root.path = bundle.rootfs;
    const plain = makeBundle({ edit: () => JSON.stringify(spec) });
    expect(tsrun.must(['plan', plain.path]).stderr).toBe('');
  });

  test("writes into the caller's directory", () => {
    const cwd = makeTemporary();
    newTsrun().must(['spec'], { cwd });
    expect(existsSync(join(cwd, 'config.json'))).toBe(true);
  });

  test('never overwrites a config.json', () => {
    const bundle = makeBundle();
    const before = readFileSync(bundle.config, 'utf8');
    const { status, stderr } = newTsrun().call(['spec', '-b', bundle.path]);
    expect(stderr).toBe(
      `tsrun: cannot write "${bundle.config}": file exists (EEXIST)\nhint: remove it first: tsrun never overwrites a config.json\n`,
    );
    expect(status).toBe(1);
    expect(readFileSync(bundle.config, 'utf8')).toBe(before);
  });

  test('with --rootless has a user namespace for the caller', () => {
    const cwd = makeTemporary();
    newTsrun().must(['spec', '--rootless'], { cwd });
    const { linux } = JSON.parse(readFileSync(join(cwd, 'config.json'), 'utf8'));
    expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
    expect(linux.namespaces).toContainEqual({ type: 'user' });
    expect(linux.namespaces).not.toContainEqual({ type: 'network' });
  });
});
