// newuidmap(1) and newgidmap(1), which the helper waits for in the middle of its work: whatever they do, and whatever is killed meanwhile,
// nothing is left of the container.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asMapped, fakeMapper, OrdinaryUser } from '../support/ordinary-user.js';
import { waitFor } from '../support/wait-for.js';

const MAPPER = '/usr/bin/newuidmap';
/** In the command line of each process that is of this test: a time to sleep for. */
const MARK = `98765${process.pid}`;

function processes(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(MARK);
    } catch {
      return false;
    }
  });
}

/** A user whose newuidmap is this script, and a container of his. */
function prepare(script: string) {
  const user = new OrdinaryUser({ over: { [MAPPER]: fakeMapper(script) } });
  const { path } = user.bundle({ args: ['/probe', 'true', MARK], mutate: asMapped });
  const id = user.tsrun.newId();
  return { user, id, args: ['run', '--bundle', path, id] };
}

async function expectNothing(user: OrdinaryUser): Promise<void> {
  await waitFor('nothing to run any more', () => processes().length === 0);
  expect(user.tsrun.leftovers()).toEqual([]);
}

describe('newuidmap', () => {
  test('that fails is quoted, and nothing is left', async () => {
    const { user, args } = prepare(`: ${MARK}; echo no such luck >&2; exit 1`);
    expect(user.call(args)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        `map the users of linux.uidMappings by "${MAPPER}": exit status 1, output: no such luck\n`,
      ),
    });
    await expectNothing(user);
  });

  test('that is killed is told of', async () => {
    const { user, args } = prepare(`: ${MARK}; kill -9 $$`);
    expect(user.call(args)).toMatchObject({ status: 1, stderr: expect.stringContaining('signal 9') });
    await expectNothing(user);
  });

  test('that does nothing has the kernel refuse what follows', async () => {
    const { user, args } = prepare(`exit 0 # ${MARK}`);
    const { status, stderr } = user.call(args);
    // Without a map nobody can become root.
    expect(stderr).toMatch(/become root.*invalid argument \(EINVAL\)/);
    expect(status).toBe(1);
    await expectNothing(user);
  });

  test('that hangs is ended with the command, by a signal that ends commands', async () => {
    const { user, args } = prepare(`exec sleep ${MARK}`);
    const running = user.spawn(args);
    await waitFor('newuidmap to hang', () => processes().length > 0);
    running.child.kill('SIGTERM');
    const { status } = await running.ended;
    expect(status).toBe(1);
    await expectNothing(user);
  });

  test('that hangs ends when its helper is killed, and delete clears the rest', async () => {
    const { user, id, args } = prepare(`exec sleep ${MARK}`);
    const running = user.spawn(args);
    await waitFor('newuidmap to hang', () => processes().length > 0);
    running.child.kill('SIGKILL');
    await running.ended;
    await waitFor('nothing to run any more', () => processes().length === 0);
    expect(JSON.parse(user.must(['state', id]).stdout)).toMatchObject({ status: 'stopped', pid: 0 });
    user.must(['delete', '--force', id]);
    expect(user.tsrun.leftovers()).toEqual([]);
  });

  test('of the host, which is setuid, ends by itself when its helper is killed', async () => {
    const user = new OrdinaryUser();
    const { path } = user.bundle({ args: ['/probe', 'sleep', '60'], mutate: asMapped });
    // At different moments: before, in and after the two programs.
    for (let delay = 0; delay < 60; delay += 3) {
      const id = user.tsrun.newId();
      const running = user.spawn(['create', '--bundle', path, id]);
      await new Promise((resolve) => setTimeout(resolve, delay));
      running.child.kill('SIGKILL');
      await running.ended;
      user.must(['delete', '--force', id]);
      expect(user.tsrun.leftovers()).toEqual([]);
    }
    await waitFor('newuidmap and newgidmap to end', () => mappers().length === 0);
  });
});

function mappers(): string[] {
  const names = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readName);
  return names.filter((name) => /^new[ug]idmap$/.test(name));
}

function readName(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  } catch {
    return '';
  }
}
