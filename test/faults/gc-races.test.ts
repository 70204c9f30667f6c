// gc that is killed itself, and gc at work while containers come and go: the next one finishes, and no container is harmed.
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { ALL, Rig } from './rig.js';

const FRONT = 0;
const ENGINE = 1;

/** A create that was killed in the middle, an unfinished state, and a container of which only the cgroup and its processes are left. */
class Remains extends Rig {
  readonly lost = `${this.id}-lost`;

  leave(): void {
    this.inflict({ process: FRONT, index: 150 }, 'kill', this.createArguments());
    this.must('create', '--bundle', this.bundle.path, this.lost);
    rmSync(`${this.tsrun.root}/${this.lost}`, { recursive: true });
  }
}

describe('gc that is killed at any step', () => {
  test.each([
    ['its engine', ENGINE],
    ['what lists the cgroups', 2],
    ['the helper for the container', 3],
    ['the helper for the cgroup', 4],
  ])('in %s leaves what is left to the next one', async (_, process) => {
    const rig = new Remains();
    rig.leave();
    const count = rig.record(process, ['gc']).length;
    const step = ALL ? 1 : Math.ceil(count / 5);
    let hits = 0;
    for (let index = 1; index <= count; index += step) {
      rig.leave();
      const { hit } = rig.inflict({ process, index }, 'kill', ['gc']);
      if (hit !== null) hits += 1;
      const what = `process ${process} killed at call ${index}, ${hit}`;
      expect(rig.call('gc'), what).toMatchObject({ status: 0, stderr: '' });
      await rig.expectNothingLeft(what);
      expect(rig.call('gc'), what).toMatchObject({ status: 0, stderr: '', stdout: '' });
    }
    expect(hits).toBeGreaterThan(2);
  });
});

test('gc finds nothing, and harms nobody, while 200 containers come and go', async () => {
  const rig = new Rig();
  const short = makeBundle({ args: ['/probe', 'true'] });
  const expectRight = async (...args: string[]) => {
    expect(await rig.spawn(...args).ended, args[0]).toMatchObject({ status: 0, stdout: '', stderr: '' });
  };
  let going = true;
  const churn = async (caller: number) => {
    for (let round = 0; round < 25; round++) {
      const id = `${rig.id}-${caller}`;
      await expectRight('create', '--bundle', rig.bundle.path, id);
      await expectRight('start', id);
      await expectRight('delete', '--force', id);
      await expectRight('run', '--bundle', short.path, id);
    }
  };
  const collect = async () => {
    while (going) await expectRight('gc');
  };
  const collecting = collect();
  // Looked at below.
  collecting.catch(() => {});
  try {
    await Promise.all([0, 1, 2, 3].map(churn));
  } finally {
    going = false;
    await collecting;
  }
  await rig.expectNothingLeft('churn');
});
