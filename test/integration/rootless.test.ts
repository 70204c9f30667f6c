// Containers of an ordinary user: what the kernel lets a user do alone, and what newuidmap(1) and newgidmap(1) add to it.
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpecDraft } from '../support/bundle.js';
import { asMapped, asRootless, copyWithMode, fakeMapper, OrdinaryUser, RANGE, UID } from '../support/ordinary-user.js';
import { TSRUN } from '../support/paths.js';
import { type ProbeReport, parseReport } from '../support/probe.js';

const MAP_LINES = [
  [0, UID, 1],
  [1, RANGE.first, RANGE.count],
];

function numbers(lines: readonly string[] | null): number[][] {
  return (lines ?? []).map((line) => line.trim().split(/\s+/).map(Number));
}

/** What the probe reports in a container of that user. */
function report(user: OrdinaryUser, mutate: (spec: SpecDraft) => void): ProbeReport {
  const { path } = user.bundle({ mutate });
  return parseReport(user.must(['run', '--bundle', path, user.tsrun.newId()]).stdout);
}

/** What `run` says to such a container. */
function run(user: OrdinaryUser, mutate: (spec: SpecDraft) => void, globals: readonly string[] = []) {
  const { path } = user.bundle({ args: ['/probe', 'true'], mutate });
  const { status, stderr } = user.call([...globals, 'run', '--bundle', path, user.tsrun.newId()]);
  return { status, stderr };
}

function changing(base: (spec: SpecDraft) => void, change: (spec: SpecDraft) => void): (spec: SpecDraft) => void {
  return (spec) => {
    base(spec);
    change(spec);
  };
}

describe('a user without ranges', () => {
  const newUser = () => new OrdinaryUser({ hasRange: false });

  test('runs what "spec --rootless" writes', () => {
    const user = newUser();
    const { path, config } = user.bundle();
    user.execute(['rm', config]);
    expect(user.call(['spec', '--rootless', '--bundle', path])).toMatchObject({ status: 0, stderr: '' });
    const spec = JSON.parse(readFileSync(config, 'utf8')) as SpecDraft;
    spec.process.terminal = false;
    spec.process.args = ['/probe', 'report'];
    user.execute(['sh', '-c', 'cat >"$1"', 'sh', config], { input: JSON.stringify(spec) });
    const { status, stdout, stderr } = user.call(['run', '--bundle', path, user.tsrun.newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { uid, uidMap, gidMap, groups } = parseReport(stdout);
    expect({ uid, uidMap: numbers(uidMap), gidMap: numbers(gidMap), groups }).toEqual({
      uid: 0,
      uidMap: [[0, UID, 1]],
      gidMap: [[0, UID, 1]],
      groups: [],
    });
  });

  test('has to map its own id to 0', () => {
    const map = (id: number) => [{ containerID: id, hostID: UID, size: 1 }];
    const outcome = run(
      newUser(),
      changing(asRootless, (spec) => {
        spec.linux.uidMappings = map(7);
      }),
    );
    expect(outcome.stderr.split('\n')).toEqual([
      'tsrun: invalid config.json: 2 problems',
      '  process.user.uid: found 0, must be mapped by linux.uidMappings',
      '  linux.uidMappings: found no mapping of the id 0, must have one: the container is made as its root',
      '',
    ]);
    expect(outcome.status).toBe(1);
  });

  test('is told that nobody can have other groups', () => {
    const outcome = run(
      newUser(),
      changing(asRootless, (spec) => {
        spec.process.user.additionalGids = [0];
      }),
    );
    expect(outcome.stderr).toMatch(
      /^tsrun: invalid config\.json: process\.user\.additionalGids: cannot set any additional groups: .*newgidmap\(1\)\n$/,
    );
    expect(outcome.status).toBe(1);
  });

  test('is told by newuidmap what it refuses, and where a range comes from', () => {
    const { status, stderr } = run(newUser(), asMapped);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'map the users of linux.uidMappings by "/usr/bin/newuidmap": exit status 1, output: newuidmap: ',
    );
    expect(stderr).toMatch(/\nhint: .*\/etc\/subuid.*uidmap/);
  });

  test('has a working keyring, and devices', () => {
    const user = newUser();
    const { path } = user.bundle({ args: ['/probe', 'keyring'], mutate: asRootless });
    const id = user.tsrun.newId();
    const { stdout } = user.must(['run', '--bundle', path, id]);
    expect(stdout).toContain(`_ses.${id}`);
    const devices = user.bundle({ args: ['/probe', 'stat', '/dev/full'], mutate: asRootless });
    expect(JSON.parse(user.must(['run', '--bundle', devices.path, id]).stdout)).toMatchObject({ major: 1, minor: 7 });
  });
});

describe('a user with ranges', () => {
  test('maps all of them, for users and groups', () => {
    const found = report(new OrdinaryUser(), asMapped);
    expect({ uids: numbers(found.uidMap), gids: numbers(found.gidMap) }).toEqual({ uids: MAP_LINES, gids: MAP_LINES });
  });

  test('has programs as any of these users, with their groups', () => {
    const found = report(
      new OrdinaryUser(),
      changing(asMapped, (spec) => {
        spec.process.user = { uid: 5, gid: 6, additionalGids: [7, 8] };
      }),
    );
    const { uid, gid, groups } = found;
    expect({ uid, gid, groups: [...groups].sort() }).toEqual({ uid: 5, gid: 6, groups: [7, 8] });
  });

  test('shows in the plan what newuidmap and newgidmap are told', () => {
    const user = new OrdinaryUser();
    const { path } = user.bundle({ mutate: asMapped });
    const { stdout } = user.must(['plan', path]);
    const ranges = `ranges=["0","${UID}","1","1","${RANGE.first}","${RANGE.count}"]`;
    const lines = stdout.split('\n').filter((line) => /setgroups|id-map/.test(line));
    expect(lines.map((line) => line.trim().replace(/\s+/g, ' ').replace(/^\d+ /, ''))).toEqual([
      `host call-id-mapper file=uid_map program=/usr/bin/newuidmap ${ranges}`,
      `host call-id-mapper file=gid_map program=/usr/bin/newgidmap ${ranges}`,
    ]);
  });

  test('is told that newuidmap is not setuid', () => {
    const user = new OrdinaryUser({ over: { '/usr/bin/newuidmap': copyWithMode('/usr/bin/newuidmap', 0o755) } });
    const { status, stderr } = run(user, asMapped);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /map the users of linux\.uidMappings .*: exit status 1, output: newuidmap: .*\nhint: .*setuid root/,
    );
  });

  test('has newuidmap called with nothing but its arguments', () => {
    const user = new OrdinaryUser({
      over: {
        '/usr/bin/newuidmap': fakeMapper('tr "\\0" " " </proc/$$/environ >&2; echo "called with $*" >&2; exit 3'),
      },
    });
    const { stderr } = run(user, asMapped);
    const words = new RegExp(`exit status 3, output: called with \\d+ 0 ${UID} 1 1 ${RANGE.first} ${RANGE.count}\n`);
    expect(stderr).toMatch(words);
  });

  test('owns what the container makes as the ids that are mapped', () => {
    const user = new OrdinaryUser();
    const { path, rootfs } = user.bundle({
      args: ['/probe', 'write', '/tmp/../shared/made', 'x'],
      mutate: changing(asMapped, (spec) => {
        spec.process.user = { uid: 5, gid: 6 };
      }),
      fill: (rootfs) => mkdirSync(join(rootfs, 'shared')),
    });
    user.execute(['chmod', '777', join(rootfs, 'shared')]);
    user.must(['run', '--bundle', path, user.tsrun.newId()]);
    const { uid, gid } = statSync(join(rootfs, 'shared', 'made'));
    expect({ uid, gid }).toEqual({ uid: RANGE.first + 4, gid: RANGE.first + 5 });
  });
});

describe('all verbs of an ordinary user', () => {
  test('from create to delete, with another user as the program', () => {
    const user = new OrdinaryUser();
    const id = user.tsrun.newId();
    const { path } = user.bundle({
      args: ['/probe', 'sleep', '3600'],
      mutate: changing(asMapped, (spec) => {
        spec.process.user = { uid: 5, gid: 6 };
      }),
    });
    user.must(['create', '--bundle', path, id]);
    expect(JSON.parse(user.must(['state', id]).stdout)).toMatchObject({ status: 'created', owner: 'tsrun-tester' });
    const early = user.must(['exec', '--user', '0', id, '/probe', 'cat', '/proc/1/comm']);
    expect(early).toMatchObject({ stdout: 'tsrun:init\n', stderr: '' });
    expect(user.must(['ps', '--format', 'json', id]).stdout).toMatch(/^\[\d+\]\n$/);
    user.must(['start', id]);
    expect(numbers(user.must(['exec', id, '/probe', 'cat', '/proc/self/uid_map']).stdout.trim().split('\n'))).toEqual(
      MAP_LINES,
    );
    expect(user.must(['list', '--quiet']).stdout).toBe(`${id}\n`);
    expect(user.call(['pause', id])).toMatchObject({ status: 1, stderr: expect.stringContaining('without a cgroup') });
    user.must(['kill', id, 'KILL']);
    user.must(['delete', '--force', id]);
    expect(user.tsrun.leftovers()).toEqual([]);
  });

  test('what exec puts into a container that waits finds nothing of the host in its init', () => {
    const user = new OrdinaryUser();
    const id = user.tsrun.newId();
    const { path } = user.bundle({ args: ['/probe', 'sleep', '3600'], mutate: asRootless });
    user.must(['create', '--bundle', path, id]);
    // The descriptor of /proc/self/fd that init has for its fifo: up from there is a procfs, that of the container.
    const { stdout } = user.must(['exec', id, '/probe', 'ls', '/proc/1/fd']);
    const numbers = stdout.trim().split(/\s+/).map(Number);
    expect(Math.max(...numbers)).toBe(4);
    const { stdout: name } = user.must(['exec', id, '/probe', 'cat', '/proc/1/fd/4/../../1/comm']);
    expect(name).toBe('tsrun:init\n');
  });

  test('without a proc in the container, exec is refused until it has been started', () => {
    const user = new OrdinaryUser();
    const id = user.tsrun.newId();
    const { path } = user.bundle({
      args: ['/probe', 'sleep', '3600'],
      mutate: changing(asRootless, (spec) => {
        spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
        spec.linux.maskedPaths = [];
        spec.linux.readonlyPaths = [];
      }),
    });
    user.must(['create', '--bundle', path, id]);
    expect(user.call(['exec', id, '/probe', 'true'])).toMatchObject({
      status: 255,
      stderr: expect.stringMatching(/operation not permitted \(EPERM\)\nhint: .*it has to be started first\n$/),
    });
    user.must(['start', id]);
    expect(user.call(['exec', id, '/probe', 'true'])).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('what only root of the host may do', () => {
  test.each([
    [
      'an OOM score below the own',
      (spec: SpecDraft) => {
        spec.process.oomScoreAdj = -500;
      },
      /set the OOM score to -500.*EACCES.*\nhint: lowering the OOM score needs CAP_SYS_RESOURCE\n$/,
    ],
    [
      'a hard limit above the own',
      (spec: SpecDraft) => {
        spec.process.rlimits = [{ type: 'RLIMIT_NICE', hard: 40, soft: 0 }];
      },
      /set RLIMIT_NICE.*EPERM.*\nhint: raising a hard limit needs CAP_SYS_RESOURCE\n$/,
    ],
  ])('%s is refused', (_, change, message) => {
    const { status, stderr } = run(new OrdinaryUser({ hasRange: false }), changing(asRootless, change));
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });
});

describe('the state root of an ordinary user', () => {
  /** What `run` says without --root. */
  function runThere(environment: readonly string[]) {
    const user = new OrdinaryUser({ hasRange: false });
    const { path } = user.bundle({ args: ['/probe', 'true'], mutate: asRootless });
    return user.execute(['env', '-i', `PATH=${process.env.PATH}`, ...environment, TSRUN, 'run', '--bundle', path, 'x']);
  }

  test('is below XDG_RUNTIME_DIR', () => {
    const { directory } = new OrdinaryUser();
    expect(runThere([`XDG_RUNTIME_DIR=${directory}`])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(join(directory, 'tsrun')).mode & 0o777).toBe(0o700);
  });

  test('has to be somewhere', () => {
    expect(runThere([])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `^tsrun: cannot create the state root "/run/user/${UID}/tsrun": permission denied \\(EACCES\\)\nhint: choose a directory with --root; .*XDG_RUNTIME_DIR`,
        ),
      ),
    });
  });
});

describe('--rootless', () => {
  const withLimits = changing(asRootless, (spec) => {
    spec.linux.resources = { unified: { 'cgroup.max.depth': '1' } };
  });
  const withPath = changing(asRootless, (spec) => {
    spec.linux.cgroupsPath = '/test-nobody-makes-this';
  });
  const newUser = () => new OrdinaryUser({ hasRange: false });

  test.each(['auto', 'true'])('=%s does without a cgroup where none can be made and nothing asks for one', (mode) => {
    expect(run(newUser(), asRootless, [`--rootless=${mode}`])).toEqual({ status: 0, stderr: '' });
  });

  test.each([
    ['auto', 'limits', withLimits],
    ['true', 'limits', withLimits],
    ['auto', 'a path', withPath],
    ['true', 'a path', withPath],
    ['false', 'nothing', asRootless],
  ])('=%s is an error where none can be made and there is asked for %s', (mode, _, mutate) => {
    const { status, stderr } = run(newUser(), mutate, [`--rootless=${mode}`]);
    expect(stderr).toMatch(
      /^tsrun: cannot run .*create cgroup "[^"]+".*permission denied \(EACCES\)\nhint: .*--systemd-cgroup/,
    );
    expect(status).toBe(1);
  });

  test('=maybe is no mode', () => {
    expect(newUser().call(['--rootless=maybe', 'list'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('unknown value of --rootless "maybe": must be auto, true or false'),
    });
  });
});
