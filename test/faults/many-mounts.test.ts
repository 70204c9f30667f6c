// Mounts by the thousand, and at the limits of the kernel: made in reasonable time and memory, or refused in words.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mount } from '../../src/spec/types.js';
import type { SpecDraft } from '../support/bundle.js';
import type { Outcome } from '../support/tsrun.js';
import { callAs } from './caller.js';
import { ALL, Rig } from './rig.js';

const MANY = ALL ? 10_000 : 3000;
const MIB = 1024;

function bindsOf(count: number, place: (index: number) => string): Mount[] {
  return Array.from({ length: count }, (_, index) => ({
    destination: place(index),
    source: '/etc/hostname',
    options: ['bind', 'ro'],
  }));
}

function rigWith(change: (spec: SpecDraft) => void, args: readonly string[] = ['/probe', 'true']): Rig {
  return new Rig(args, change);
}

function run(rig: Rig): Outcome {
  return rig.call('run', '--bundle', rig.bundle.path, rig.id);
}

test(`a container of ${MANY} mounts is made and removed in seconds and in 256 MiB`, async () => {
  const rig = rigWith((spec) => {
    // Each source is a descriptor until it is attached.
    spec.process.rlimits = [];
    spec.mounts.push({ destination: '/many', type: 'tmpfs', source: 'tmpfs' });
    spec.mounts.push(...bindsOf(MANY, (index) => `/many/${index}`));
  });
  const file = join(rig.directory, 'measured');
  expect(callAs(rig, [['measure', file]], rig.createArguments())).toMatchObject({ status: 0, stderr: '' });
  const [cpu = 0, peak = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
  const mounts = readFileSync(`/proc/${rig.init().pid}/mountinfo`, 'utf8')
    .split('\n')
    .filter((line) => line.includes(' /many/'));
  expect(mounts.length).toBe(MANY);
  expect(cpu).toBeLessThan(20_000);
  expect(peak).toBeLessThan(256 * MIB);
  await rig.expectDeletable('many');
});

test('more bind mounts than the caller may have descriptors are an error that says so', async () => {
  const rig = rigWith((spec) => {
    spec.process.rlimits = [];
    spec.mounts.push(...bindsOf(100, (index) => `/tmp/${index}`));
  });
  const outcome = rig.tsrun.callFrom('ulimit -n 64; exec "$@"', rig.createArguments(), rig.options());
  rig.expectWorded(outcome, 'descriptors');
  expect(outcome.stderr).toContain('(EMFILE)');
  expect(outcome.stderr).toContain('RLIMIT_NOFILE');
  await rig.expectNothingLeft('descriptors');
});

describe('the limit of mounts of a mount namespace', () => {
  // The limit is the machine's, not a namespace's: it is reached from below, by mounts on mounts, and the host's is left as it is.
  test('is told of in words, and nothing is left', async () => {
    const limit = Number(readFileSync('/proc/sys/fs/mount-max', 'utf8'));
    const rig = rigWith((spec) => {
      spec.mounts.push({ destination: '/many', source: 'PLACE', options: ['rbind'] });
    });
    const place = join(rig.directory, 'place');
    mkdirSync(place);
    writeFileSync(rig.bundle.config, readFileSync(rig.bundle.config, 'utf8').replace('"PLACE"', JSON.stringify(place)));
    // Each recursive bind of the tree into itself doubles it.
    const doublings = Math.floor(Math.log2(limit));
    const script = `exec unshare --mount --propagation private /bin/sh -c '
      mount -t tmpfs tmpfs "$PLACE" && mkdir "$PLACE/base" && mount -t tmpfs tmpfs "$PLACE/base"
      i=0; while [ $i -lt ${doublings} ]; do mkdir "$PLACE/base/$i" && mount --rbind "$PLACE/base" "$PLACE/base/$i" || break; i=$((i + 1)); done
      exec "$@"' sh "$@"`;
    const outcome = rig.tsrun.callFrom(script, rig.createArguments(), rig.options({ env: { PLACE: place } }));
    rig.expectWorded(outcome, 'mount-max');
    expect(outcome.stderr).toContain('no space left on device (ENOSPC)');
    expect(outcome.stderr).toContain('fs.mount-max');
    await rig.expectNothingLeft('mount-max');
  });
});

describe('the target of a mount', () => {
  test.each([
    ['of 4,095 characters', 4095],
    ['of 4,096 characters', 4096],
    ['of 5,000 characters', 5000],
    ['of 70,000 characters', 70_000],
  ])('%s is made, or refused by name', async (title, length) => {
    // Below a tmpfs of the container's own: nothing that deep stays behind.
    const path = `/tmp${`/${'d'.repeat(199)}`.repeat(length / 200 + 1)}`.slice(0, length);
    const rig = rigWith((spec) => spec.mounts.push({ destination: path, type: 'tmpfs', source: 'tmpfs' }));
    const outcome = run(rig);
    if (outcome.status === 0) expect(outcome.stderr, title).toBe('');
    else {
      rig.expectWorded(outcome, title);
      expect(outcome.stderr).toMatch(/\(ENAMETOOLONG\)|characters|too long|bytes/);
      expect(outcome.stderr.length).toBeLessThan(80_000);
    }
    await rig.expectNothingLeft(title);
  });

  test('with a component of 256 characters is refused by name', async () => {
    const rig = rigWith((spec) =>
      spec.mounts.push({ destination: `/${'x'.repeat(256)}`, type: 'tmpfs', source: 'tmpfs' }),
    );
    const outcome = run(rig);
    rig.expectWorded(outcome, 'component');
    expect(outcome.stderr).toContain('(ENAMETOOLONG)');
    await rig.expectNothingLeft('component');
  });

  /** path_resolution(7): forty links are followed, not more. */
  test.each([
    [39, 0],
    [41, 1],
  ])('behind %i links ends with status %i', async (count, status) => {
    const rig = rigWith((spec) => spec.mounts.push({ destination: '/link0/target', type: 'tmpfs', source: 'tmpfs' }));
    mkdirSync(join(rig.bundle.rootfs, `link${count}`));
    for (let index = 0; index < count; index++)
      symlinkSync(`link${index + 1}`, join(rig.bundle.rootfs, `link${index}`));
    const outcome = run(rig);
    expect(outcome.status, outcome.stderr).toBe(status);
    if (status !== 0) expect(outcome.stderr).toContain('too many levels of symbolic links (ELOOP)');
    await rig.expectNothingLeft('links');
  });

  test('that is the root is refused or works, and nothing is left', async () => {
    const rig = rigWith((spec) => spec.mounts.push({ destination: '/', type: 'tmpfs', source: 'tmpfs' }));
    const outcome = run(rig);
    if (outcome.status !== 0) rig.expectWorded(outcome, '/');
    await rig.expectNothingLeft('/');
  });

  test('that is mounted on twice has the second mount', async () => {
    const rig = rigWith(
      (spec) => {
        for (const size of ['64k', '128k'])
          spec.mounts.push({ destination: '/twice', type: 'tmpfs', source: 'tmpfs', options: [`size=${size}`] });
      },
      ['/probe', 'report'],
    );
    const { status, stdout } = run(rig);
    expect(status).toBe(0);
    const lines = (JSON.parse(stdout) as { mountinfo: string[] }).mountinfo.filter((line) => line.includes(' /twice '));
    expect(lines.map((line) => /size=(\d+)k/.exec(line)?.[1])).toEqual(['64', '128']);
    await rig.expectNothingLeft('twice');
  });
});
