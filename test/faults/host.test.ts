// Hosts that lack what tsrun takes for granted: each in a mount namespace of the test's own, or behind a time namespace. What is missing is named, or
// not needed.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cgroupRoot, isAlive } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import type { Outcome } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { Rig } from './rig.js';

/** Runs tsrun where a shell script has taken something away; the host's mounts stay as they are. */
function callWhere(rig: Rig, prepare: string, args: readonly string[], uid?: number): Outcome {
  const script = `exec unshare --mount --propagation private /bin/sh -c '${prepare} && exec "$@"' sh "$@"`;
  const env = { PLACE: makeTemporary(), CGROUPS: cgroupRoot() };
  return rig.tsrun.callFrom(script, args, rig.options(uid === undefined ? { env } : { env, uid }));
}

/** Without its own /proc it could not be found; the mount that hides it is empty. */
const NO_PROC = 'mount -t tmpfs tmpfs /proc';

describe('where /proc is not mounted', () => {
  test('every verb says so, and a living container is never called stopped', async () => {
    const rig = new Rig();
    rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
    const { pid } = rig.init();
    for (const args of [
      ['create', '--bundle', rig.bundle.path, rig.tsrun.newId()],
      ['state', rig.id],
      ['list'],
      ['exec', rig.id, '/probe', 'true'],
      ['delete', rig.id],
      ['delete', '--force', rig.id],
    ]) {
      const outcome = callWhere(rig, NO_PROC, args);
      rig.expectWorded(outcome, args[0] ?? '');
      expect(outcome.stdout).toBe('');
      expect(outcome.stderr, args[0]).toMatch(/\/proc/);
    }
    expect(isAlive(pid)).toBe(true);
    expect(rig.expectValidState('without /proc')).toBe('running');
    await rig.expectDeletable('without /proc');
  });
});

describe('where /proc hides the processes of others', () => {
  test('root is not concerned', async () => {
    const rig = new Rig();
    const hidden = 'mount -t proc -o hidepid=2 proc "$PLACE" && mount --move "$PLACE" /proc';
    for (const args of [rig.createArguments(), ['start', rig.id], ['state', rig.id], ['delete', '--force', rig.id]])
      expect(callWhere(rig, hidden, args), args[0]).toMatchObject({ status: 0, stderr: '' });
    await rig.expectNothingLeft('hidepid');
  });
});

const bearable: readonly (readonly [title: string, prepare: string])[] = [
  ['/sys is read-only', 'mount --rbind /sys /sys && mount -o remount,bind,ro /sys'],
  ['/tmp is read-only', 'mount --bind "$PLACE" "$PLACE" && mount -o remount,ro,bind "$PLACE"'],
  ['the root is read-only', 'mount --bind /etc /etc && mount -o remount,ro,bind /etc'],
  [
    '/dev has nothing but null',
    'touch "$PLACE/null" && mount --bind /dev/null "$PLACE/null" && mount --rbind "$PLACE" /dev',
  ],
];

test.each(bearable)('where %s a container is made all the same', async (title, prepare) => {
  const rig = new Rig(['/probe', 'true'], (spec) => {
    spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'cat > /proc/self/fd/1'] }] };
  });
  const outcome = callWhere(rig, prepare, ['run', '--bundle', rig.bundle.path, rig.id]);
  expect(outcome, title).toMatchObject({ status: 0, stderr: '' });
  await rig.expectNothingLeft(title);
});

test('where /dev is empty what would be masked with its null is named', async () => {
  const rig = new Rig(['/probe', 'true']);
  const outcome = callWhere(rig, 'mount -t tmpfs tmpfs /dev', rig.createArguments());
  rig.expectWorded(outcome, '/dev');
  expect(outcome.stderr).toContain(
    'mask "/proc/keys" (openat2 the host\'s /dev/null): no such file or directory (ENOENT)',
  );
  await rig.expectNothingLeft('/dev');
});

describe('where /dev/null is', () => {
  test.each([
    ['missing', 'mount -t tmpfs tmpfs /dev'],
    ['a file', 'mount -t tmpfs tmpfs /dev && touch /dev/null'],
    ['another device', 'mount -t tmpfs tmpfs /dev && mknod /dev/null c 1 5'],
  ])('%s, a caller who has closed a stream is told so, and nothing is written into it', async (title, prepare) => {
    const rig = new Rig(['/probe', 'true']);
    const script = `exec unshare --mount --propagation private /bin/sh -c '${prepare}; exec "$@" <&-' sh "$@"`;
    const outcome = rig.tsrun.callFrom(script, rig.createArguments(), rig.options());
    rig.expectWorded(outcome, title);
    expect(outcome.stderr).toContain('/dev/null must be the character device 1:3');
    await rig.expectNothingLeft(title);
  });
});

describe('where no cgroup2 is mounted', () => {
  const prepare = 'umount -l "$CGROUPS" 2> /dev/null; mount -t tmpfs tmpfs /sys/fs/cgroup';

  test('create of a container with limits says so, and leaves nothing', async () => {
    const rig = new Rig(['/probe', 'true'], (spec) => {
      spec.linux.resources = { unified: { 'cgroup.max.depth': '5' } };
    });
    const outcome = callWhere(rig, prepare, rig.createArguments());
    rig.expectWorded(outcome, 'no cgroups');
    expect(outcome.stderr).toMatch(/cgroup/);
    await rig.expectNothingLeft('no cgroups');
  });

  test('create of one without warns that nothing limits its devices', async () => {
    const rig = new Rig(['/probe', 'true'], (spec) => {
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
    });
    const outcome = callWhere(rig, prepare, ['run', '--bundle', rig.bundle.path, rig.id]);
    expect(outcome.status, outcome.stderr).toBe(0);
    expect(outcome.stderr).toMatch(/^tsrun: warning: this host has no cgroup2 mounted: [^\n]*devices[^\n]*\n$/);
    await rig.expectNothingLeft('no cgroups');
  });

  test('state and delete --force of a container that has one answer in time, and nothing is lost', async () => {
    const rig = new Rig();
    rig.create();
    const { pid } = rig.init();
    const state = callWhere(rig, prepare, ['state', rig.id]);
    expect(JSON.parse(state.stdout)).toMatchObject({ status: 'created', pid });
    const deleted = callWhere(rig, prepare, ['delete', '--force', rig.id]);
    if (deleted.status !== 0) rig.expectWorded(deleted, 'delete');
    await rig.expectDeletable('no cgroups');
    expect(isAlive(pid)).toBe(false);
  });
});

describe('where clocks differ', () => {
  /** Start times as a host has them that has been up for so long: all of tsrun in one time namespace (time_namespaces(7)). */
  test.each([
    ['forty years', 1_261_440_000],
    ['498 days, at which 32 bits of ticks roll over', 42_949_673],
  ])('an uptime of %s does not change what is known of a container', async (title, seconds) => {
    const rig = new Rig();
    const script = `exec unshare --time --boottime ${seconds} --fork /bin/sh -c '
      set -e; tsrun() { "$TSRUN" --root "$ROOT" "$@"; }
      tsrun create --bundle "$BUNDLE" "$ID"; tsrun state "$ID" | grep status; tsrun start "$ID"; tsrun state "$ID" | grep status
      cat "$ROOT/$ID/init"; tsrun kill "$ID" KILL; while tsrun state "$ID" | grep -q running; do :; done; tsrun delete "$ID"'`;
    const env = { TSRUN, ROOT: rig.tsrun.root, BUNDLE: rig.bundle.path, ID: rig.id };
    const { status, stdout, stderr } = rig.tsrun.execute('/bin/sh', ['-c', script], rig.options({ env }));
    expect({ status, stderr }, title).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/"status": "created"[\s\S]*"status": "running"[\s\S]*\n\d+ \d+\n$/);
    expect(Number(stdout.trim().split(' ').at(-1)) / 100).toBeGreaterThan(seconds);
    await rig.expectNothingLeft(title);
  });

  test('a container made in 2100, or before 1970, is listed, and its status is of its processes alone', async () => {
    const rig = new Rig();
    rig.create();
    for (const created of [
      '2100-01-01T00:00:00.000000000Z',
      '1969-12-31T23:59:59Z',
      '2038-01-19T03:14:08Z',
      'no time',
    ]) {
      for (const name of ['state.json', 'summary']) {
        const path = rig.file(name);
        const text = readFileSync(path, 'utf8');
        writeFileSync(
          path,
          text.replace(/"created":( ?)"[^"]*"/, (_, space) => `"created":${space}${JSON.stringify(created)}`),
        );
      }
      expect(rig.expectValidState(created)).toBe('created');
      expect(rig.call('list', '--format', 'json')).toMatchObject({ status: 0, stderr: '' });
      expect(rig.call('list')).toMatchObject({ status: 0, stderr: '' });
    }
    await rig.expectDeletable('created');
  });

  test('a start time beyond 2^53 is compared to the last digit', async () => {
    const rig = new Rig();
    rig.create();
    const { pid, startTime } = rig.init();
    for (const other of [
      '18446744073709551615',
      '9007199254740993',
      `${startTime}0`,
      `${BigInt(startTime) + (1n << 64n)}`,
    ]) {
      writeFileSync(rig.file('init'), `${pid} ${other}\n`);
      expect(rig.expectValidState(other)).toBe('stopped');
      rig.expectWorded(rig.call('kill', rig.id, 'KILL'), other);
      expect(isAlive(pid)).toBe(true);
    }
    writeFileSync(rig.file('init'), `${pid} ${startTime}\n`);
    expect(rig.expectValidState('restored')).toBe('created');
    await rig.expectDeletable('restored');
    await waitFor('its end', () => !isAlive(pid));
  });
});
