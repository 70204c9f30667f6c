// Many processes of exec at once, and exec against the end of its container: each ends with a status that says whether its program ran, and none stays.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../support/host.js';
import { waitFor } from '../support/wait-for.js';
import { ALL, Rig } from './rig.js';

const NEVER_RAN = 255;
const CROWD = ALL ? 200 : 100;

function newRunning(): Rig {
  const rig = new Rig();
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  return rig;
}

test(`of ${CROWD} processes of exec at once each has its own status`, async () => {
  const rig = newRunning();
  const running = Array.from({ length: CROWD }, (_, i) => rig.spawn('exec', rig.id, '/probe', 'exit', String(i)));
  const outcomes = await Promise.all(running.map(({ ended }) => ended));
  expect(outcomes.map(({ status, stderr }) => [status, stderr])).toEqual(outcomes.map((_, index) => [index, '']));
  await waitFor('init to be alone', () => rig.processes().length === 1);
  expect(rig.expectValidState('crowd')).toBe('running');
  await rig.expectDeletable('crowd');
});

test('exec while init dies runs its program or says that the container has stopped, and leaves nobody', async () => {
  for (let round = 0; round < (ALL ? 50 : 8); round++) {
    const rig = newRunning();
    const { pid } = rig.init();
    const running = Array.from({ length: 6 }, () => rig.spawn('exec', rig.id, '/probe', 'exit', '7'));
    if (round % 2 === 1) await running[0]?.ended;
    process.kill(pid, 'SIGKILL');
    for (const outcome of await Promise.all(running.map(({ ended }) => ended))) {
      expect([7, 128 + 9, NEVER_RAN], outcome.stderr).toContain(outcome.status);
      if (outcome.status === NEVER_RAN) rig.expectWorded(outcome, `round ${round}`);
    }
    await waitFor('init to end', () => !isAlive(pid));
    await rig.expectDeletable(`round ${round}`);
  }
});

test.each(['delete --force', 'kill'])('exec against %s never leaves a process', async (verb) => {
  for (let round = 0; round < (ALL ? 30 : 5); round++) {
    const rig = newRunning();
    const running = Array.from({ length: 5 }, () => rig.spawn('exec', '--detach', rig.id, '/probe', 'sleep', '60'));
    const ending = rig.spawn(...verb.split(' '), rig.id, ...(verb === 'kill' ? ['KILL'] : []));
    for (const { ended } of running) {
      const outcome = await ended;
      expect([0, NEVER_RAN], outcome.stderr).toContain(outcome.status);
    }
    expect((await ending.ended).status).toBe(0);
    await rig.expectDeletable(`round ${round}`);
  }
});

describe('a pid file of exec', () => {
  test.each([
    [
      'on a full file system',
      'mount -t tmpfs -o size=4k tmpfs "$PLACE" && cat /dev/zero > "$PLACE/filler" 2> /dev/null; true',
      /\(ENOSPC\)/,
    ],
    ['on a file system without inodes', 'mount -t tmpfs -o nr_inodes=1 tmpfs "$PLACE"', /\(ENOSPC\)/],
    ['on a read-only file system', 'mount -t tmpfs -o ro tmpfs "$PLACE"', /\(EROFS\)/],
    ['in a directory that does not exist', 'rmdir "$PLACE"', /\(ENOENT\)/],
    ['in place of a directory', 'mkdir "$PLACE/pid"', /\(EISDIR\)|\(ENOTEMPTY\)|\(EEXIST\)/],
  ])('%s is an error of exec, whose program does not go on', async (title, prepare, words) => {
    const rig = newRunning();
    const place = join(rig.directory, 'place');
    mkdirSync(place);
    const script = `exec unshare --mount --propagation private /bin/sh -c '${prepare} && exec "$@"' sh "$@"`;
    const args = ['exec', '--detach', '--pid-file', join(place, 'pid'), rig.id, '/probe', 'sleep', '60'];
    const outcome = rig.tsrun.callFrom(script, args, rig.options({ env: { PLACE: place } }));
    rig.expectWorded(outcome, title);
    expect(outcome.status).toBe(NEVER_RAN);
    expect(outcome.stderr).toMatch(words);
    await waitFor('init to be alone', () => rig.processes().length === 1);
    if (existsSync(place)) expect(readdirSync(place).filter((name) => name.startsWith('.'))).toEqual([]);
    await rig.expectDeletable(title);
  });
});
