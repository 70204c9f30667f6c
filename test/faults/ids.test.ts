// Ids that are none: refused by every verb that takes one, in the same words, before any file is touched. The state root lies deep, with canaries
// around it: what a path in place of an id would lead to.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';
import { ALL, Rig } from './rig.js';

const HOSTILE: readonly (readonly [title: string, id: string])[] = [
  ['nothing', ''],
  ['the directory itself', '.'],
  ['the one above', '..'],
  ['a path upwards', '../x'],
  ['a path to the canary', '../canary'],
  ['a deep path upwards', '../../../canary'],
  ['an absolute path', '/canary'],
  ['a path', 'a/b'],
  ['a path in disguise', 'a/../../canary'],
  ['a trailing slash', 'a/'],
  ['a hidden name', '.new.a.1.1'],
  ['the cache of filters', '.seccomp'],
  ['256 characters', 'x'.repeat(256)],
  ['1,024 characters', 'x'.repeat(1024)],
  ['100,000 characters', 'x'.repeat(100_000)],
  ['a letter that is not of ASCII', 'naïve'],
  ['a letter that looks like one', '\u0430bc'],
  ['an invisible character', 'a\u200bb'],
  ['text from right to left', 'a\u202eb'],
  ['half of a surrogate pair, as UTF-8 has it', 'a\ufffdb'],
  ['a line break', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tb'],
  ['an escape sequence', 'a\u001b[31mb'],
  ['a space', 'a b'],
  ['a space before', ' a'],
  ['a space behind', 'a '],
  ['a format', '%s%n'],
  ['a command', '$(touch canary)'],
  ['a command in backquotes', '`id`'],
  ['a pattern', '*'],
  ['a brace', '{a,b}'],
  ['a backslash', 'a\\b'],
  ['a colon', 'a:b'],
  ['a comma', 'a,b'],
  ['an equals sign', 'a=b'],
  ['a quote', "a'b"],
  ['a double quote', 'a"b'],
  ['an at sign', 'a@b'],
  ['a tilde', '~root'],
];

/** What comes before the id, and behind it. */
const VERBS: readonly (readonly [before: readonly string[], behind: readonly string[]])[] = [
  [['create', '--bundle', 'BUNDLE'], []],
  [['run', '--bundle', 'BUNDLE'], []],
  [['run', '--detach', '--keep', '--bundle', 'BUNDLE'], []],
  [['start'], []],
  [['state'], []],
  [['kill'], ['KILL']],
  [['kill', '--all'], ['KILL']],
  [['exec'], ['/probe', 'true']],
  [
    ['exec', '--detach', '--env', 'A=B'],
    ['/probe', 'true'],
  ],
  [['pause'], []],
  [['resume'], []],
  [['update', '--pids-limit', '5'], []],
  [['ps'], []],
  [['events', '--stats'], []],
  [['delete'], []],
  [['delete', '--force'], []],
];

interface Place {
  readonly top: string;
  readonly root: string;
  readonly bundle: string;
}

/** A state root three levels deep, and canaries wherever a path could come out. */
function makePlace(): Place {
  const top = makeTemporary();
  const root = join(top, 'one', 'two', 'state');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const directory of [top, join(top, 'one'), join(top, 'one', 'two')]) {
    mkdirSync(join(directory, 'canary'));
    writeFileSync(join(directory, 'canary', 'state.json'), '{}');
  }
  return { top, root, bundle: makeBundle({ args: ['/probe', 'true'] }).path };
}

/** Names and change times of all that is there: whatever was made and removed again changes its directory's. */
function snapshot(directory: string): string[] {
  const { mode, ctimeMs, mtimeMs } = statSync(directory);
  const own = `${directory} ${mode} ${ctimeMs} ${mtimeMs}`;
  const entries = readdirSync(directory, { withFileTypes: true });
  return [
    own,
    ...entries.flatMap((entry) => (entry.isDirectory() ? snapshot(join(directory, entry.name)) : [entry.name])),
  ];
}

/** Cgroups that a part of the id would name; of others, tests may be at work beside this one. */
function listCgroups(id: string): string[] {
  const parts = [...id.split('/'), 'canary'].filter((part) => part !== '.' && part !== '..' && part !== '');
  return parts.filter((part) => part.length < 256 && existsSync(join(cgroupRoot(), part)));
}

function expectInvalid({ status, stdout, stderr }: Outcome, verb: string, id: string, what: string): void {
  const shown = id.length > 64 ? `${id.slice(0, 64)}...` : id;
  expect({ status, stdout }, what).toEqual({ status: verb === 'exec' ? 255 : 1, stdout: '' });
  expect(stderr, what).toMatch(/^tsrun: invalid container ID format: ".*"\nhint: an id has 1 to 255 [^\n]*\n$/);
  if (/^[\x20-\x7e]*$/.test(shown)) expect(stderr, what).toContain(JSON.stringify(shown));
  expect(stderr, what).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
}

/** Of most ids every fourth verb, each id other ones; of these all. */
const EVERYWHERE: ReadonlySet<string> = new Set(['', '..', '../canary', 'a/../../canary', '.seccomp', 'a\nb']);

function verbsFor(id: string, turn: number): typeof VERBS {
  return ALL || EVERYWHERE.has(id) ? VERBS : VERBS.filter((_, index) => index % 4 === turn % 4);
}

describe('an id that is', () => {
  test.each(HOSTILE)('%s is refused by every verb, and nothing is touched', (title, id) => {
    const { top, root, bundle } = makePlace();
    const tsrun = newTsrun();
    const before = [snapshot(top), listCgroups(id)];
    const turn = HOSTILE.findIndex(([other]) => other === title);
    for (const [start, behind] of verbsFor(id, turn)) {
      const args = [...start.map((arg) => (arg === 'BUNDLE' ? bundle : arg)), id, ...behind];
      expectInvalid(tsrun.execute(TSRUN, ['--root', root, ...args]), start[0] ?? '', id, `${start.join(' ')} ${title}`);
    }
    expect([snapshot(top), listCgroups(id)]).toEqual(before);
  });
});

test('a name that looks like an option is never taken for an id', () => {
  const { top, root, bundle } = makePlace();
  const tsrun = newTsrun();
  const before = snapshot(top);
  for (const [start, behind] of VERBS) {
    for (const id of ['-x', '--x', '--']) {
      const args = [...start.map((arg) => (arg === 'BUNDLE' ? bundle : arg)), id, ...behind];
      const { status, stdout, stderr } = tsrun.execute(TSRUN, ['--root', root, ...args]);
      // What stands behind "--" is one.
      const words = id === '--' ? /^tsrun: / : /^tsrun: incorrect usage: unknown option '--?x'\nhint: [^\n]*\n$/;
      expect({ status, stdout, stderr }, args.join(' ')).toEqual({
        status: expect.not.stringMatching('^0$'),
        stdout: '',
        stderr: expect.stringMatching(words),
      });
      expect(status, args.join(' ')).not.toBe(0);
    }
    // Behind "--" it is one; with other flags before that, the verb has its own words.
    if (start.length > 1) continue;
    const { status, stderr } = tsrun.execute(TSRUN, ['--root', root, start[0] ?? '', '--', '-x', ...behind]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/invalid container ID format: "-x"|incorrect usage|cannot read/);
  }
  expect(snapshot(top)).toEqual(before);
});

test('an id in a plan, and one that --id gives, is checked as well', () => {
  const { bundle, top } = makePlace();
  const before = snapshot(top);
  for (const id of ['', '..', '../canary', 'a\nb', 'x'.repeat(256)]) {
    const { status, stderr } = newTsrun().execute(TSRUN, ['plan', '--id', id, bundle]);
    expect({ status, stderr }, id).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^tsrun: invalid container ID format: [^\n]*\nhint: [^\n]*\n$/),
    });
  }
  expect(snapshot(top)).toEqual(before);
});

test.each(['x'.repeat(255), 'a+b', '_a', '+', 'A.b-c_d+e', '0'])(
  'the id "%s" is one, from create to delete',
  async (id) => {
    const { root, bundle } = makePlace();
    const tsrun = newTsrun();
    const call = (...args: string[]) => tsrun.execute(TSRUN, ['--root', root, ...args]);
    // Its cgroup would bear a name that another ring of tests may have.
    const created = call('--cgroup-manager', 'disabled', 'create', '--bundle', bundle, id);
    expect(created.status, created.stderr).toBe(0);
    expect(call('list', '--quiet').stdout).toBe(`${id}\n`);
    expect(call('delete', '--force', id)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(root)).toEqual([]);
  },
);

test('ids that differ in case only are two containers', async () => {
  const rig = new Rig();
  const twin = rig.id.toUpperCase();
  rig.create();
  rig.must('create', '--bundle', rig.bundle.path, twin);
  rig.must('delete', '--force', twin);
  expect(rig.expectValidState('the other')).toBe('created');
  expect(rig.call('list', '--quiet').stdout).toBe(`${rig.id}\n`);
  await rig.expectDeletable('the other');
});

test('a list passes over names that are no ids, whatever they are', () => {
  const { root } = makePlace();
  for (const name of ['.hidden', '-x', 'a b', '..x', 'a\nb']) mkdirSync(join(root, name));
  const { status, stdout, stderr } = newTsrun().execute(TSRUN, ['--root', root, 'list', '--quiet']);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
