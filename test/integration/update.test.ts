// update, with the limits that every cgroup has whatever its controllers: all or nothing, from the command line to the files of the cgroup.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Resources } from '../../src/spec/types.js';
import { type BundleOptions, makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const DEPTH = 'cgroup.max.depth';
const DESCENDANTS = 'cgroup.max.descendants';

const unified = (values: Readonly<Record<string, string>>): Resources => ({ unified: { ...values } });

/** A running container with a depth of 10. */
function run(verb: readonly string[] = ['run', '--detach'], options: BundleOptions = {}) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec) => {
      spec.linux.resources = unified({ [DEPTH]: '10' });
    },
    ...options,
  });
  tsrun.must([...verb, '--bundle', bundle.path, id]);
  const read = (file: string) => readFileSync(join(cgroupRoot(), id, file), 'utf8').trim();
  return {
    tsrun,
    id,
    directory: join(tsrun.root, id),
    limits: () => [read(DEPTH), read(DESCENDANTS)],
    update: (resources: unknown, ...flags: string[]) =>
      tsrun.call(['update', ...flags, '--resources', '-', id], { input: JSON.stringify(resources) }),
    flags: (...flags: string[]) => tsrun.call(['update', ...flags, id]),
  };
}

const DONE = { status: 0, stdout: '', stderr: '' };
const refused = (message: string, id = '') => ({
  status: 1,
  stdout: '',
  stderr: `tsrun: ${id === '' ? '' : `cannot update container "${id}": `}${message}\n`,
});

describe('update', () => {
  test('does not read without end', () => {
    const { flags, limits } = run();
    expect(flags('--resources', '/dev/zero')).toMatchObject(
      refused('cannot read "/dev/zero": it has more than 16777216 bytes'),
    );
    expect(limits()[0]).toBe('10');
  });

  test('reads a pipe that its caller gives as a file', () => {
    const { tsrun, id, limits } = run();
    const script = `echo '{"unified":{"${DEPTH}":"6"}}' | "$@" update --resources /dev/stdin ${id}`;
    expect(tsrun.callFrom(script, [])).toMatchObject(DONE);
    expect(limits()[0]).toBe('6');
  });

  test('changes the limits that standard input has, and keeps the others', () => {
    const { update, limits } = run();
    expect(update(unified({ [DESCENDANTS]: '20' }))).toMatchObject(DONE);
    expect(limits()).toEqual(['10', '20']);
  });

  test('reads a file, relative to the directory of its caller', () => {
    const { tsrun, id, limits } = run();
    const cwd = makeTemporary();
    writeFileSync(join(cwd, 'limits.json'), JSON.stringify(unified({ [DEPTH]: '7' })));
    expect(tsrun.call(['update', '-r', 'limits.json', id], { cwd })).toMatchObject(DONE);
    expect(limits()).toEqual(['7', 'max']);
  });

  test('works on a created container, and on a paused one', () => {
    const { update, tsrun, id, limits } = run(['create']);
    expect(update(unified({ [DEPTH]: '8' }))).toMatchObject(DONE);
    tsrun.must(['start', id]);
    tsrun.must(['pause', id]);
    expect(update(unified({ [DESCENDANTS]: '9' }))).toMatchObject(DONE);
    expect(limits()).toEqual(['8', '9']);
    expect(tsrun.state(id)?.status).toBe('paused');
  });

  test('goes on from what earlier updates have made', () => {
    const { update, directory, limits } = run();
    expect(update(unified({ [DESCENDANTS]: '20' }))).toMatchObject(DONE);
    expect(update(unified({ [DEPTH]: 'max' }))).toMatchObject(DONE);
    expect(limits()).toEqual(['max', '20']);
    expect(JSON.parse(readFileSync(join(directory, 'resources'), 'utf8'))).toEqual(
      unified({ [DEPTH]: 'max', [DESCENDANTS]: '20' }),
    );
    expect(readdirSync(directory).filter((name) => name.startsWith('update'))).toEqual([]);
  });

  test.each([
    ['before it had happened is undone first', true, '5'],
    ['after it had happened is not undone', false, 'max'],
  ])('that was killed %s', (_, staged, descendants) => {
    const { update, directory, id, limits } = run();
    const undo = [
      `find-cgroup\t${cgroupRoot()}\t/${id}`,
      `write-cgroup\t${DESCENDANTS}\t5\tlinux.resources.unified\terror`,
    ];
    const lines = ['tsrun-plan\t1', 'section\tcreate', 'section\tstart', 'section\tteardown', ...undo, 'end\t2', ''];
    writeFileSync(join(directory, 'update'), lines.join('\n'));
    if (staged) writeFileSync(join(directory, 'resources.next'), JSON.stringify(unified({ [DEPTH]: '4' })));
    expect(update(unified({ [DEPTH]: '7' }))).toMatchObject(DONE);
    expect(limits()).toEqual(['7', descendants]);
    expect(readdirSync(directory).filter((name) => /^update|next/.test(name))).toEqual([]);
  });

  test('puts right what somebody else has changed of the limits', () => {
    const { update, id, limits } = run();
    writeFileSync(join(cgroupRoot(), id, DEPTH), '3');
    expect(update({})).toMatchObject(DONE);
    expect(limits()).toEqual(['10', 'max']);
  });

  test('with --dry-run says what would be changed, and changes nothing', () => {
    const { update, limits, directory } = run();
    const before = readdirSync(directory);
    expect(update(unified({ [DEPTH]: '5', [DESCENDANTS]: '20' }), '--dry-run')).toMatchObject({
      ...DONE,
      stdout: `${DEPTH}: 10 -> 5\n${DESCENDANTS}: max -> 20\n`,
    });
    expect(update(unified({ [DEPTH]: '10' }), '--dry-run')).toMatchObject(DONE);
    expect(limits()).toEqual(['10', 'max']);
    expect(readdirSync(directory)).toEqual(before);
  });

  test('changes nothing when the kernel refuses one of the values', () => {
    const { update, limits, id, directory } = run();
    const next = unified({ [DESCENDANTS]: '20', [DEPTH]: 'deep' });
    expect(update(next)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `tsrun: cannot update container "${id}": linux.resources.unified["${DEPTH}"]: write "deep" to ${DEPTH}: invalid argument (EINVAL)\nhint: the kernel does not accept the value\n`,
    });
    expect(limits()).toEqual(['10', 'max']);
    expect(readdirSync(directory).filter((name) => /^(update|resources)/.test(name))).toEqual([]);
    expect(update({})).toMatchObject(DONE);
  });

  test('lists every problem with its path, and changes nothing', () => {
    const { update, limits } = run();
    const next = {
      pids: { limit: 5 },
      memory: { limit: 4096, swap: 8192 },
      unified: { [DEPTH]: '5', [`${DEPTH}.er`]: '1' },
    };
    const { status, stderr } = update(next);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tsrun: invalid linux\.resources: 4 problems\n/);
    for (const path of ['pids.limit', 'memory.swap', 'memory.limit', `unified["${DEPTH}.er"]`]) {
      expect(stderr).toContain(`linux.resources.${path}: `);
    }
    expect(limits()).toEqual(['10', 'max']);
  });

  test.each([
    [
      '{"unified":{"cgroup.kill":"1"}}',
      /^tsrun: invalid standard input: linux\.resources\.unified\["cgroup\.kill"\]: cannot be set/,
    ],
    ['{"unified":{"../x":"1"}}', /linux\.resources\.unified\["\.\.\/x"\]: must be named as a file of the cgroup/],
    ['{"unified":5}', /^tsrun: invalid standard input: linux\.resources\.unified: /],
    ['{"pids":{"limit":"5"}}', /^tsrun: invalid standard input: linux\.resources\.pids\.limit: /],
    ['[]', /^tsrun: invalid standard input: linux\.resources: /],
    ['', /^tsrun: cannot parse "standard input": line 1, column 1/],
    ['{"pids":{"limit":5,"limit":6}}', /^tsrun: cannot parse "standard input": /],
  ])('refuses the document %s', (input, words) => {
    const { tsrun, id, limits } = run();
    const outcome = tsrun.call(['update', '-r', '-', id], { input });
    expect(outcome).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(words) });
    expect(limits()).toEqual(['10', 'max']);
  });

  test.each([
    [['--memory', 'much'], 'invalid value of --memory "much": must be bytes, such as 512m, or -1'],
    [['--pids-limit=1.5'], 'invalid value of --pids-limit "1.5": must be an integer'],
    [
      ['--cpu-share=-5'],
      'invalid linux.resources: linux.resources.cpu.shares: found -5, must be an integer from 0 to 18446744073709551615',
    ],
    [['--l3-cache-schema', 'L3=f'], 'invalid value of --l3-cache-schema "L3=f": must be such as "L3:0=7f0;1=1f"'],
    [['--resources', 'x', '--memory', '1'], 'cannot use both --resources and --memory'],
    [['--resources', '/nowhere'], 'cannot read "/nowhere": no such file or directory (ENOENT)'],
    [[], 'nothing to update: no limit is given\nhint: "tsrun update --help" shows what there is'],
  ])('refuses %j', (flags, message) => {
    const { flags: update, limits } = run();
    expect(update(...flags)).toMatchObject(refused(message));
    expect(limits()).toEqual(['10', 'max']);
  });

  test('with flags names the fields that the host has no controller for', () => {
    const { flags } = run();
    const { status, stderr } = flags('--pids-limit', '5', '--memory', '64m');
    expect(status).toBe(1);
    expect(stderr).toMatch(/linux\.resources\.pids\.limit: the cgroup2 tree has no controller "pids" \(it has /);
    expect(stderr).toContain('linux.resources.memory.limit: the cgroup2 tree has no controller "memory"');
  });

  test('warns of what cgroup v2 does not have, and does the rest', () => {
    const { update, limits } = run();
    expect(update({ memory: { swappiness: 5 }, ...unified({ [DEPTH]: '6' }) })).toMatchObject({
      ...DONE,
      stderr: 'tsrun: warning: linux.resources.memory.swappiness: ignored: cgroup v2 has no swappiness of a cgroup\n',
    });
    expect(limits()).toEqual(['6', 'max']);
  });

  test('of a stopped container is refused', async () => {
    const { update, tsrun, id } = run(['run', '--detach'], { args: ['/probe', 'true'] });
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(update({})).toMatchObject(refused('container not running\nhint: its status is stopped', id));
  });

  test('of no container is refused', () => {
    expect(newTsrun().call(['update', '--pids-limit', '5', 'none'])).toMatchObject(
      refused('container "none" does not exist'),
    );
  });

  test('does not go on from limits that it cannot trust', () => {
    const { update, directory, limits } = run();
    writeFileSync(join(directory, 'resources'), '{"pids":5}');
    const { status, stderr } = update({});
    expect(status).toBe(1);
    expect(stderr).toContain(`tsrun: cannot trust "${join(directory, 'resources')}": `);
    expect(limits()).toEqual(['10', 'max']);
  });
});

describe('several updates at once', () => {
  test('all happen, one after the other', async () => {
    const { tsrun, id, directory, limits } = run();
    const cwd = makeTemporary();
    const outcomes: Promise<Outcome>[] = [];
    for (let number = 1; number <= 6; number++) {
      const file = join(cwd, `${number}.json`);
      const name = number % 2 === 0 ? DEPTH : DESCENDANTS;
      writeFileSync(file, JSON.stringify(unified({ [name]: String(100 + number) })));
      outcomes.push(tsrun.spawn(['update', '-r', file, id]).ended);
    }
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject(DONE);
    const [depth, descendants] = limits();
    expect(['102', '104', '106']).toContain(depth);
    expect(['101', '103', '105']).toContain(descendants);
    expect(JSON.parse(readFileSync(join(directory, 'resources'), 'utf8'))).toEqual(
      unified({ [DEPTH]: depth ?? '', [DESCENDANTS]: descendants ?? '' }),
    );
    expect(existsSync(join(directory, 'update.lock'))).toBe(false);
  });

  test('wait for one that is at work', async () => {
    const { tsrun, id, directory, limits } = run();
    const lock = join(directory, 'update.lock');
    mkdirSync(lock);
    const file = join(makeTemporary(), 'limits.json');
    writeFileSync(file, JSON.stringify(unified({ [DEPTH]: '5' })));
    const waiting = tsrun.spawn(['update', '-r', file, id]);
    await sleep(500);
    expect(limits()).toEqual(['10', 'max']);
    rmdirSync(lock);
    expect(await waiting.ended).toMatchObject(DONE);
    expect(limits()).toEqual(['5', 'max']);
  });

  test('end at once when the container is deleted while they wait', async () => {
    const { tsrun, id, directory } = run();
    mkdirSync(join(directory, 'update.lock'));
    const file = join(makeTemporary(), 'limits.json');
    writeFileSync(file, JSON.stringify(unified({ [DEPTH]: '5' })));
    const waiting = tsrun.spawn(['update', '-r', file, id]);
    await sleep(300);
    tsrun.must(['delete', '--force', id]);
    const begun = performance.now();
    expect(await waiting.ended).toMatchObject(refused('it was deleted meanwhile', id));
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(tsrun.leftovers()).toEqual([]);
  });

  test('against delete --force either happen, or find the container gone, and leave nothing', async () => {
    const cwd = makeTemporary();
    const file = join(cwd, 'limits.json');
    writeFileSync(file, JSON.stringify(unified({ [DEPTH]: '5' })));
    for (let round = 0; round < 12; round++) {
      const { tsrun, id } = run();
      const updating = [1, 2].map(() => tsrun.spawn(['update', '-r', file, id]).ended);
      await sleep(round * 4);
      const deleted = await tsrun.spawn(['delete', '--force', id]).ended;
      expect(deleted).toMatchObject(DONE);
      for (const { status, stderr } of await Promise.all(updating)) {
        if (status === 0) expect(stderr).toBe('');
        else expect(stderr).toMatch(/does not exist|deleted meanwhile|not running|no such file/);
        expect(stderr).not.toMatch(/defect|bug|undefined|\n {4}at /);
      }
      expect(tsrun.leftovers()).toEqual([]);
      expect(existsSync(join(cgroupRoot(), id))).toBe(false);
    }
  });
});
