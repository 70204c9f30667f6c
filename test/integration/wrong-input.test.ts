// A wrong config.json through the command: what is printed and logged of it, and that nothing of the container was begun.
// What is said of which field is tested in test/unit/spec/wrong-input.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBundle, type SpecDraft } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { hasCgroup, newTsrun, type Outcome } from '../support/tsrun.js';

/** Calls a verb with a bundle that `mutate` has spoiled, and asserts that it left nothing. */
function refuse(
  mutate: (spec: SpecDraft) => void,
  { verb = 'create', globals = [] as readonly string[] } = {},
): Outcome & { readonly id: string } {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ mutate });
  const outcome = tsrun.call([...globals, verb, '--bundle', bundle.path, ...(verb === 'plan' ? [] : [id])]);
  expect(tsrun.leftovers()).toEqual([]);
  expect(hasCgroup(id)).toBe(false);
  return { ...outcome, id };
}

/** One problem of the schema each: a mode in quotes, a number that is none, a word in the wrong case, a field left out. */
function spoil(spec: SpecDraft): void {
  Object.assign(spec.process, { user: { uid: 0, gid: 0, umask: '0022' }, oomScoreAdj: 1e3 + 0.5 });
  Object.assign(spec.linux, { personality: { domain: 'linux' }, devices: [{ type: 'c', major: 1, minor: 3 }] });
}

const PROBLEMS = [
  'process.user.umask: found "0022", must be an integer from 0 to 4294967295: write 18, which is octal 0022',
  'process.oomScoreAdj: found 1000.5, must be an integer from -1000 to 1000',
  'linux.devices[0].path: found nothing, must be set',
  'linux.personality.domain: found "linux", must be one of "LINUX", "LINUX32": write "LINUX"',
];

for (const verb of ['create', 'run', 'plan']) {
  test(`${verb} tells every problem in a line of its own, and nothing else`, () => {
    const { status, stdout, stderr } = refuse(spoil, { verb });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: `tsrun: invalid config.json: 4 problems\n${PROBLEMS.map((line) => `  ${line}\n`).join('')}`,
    });
  });
}

test('a single problem is one line', () => {
  const { status, stderr } = refuse((spec) => {
    spec.process.cwd = 'srv';
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: 'tsrun: invalid config.json: process.cwd: found "srv", must be an absolute path\n',
  });
});

test('the log has all problems in one record, as managers read it', () => {
  const log = join(makeTemporary(), 'log.json');
  const { status } = refuse(spoil, { globals: ['--log', log, '--log-format', 'json'] });
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  expect({ status, lines: lines.length }).toEqual({ status: 1, lines: 1 });
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: 'error',
    msg: `invalid config.json: ${PROBLEMS.join('; ')}`,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    code: 'SPEC_INVALID',
  });
});

test('--debug adds the code, and no stack', () => {
  const plain = refuse(spoil);
  const debug = refuse(spoil, { globals: ['--debug'] });
  expect(debug.stderr).toBe(`${plain.stderr}code: SPEC_INVALID\n`);
});

test('of many problems 50 are told', () => {
  const { status, stderr } = refuse((spec) => {
    spec.process.env = Array.from({ length: 70 }, (_, index) => `SECRET${index}`);
  });
  const lines = stderr.trimEnd().split('\n');
  expect({ status, lines: lines.length, first: lines[0], last: lines.at(-1) }).toEqual({
    status: 1,
    lines: 52,
    first: 'tsrun: invalid config.json: 70 problems',
    last: '  and 20 more',
  });
});

test('a document of megabytes is refused in a few lines, within seconds', () => {
  const start = performance.now();
  const { status, stderr } = refuse((spec) => {
    spec.process.cwd = 'x'.repeat(2_000_000);
    Object.assign(spec, { annotations: { ['y'.repeat(2_000_000)]: 'z', '': '' } });
    spec.process.env = Array.from({ length: 90_000 }, () => '');
  });
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^tsrun: invalid config\.json: 90002 problems\n(?: {2}[^\n]{1,1001}\n){51}$/);
});

test('no hook runs for a document that is wrong further on', () => {
  const mark = join(makeTemporary(), 'mark');
  refuse((spec) => {
    const hook = { path: '/bin/sh', args: ['sh', '-c', `echo >${mark}`] };
    Object.assign(spec, { hooks: { prestart: [hook], createRuntime: [hook], poststop: [hook, { path: 'relative' }] } });
  });
  expect(existsSync(mark)).toBe(false);
});

test('what is only worth a warning is one line each, and the container runs', () => {
  const tsrun = newTsrun();
  const bundle = makeBundle({
    args: ['/probe', 'echo', 'ran'],
    mutate: (spec) => {
      Object.assign(spec.process.capabilities ?? {}, { bounding: ['CAP_NONE', 'CAP_KILL'] });
      Object.assign(spec, { ociVersion: '1.9.0' });
    },
  });
  const { status, stdout, stderr } = tsrun.call(['run', '--bundle', bundle.path, tsrun.newId()]);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'ran\n',
    stderr: [
      'tsrun: warning: ociVersion: "1.9.0" is newer than 1.3, properties it adds are ignored\n',
      'tsrun: warning: process.capabilities.bounding: unknown capability "CAP_NONE" is ignored\n',
    ].join(''),
  });
});

test('the process of an exec and the limits of an update are checked in the same words', () => {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  tsrun.must(['create', '--bundle', makeBundle({ args: ['/probe', 'sleep', '3600'] }).path, id]);
  tsrun.must(['start', id]);
  const file = join(makeTemporary(), 'wrong.json');
  writeFileSync(file, JSON.stringify({ cwd: 'x', args: [], rlimits: [{ type: 'nofile', soft: 2, hard: 1 }] }));
  const exec = tsrun.call(['exec', '--process', file, id]);
  expect({ status: exec.status, stderr: exec.stderr }).toEqual({
    status: 255,
    stderr: [
      `tsrun: invalid ${file}: 4 problems\n`,
      '  args: found an empty array, must have at least one entry\n',
      '  cwd: found "x", must be an absolute path\n',
      '  rlimits[0].type: found "nofile", must be a resource of Linux such as "RLIMIT_NOFILE"\n',
      '  rlimits[0].soft: found 2, must be at most hard, 1\n',
    ].join(''),
  });
  writeFileSync(file, JSON.stringify({ memory: { limit: '512m' }, pids: { limit: 1e30 } }));
  const update = tsrun.call(['update', '--resources', file, id]);
  expect({ status: update.status, stderr: update.stderr }).toEqual({
    status: 1,
    stderr: [
      `tsrun: invalid ${file}: 2 problems\n`,
      '  linux.resources.memory.limit: found "512m", must be an integer from -9223372036854775808 to 9223372036854775807\n',
      '  linux.resources.pids.limit: found 1000000000000000000000000000000, must be an integer from -9223372036854775808 to 9223372036854775807\n',
    ].join(''),
  });
  expect(tsrun.state(id)?.status).toBe('running');
});
