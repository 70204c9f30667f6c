// --systemd-cgroup without root: the scope is one of the user's own systemd, wherever tsrun is called from.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeBundle, type SpecDraft } from '../../support/bundle.js';
import { TSRUN } from '../../support/paths.js';
import { makeTemporary } from '../../support/temporary.js';
import { waitFor } from '../../support/wait-for.js';

const UID = 4321;
const RUNTIME = `/run/user/${UID}`;
const MANAGER = `/sys/fs/cgroup/user.slice/user-${UID}.slice/user@${UID}.service`;
const LIMITS = { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 10 }, cpu: { shares: 512 } };

beforeAll(async () => {
  execFileSync('groupadd', ['-g', String(UID), 'tsrun-user']);
  execFileSync('useradd', ['-u', String(UID), '-g', String(UID), '-M', 'tsrun-user']);
  execFileSync('systemctl', ['start', 'systemd-logind']);
  execFileSync('loginctl', ['enable-linger', 'tsrun-user']);
  await waitFor("the user's bus", () => spawnSync(...asUser('busctl', '--user', 'list')).status === 0);
}, 120_000);

afterAll(() => {
  execFileSync('loginctl', ['disable-linger', 'tsrun-user']);
  execFileSync('systemctl', ['stop', `user@${UID}.service`, `user-runtime-dir@${UID}.service`, 'systemd-logind']);
});

function asUser(program: string, ...args: readonly string[]): [string, string[]] {
  const environment = [`PATH=${process.env.PATH}`, `XDG_RUNTIME_DIR=${RUNTIME}`];
  const identity = ['--reuid', String(UID), '--regid', String(UID), '--init-groups', 'env', '-i', ...environment];
  return ['setpriv', [...identity, program, ...args]];
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
  test('is a scope of the user, with its limits, and leaves none', () => {
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
    expect(read('pids.max')).toBe('20');
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
