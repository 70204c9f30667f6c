// create, start, state, delete: the life of a container through its statuses.
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const SLEEPS: BundleOptions = { args: ['/probe', 'sleep', '600'] };

function create(options: BundleOptions = SLEEPS, tsrun: Tsrun = newTsrun()) {
  const id = tsrun.newId();
  const bundle = makeBundle(options);
  tsrun.must(['create', '--bundle', bundle.path, id]);
  return { tsrun, id, bundle, status: () => tsrun.state(id)?.status };
}

describe('create', () => {
  test('takes the bundle as a second argument as well', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', id, makeBundle(SLEEPS).path]);
    expect(tsrun.state(id)?.status).toBe('created');
  });

  test('takes the current directory when no bundle is named', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle(SLEEPS);
    tsrun.must(['create', id], { cwd: bundle.path });
    expect(tsrun.state(id)?.bundle).toBe(bundle.path);
  });

  test('takes flags after the id', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', id, '-b', makeBundle(SLEEPS).path]);
    expect(tsrun.state(id)?.status).toBe('created');
  });

  test('does not run the program', () => {
    const { bundle } = create({ args: ['/probe', 'write', '/ran', 'x'] });
    expect(existsSync(join(bundle.rootfs, 'ran'))).toBe(false);
  });

  test("leaves no word of the caller's command line in init", () => {
    const { tsrun, id } = create(SLEEPS);
    expect(readFileSync(`/proc/${tsrun.state(id)?.pid}/cmdline`, 'utf8').replace(/\0+$/, '')).toBe('tsrun');
  });

  test('writes the pid of init to --pid-file', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const file = join(makeTemporary(), 'pid');
    tsrun.must(['create', '--pid-file', file, '--bundle', makeBundle(SLEEPS).path, id]);
    expect(readFileSync(file, 'utf8')).toBe(String(tsrun.state(id)?.pid));
  });

  test("resolves a relative --pid-file from the caller's directory", () => {
    const tsrun = newTsrun();
    const cwd = makeTemporary();
    tsrun.must(['create', '--pid-file', 'pid', '--bundle', makeBundle(SLEEPS).path, tsrun.newId()], { cwd });
    expect(readFileSync(join(cwd, 'pid'), 'utf8')).toMatch(/^\d+$/);
  });

  test("puts init into the container's cgroup", () => {
    const { tsrun, id } = create();
    expect(hasCgroup(id)).toBe(true);
    expect(readFileSync(`/proc/${tsrun.state(id)?.pid}/cgroup`, 'utf8')).toMatch(new RegExp(`^0::/${id}$`, 'm'));
  });

  test('puts init into the cgroup that cgroupsPath names, and delete removes that one', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const parent = join(cgroupRoot(), `${id}-parent`);
    mkdirSync(parent);
    onTestFinished(() => rmdirSync(parent));
    const bundle = makeBundle({
      ...SLEEPS,
      mutate: (spec) => {
        spec.linux.cgroupsPath = `/${id}-parent/own`;
      },
    });
    tsrun.must(['create', '--bundle', bundle.path, id]);
    const own = new RegExp(`^0::/${id}-parent/own$`, 'm');
    expect(readFileSync(`/proc/${tsrun.state(id)?.pid}/cgroup`, 'utf8')).toMatch(own);
    tsrun.must(['delete', id]);
    expect(existsSync(join(parent, 'own'))).toBe(false);
    expect(existsSync(parent)).toBe(true);
  });

  test('keeps its state from other users', () => {
    const { tsrun, id } = create();
    expect(statSync(tsrun.root).mode & 0o777).toBe(0o700);
    expect(statSync(join(tsrun.root, id)).mode & 0o777).toBe(0o700);
    expect(statSync(join(tsrun.root, id, 'state.json')).mode & 0o777).toBe(0o600);
  });

  test('does not need the bundle any more', () => {
    const { tsrun, id, bundle, status } = create();
    rmSync(bundle.config);
    tsrun.must(['start', id]);
    expect(status()).toBe('running');
    rmSync(bundle.path, { recursive: true });
    tsrun.must(['kill', id, 'KILL']);
    tsrun.must(['delete', '--force', id]);
  });

  test('refuses an id that is taken, and leaves the container as it is', () => {
    const { tsrun, id } = create();
    const before = tsrun.state(id);
    const { status, stderr } = tsrun.call(['create', '--bundle', makeBundle().path, id]);
    expect(stderr).toBe(
      `tsrun: cannot create container "${id}": container with given ID already exists\nhint: "tsrun delete ${id}" removes it\n`,
    );
    expect(status).toBe(1);
    expect(tsrun.state(id)).toEqual(before);
  });
});

describe('state', () => {
  test('has what the specification lists', () => {
    const { tsrun, id, bundle } = create({
      ...SLEEPS,
      mutate: (spec) => {
        spec.annotations = { 'org.example.key': 'väl"ue', empty: '' };
      },
    });
    const { pid, created, ...rest } = tsrun.state(id) ?? { pid: 0, created: '' };
    expect(rest).toEqual({
      ociVersion: '1.3.0',
      id,
      status: 'created',
      bundle: bundle.path,
      rootfs: bundle.rootfs,
      annotations: { 'org.example.key': 'väl"ue', empty: '' },
      owner: 'root',
    });
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('tsrun:init\n');
    expect(Math.abs(Date.now() - Date.parse(created))).toBeLessThan(60_000);
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });

  test('goes from created to running to stopped', async () => {
    const { tsrun, id, status } = create({ args: ['/probe', 'sleep', '0.1'] });
    expect(status()).toBe('created');
    tsrun.must(['start', id]);
    expect(status()).toBe('running');
    await waitFor("the program's end", () => status() === 'stopped');
    expect(tsrun.state(id)?.pid).toBe(0);
  });

  test('of a container whose init was killed is stopped', async () => {
    const { tsrun, id, status } = create();
    process.kill(tsrun.state(id)?.pid ?? 0, 'SIGKILL');
    await waitFor('its end', () => status() === 'stopped');
  });

  test('of a frozen container is paused', async () => {
    const { tsrun, id, status } = create();
    tsrun.must(['start', id]);
    const freeze = (value: string) => writeFileSync(join(cgroupRoot(), id, 'cgroup.freeze'), value);
    freeze('1');
    await waitFor('the freezer', () => status() === 'paused');
    freeze('0');
    await waitFor('the thaw', () => status() === 'running');
  });
});

describe('start', () => {
  test('runs the program', async () => {
    const { tsrun, id, bundle, status } = create({ args: ['/probe', 'write', '/ran', 'yes'] });
    tsrun.must(['start', id]);
    await waitFor("the program's end", () => status() === 'stopped');
    expect(readFileSync(join(bundle.rootfs, 'ran'), 'utf8')).toBe('yes');
  });

  test('of a running container is refused', () => {
    const { tsrun, id } = create();
    tsrun.must(['start', id]);
    const { status, stderr } = tsrun.call(['start', id]);
    expect(stderr).toBe(`tsrun: cannot start container "${id}": cannot start an already running container\n`);
    expect(status).toBe(1);
    expect(tsrun.state(id)?.status).toBe('running');
  });

  test('of a dead container is refused', async () => {
    const { tsrun, id, status } = create();
    process.kill(tsrun.state(id)?.pid ?? 0, 'SIGKILL');
    await waitFor('its end', () => status() === 'stopped');
    const outcome = tsrun.call(['start', id]);
    expect(outcome.stderr).toBe(
      `tsrun: cannot start container "${id}": cannot start a container that has stopped\nhint: "tsrun delete ${id}" removes it; then it can be created again\n`,
    );
    expect(outcome.status).toBe(1);
    tsrun.must(['delete', id]);
  });

  test('of a missing container is refused', () => {
    const { status, stderr } = newTsrun().call(['start', 'absent']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'tsrun: container "absent" does not exist\n' });
  });
});

describe('two containers', () => {
  test('live beside each other in one root', () => {
    const tsrun = newTsrun();
    const first = create(SLEEPS, tsrun);
    const second = create(SLEEPS, tsrun);
    tsrun.must(['start', first.id]);
    tsrun.must(['kill', first.id, 'KILL']);
    tsrun.must(['delete', '--force', first.id]);
    expect(second.status()).toBe('created');
    tsrun.must(['start', second.id]);
    expect(second.status()).toBe('running');
  });

  test('of one bundle are two containers', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle(SLEEPS);
    const ids = [tsrun.newId(), tsrun.newId()];
    for (const id of ids) tsrun.must(['run', '--detach', '--bundle', bundle.path, id]);
    const pids = ids.map((id) => tsrun.state(id)?.pid);
    expect(new Set(pids).size).toBe(2);
  });

  test('of the same id live in two roots, as long as their cgroups differ', () => {
    const [one, other] = [newTsrun(), newTsrun()];
    const id = one.newId();
    const inCgroup = (name: string) =>
      makeBundle({
        ...SLEEPS,
        mutate: (spec) => {
          spec.linux.cgroupsPath = `/${id}-${name}`;
        },
      });
    mkdirSync(other.root, { mode: 0o700 });
    one.must(['run', '--detach', '--bundle', inCgroup('a').path, id]);
    other.must(['run', '--detach', '--bundle', inCgroup('b').path, id]);
    one.must(['delete', '--force', id]);
    expect(other.state(id)?.status).toBe('running');
  });
});
