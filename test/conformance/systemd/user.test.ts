// --systemd-cgroup without root: the scope is one of the user's own systemd, wherever tsrun is called from.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle, type SpecDraft } from '../../support/bundle.js';
import { TSRUN } from '../../support/paths.js';
import {
  asSessionUser,
  managerCgroup,
  runtimeDirectory,
  startSession,
  stopSession,
} from '../../support/session-user.js';
import { makeTemporary } from '../../support/temporary.js';

const UID = 4321;
const USER = { name: 'tsrun-user', uid: UID };
const RUNTIME = runtimeDirectory(USER);
const MANAGER = managerCgroup(USER);
const LIMITS = { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 10 }, cpu: { shares: 512 } };

beforeAll(async () => await startSession(USER), 120_000);
afterAll(() => stopSession(USER));

function asUser(program: string, ...args: readonly string[]): [string, string[]] {
  return asSessionUser(USER, [program, ...args]);
}

/** tsrun where the user may execute it, and a bundle of the user's. */
function prepare(mutate: (spec: SpecDraft) => void = () => {}) {
  const bundle = makeBundle({
    args: ['/probe', 'sleep', '3600'],
    mutate: (spec) => {
      const map = [{ containerID: 0, hostID: UID, size: 1 }];
      spec.linux.namespaces = [...spec.linux.namespaces.filter(({ type }) => type !== 'network'), { type: 'user' }];
      spec.linux.uidMappings = map;
      spec.linux.gidMappings = map;
      spec.linux.resources = LIMITS;
      const sys = {
        destination: '/sys',
        type: 'bind',
        source: '/sys',
        options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
      };
      spec.mounts = spec.mounts
        .filter(({ type }) => type !== 'cgroup')
        .map((mount) => (mount.destination === '/sys' ? sys : mount))
        .map((mount) => ({ ...mount, options: mount.options?.filter((option) => option !== 'gid=5') ?? [] }));
      mutate(spec);
    },
  });
  execFileSync('chown', ['-R', `${UID}:${UID}`, bundle.path]);
  const directory = makeTemporary();
  for (const name of ['tsrun', 'tsrun-engine']) copyFileSync(join(TSRUN, '..', name), join(directory, name));
  const tsrun = join(directory, 'tsrun');
  const call = (...args: readonly string[]) =>
    spawnSync(...asUser(tsrun, ...args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { bundle, tsrun, call };
}

function userUnits(): string {
  return execFileSync(...asUser('systemctl', '--user', 'list-units', '--all', '--no-legend', '--plain', '*.scope'), {
    encoding: 'utf8',
  });
}

describe('a container of a user without root', () => {
  test('is a scope of the user, with its limits, which hold for what exec starts too, and leaves none', () => {
    const { bundle, tsrun } = prepare();
    // Standard output is none of the container's: a pipe would stay open.
    const create = spawnSync(...asUser(tsrun, '--systemd-cgroup', 'create', '--bundle', bundle.path, 'mine'), {
      stdio: 'ignore',
    });
    onTestFinished(() => void spawnSync(...asUser(tsrun, 'delete', '--force', 'mine')));
    expect(create.status).toBe(0);
    const cgroup = `${MANAGER}/user.slice/tsrun-mine.scope`;
    const read = (file: string) => readFileSync(join(cgroup, file), 'utf8').trim();
    expect(read('cgroup.procs').split('\n')).toHaveLength(1);
    expect([read('memory.max'), read('pids.max'), read('cpu.weight')]).toEqual(['67108864', '10', '59']);
    expect(userUnits()).toContain('tsrun-mine.scope');
    expect(execFileSync(...asUser(tsrun, 'ps', '--format', 'json', 'mine'), { encoding: 'utf8' })).toBe(
      `[${read('cgroup.procs')}]\n`,
    );
    execFileSync(...asUser(tsrun, 'update', '--pids-limit', '20', 'mine'));
    execFileSync(...asUser(tsrun, 'pause', 'mine'));
    expect(read('cgroup.events')).toContain('frozen 1');
    execFileSync(...asUser(tsrun, 'resume', 'mine'));
    expect(read('pids.max')).toBe('20');
    const early = spawnSync(...asUser(tsrun, 'exec', 'mine', '/probe', 'cat', '/proc/1/comm'), { encoding: 'utf8' });
    expect({ status: early.status, stdout: early.stdout, stderr: early.stderr }).toEqual({
      status: 0,
      stdout: 'tsrun:init\n',
      stderr: '',
    });
    expect(spawnSync(...asUser(tsrun, 'start', 'mine'), { stdio: 'ignore' }).status).toBe(0);
    const beside = spawnSync(...asUser(tsrun, 'exec', 'mine', '/probe', 'cat', '/proc/self/cgroup'), {
      encoding: 'utf8',
    });
    expect({ status: beside.status, stderr: beside.stderr }).toEqual({ status: 0, stderr: '' });
    expect(
      spawnSync(...asUser(tsrun, 'exec', '--detach', 'mine', '/probe', 'sleep', '60'), { stdio: 'ignore' }).status,
    ).toBe(0);
    expect(read('cgroup.procs').split('\n')).toHaveLength(2);
    expect(spawnSync(...asUser(tsrun, 'delete', '--force', 'mine')).status).toBe(0);
    expect(existsSync(cgroup)).toBe(false);
    expect(userUnits()).not.toContain('tsrun-');
  });

  test('runs from a service of the user as well', () => {
    const { bundle, tsrun } = prepare((spec) => {
      spec.process.args = ['/probe', 'exit', '7'];
    });
    const service = ['--user', '--quiet', '--pipe', '--wait', '--collect'];
    const { status } = spawnSync(
      ...asUser('systemd-run', ...service, tsrun, '--systemd-cgroup', 'run', '--bundle', bundle.path, 'served'),
    );
    expect(status).toBe(7);
    expect(userUnits()).not.toContain('tsrun-');
  });

  test('runs without a cgroup', () => {
    const { bundle, call } = prepare((spec) => {
      spec.process.args = ['/probe', 'exit', '8'];
    });
    const { status, stderr } = call('--cgroup-manager=disabled', 'run', '--bundle', bundle.path, 'free');
    expect({ status, stderr }).toEqual({ status: 8, stderr: expect.stringContaining('linux.resources.memory') });
  });

  test('without limits runs without a cgroup, where none can be made', () => {
    const { bundle, call } = prepare((spec) => {
      spec.process.args = ['/probe', 'cat', '/proc/self/cgroup'];
      delete spec.linux.resources;
    });
    const { status, stdout, stderr } = call('run', '--bundle', bundle.path, 'plain');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toContain('plain');
    expect(call('--rootless=false', 'run', '--bundle', bundle.path, 'plain')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('permission denied (EACCES)'),
    });
  });

  test('makes its cgroup itself below one that is delegated to the user', () => {
    const { bundle, tsrun } = prepare((spec) => {
      // Their order is that of the plan: what the shell does first has to be over by then.
      spec.process.args = ['/probe', 'sleep', '3600'];
      spec.linux.resources = { pids: { limit: 10 } };
    });
    // A service of the user with a cgroup for itself, as podman's conmon has one: the parent has no processes then.
    const script = `
      set -e
      own=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)
      mkdir $own/mine; echo $$ >$own/mine/cgroup.procs
      ${tsrun} create --bundle ${bundle.path} below </dev/null >/dev/null 2>$XDG_RUNTIME_DIR/said
      cat $own/below/pids.max
      ${tsrun} exec below /probe true; ${tsrun} start below; ${tsrun} exec below /probe true
      ${tsrun} pause below; cat $own/below/cgroup.freeze; ${tsrun} resume below
      ${tsrun} update --pids-limit 20 below; cat $own/below/pids.max
      ${tsrun} ps --format json below | tr -d '[]0-9\n' | wc -c
      ${tsrun} kill below KILL; sleep 1; ${tsrun} delete below
      ls -d $own/below 2>/dev/null || echo gone`;
    const service = ['--user', '--quiet', '--pipe', '--wait', '--collect', '--property=Delegate=yes'];
    // systemd would take $ for its own in what it is to execute.
    const file = join(makeTemporary(), 'script');
    writeFileSync(file, script);
    const { status, stdout, stderr } = spawnSync(...asUser('systemd-run', ...service, 'sh', file), {
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '10\n1\n20\n0\ngone\n', stderr: '' });
  });

  test("is told that cgroups are not the user's to make", () => {
    const { bundle, call } = prepare();
    const { status, stderr } = call('run', '--bundle', bundle.path, 'none');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('permission denied (EACCES)') });
    expect(stderr).toContain('--systemd-cgroup');
  });

  test('needs a bus', () => {
    const { bundle, tsrun } = prepare();
    const identity = ['--reuid', String(UID), '--regid', String(UID), '--init-groups', 'env', '-i'];
    const args = [tsrun, '--root', `${RUNTIME}/elsewhere`, '--systemd-cgroup', 'run', '--bundle', bundle.path, 'deaf'];
    const { status, stderr } = spawnSync('setpriv', [...identity, ...args], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("cannot ask the user's systemd") });
  });
});
