// The lock of an update that was killed; and kill --all of many, of which any system call fails. Every other fault is in the table of the
// sweep.
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { waitFor } from '../support/wait-for.js';
import { Rig, sample } from './rig.js';

const FRONT = 0;
const ENGINE = 1;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';

const { ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS } = constants.errno;
const ERRORS = [ENOMEM, EMFILE, EIO, EINTR, EAGAIN, ENOSPC, EPERM, ENOSYS];

/** Files that every cgroup has, whatever its controllers; the last one is not limited before. */
const FILES = ['cgroup.max.depth', 'cgroup.max.descendants', 'cgroup.pressure'];
const OLD = ['10', '20', '1'];
const NEW = ['11', '21', '0'];

function unified(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(FILES.map((file, index) => [file, values[index] ?? '']));
}

class LimitedRig extends Rig {
  readonly #change = join(this.directory, 'change.json');
  readonly #nothing = join(this.directory, 'nothing.json');
  readonly args = ['update', '--resources', this.#change, this.id];

  constructor() {
    super(undefined, (spec) => {
      spec.linux.resources = { unified: unified(OLD.slice(0, 2)) };
      delete spec.linux.resources.unified?.['cgroup.pressure'];
    });
    writeFileSync(this.#change, JSON.stringify({ unified: unified(NEW) }));
    writeFileSync(this.#nothing, '{}');
  }

  begin(): void {
    this.must('run', '--detach', '--bundle', this.bundle.path, this.id);
  }

  limits(): string[] {
    return FILES.map((file) => readFileSync(join(cgroupRoot(), this.id, file), 'utf8').trim());
  }

  /** A helper whose engine was killed ends its work all the same; a lock of the dead is given up after seconds, which are gone here. */
  async settle(): Promise<void> {
    await waitFor('the helper', () => this.processes().every((line) => line.includes('/probe')));
    const lock = this.file('update.lock');
    if (existsSync(lock)) utimesSync(lock, 0, 0);
  }

  /** The next update, which asks for nothing more, undoes what was begun or keeps what was done; then nothing is left to do. */
  expectWhole(what: string): void {
    const args = ['update', '--resources', this.#nothing, this.id];
    expect(this.call(...args), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect([OLD, NEW], what).toContainEqual(this.limits());
    expect(this.call(...args, '--dry-run'), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
    const names = readdirSync(join(this.tsrun.root, this.id));
    expect(
      names.filter((name) => /^update/.test(name)),
      what,
    ).toEqual([]);
  }
}

describe('update', () => {
  test('takes the lock of one that was killed, after its time', async () => {
    const rig = new LimitedRig();
    rig.begin();
    const calls = rig.record(ENGINE, rig.args);
    await rig.expectDeletable('recorded');
    rig.begin();
    // The last but ten: the helper has ended, the lock is still there.
    let index = calls.length - 10;
    while (!existsSync(rig.file('update.lock')) && index > 0) {
      rig.inflict({ process: ENGINE, index }, 'kill', rig.args);
      index -= 40;
    }
    expect(existsSync(rig.file('update.lock'))).toBe(true);
    const begun = performance.now();
    rig.expectWhole('the next update');
    expect(performance.now() - begun).toBeGreaterThan(2000);
    await rig.expectDeletable('with a lock that was taken');
  });
});

test.each([0, 3])(
  'kill --all of a program with %i children, of which any system call fails, says so or has reached everybody',
  async (children) => {
    const rig = new Rig(['/probe', 'fork-slowly', String(children)], (spec) => shareNamespace(spec, 'pid'));
    const cgroup = join(cgroupRoot(), rig.id);
    const processesOf = (directory: string) =>
      readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    const below = join(cgroup, 'below');
    const begin = async () => {
      rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
      await waitFor('its children', () => processesOf(cgroup).length === children + 1);
      mkdirSync(below);
      writeFileSync(join(below, 'cgroup.procs'), processesOf(cgroup).at(-1) ?? '');
    };
    const args = ['kill', '--all', rig.id, 'TERM'];
    await begin();
    const calls = rig.record(FRONT, args);
    await rig.expectDeletable('recorded');
    const first = calls.lastIndexOf(HELPER_BEGINS);
    expect(first).toBeGreaterThan(0);
    for (const [turn, offset] of sample(calls.length - first, 2).entries()) {
      await begin();
      const error = ERRORS[turn % ERRORS.length] ?? ENOMEM;
      const outcome = rig.inflict({ process: FRONT, index: first + offset }, error, args);
      const what = `kill --all, call ${first + offset}, ${outcome.hit}, errno ${error}`;
      if (outcome.status !== 0) rig.expectWorded(outcome, what);
      else await waitFor(`the end of all: ${what}`, () => processesOf(cgroup).length + processesOf(below).length === 0);
      await rig.expectDeletable(what);
    }
  },
);
