// The command line: version, help, mistakes, the log.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const VERBS = ['create', 'run', 'start', 'state', 'kill', 'delete', 'list', 'spec', 'plan', 'features'];

describe('tsrun', () => {
  for (const flag of ['--version', '-v']) {
    test(`${flag} prints three lines that managers parse`, () => {
      const { status, stdout, stderr } = newTsrun().execute(TSRUN, [flag]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^tsrun version \d+\.\d+\.\d+\ncommit: [0-9a-f-]+\nspec: 1\.3\.0\n$/);
    });
  }

  for (const args of [['--help'], ['-h'], ['help']]) {
    test(`${args.join(' ')} lists every command and exits with 0`, () => {
      const { status, stdout, stderr } = newTsrun().execute(TSRUN, args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^ +${verb} `, 'm'));
    });
  }

  for (const verb of VERBS) {
    test(`${verb} --help explains it and exits with 0`, () => {
      const { status, stdout, stderr } = newTsrun().call([verb, '--help']);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: tsrun ${verb} `));
    });
  }

  for (const [args, words] of [
    [[], 'no command is given'],
    [['nonsense'], 'unknown command'],
    [['--nonsense'], 'unknown option'],
    [['state'], 'missing required argument'],
    [['state', 'a', 'b'], 'too many arguments'],
    [['create', '--nonsense', 'a'], 'unknown option'],
    [['create', 'a', '--bundle'], 'argument missing'],
    [['delete', '--force=maybe', 'a'], ''],
  ] as const) {
    test(`${args.join(' ') || 'without arguments'} is a mistake in one line, with a hint`, () => {
      const { status, stdout, stderr } = newTsrun().call(args);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^tsrun: incorrect usage: [^\n]+\nhint: "tsrun [^\n]*--help" shows what there is\n$/);
      expect(stderr).toContain(words);
    });
  }

  test('refuses the names that its own parts call each other by', () => {
    for (const name of ['@helper', '@report', '@nonsense']) {
      const { status, stdout, stderr } = newTsrun().execute(TSRUN, [name, 'x', 'y', 'z']);
      expect(stdout).toBe('');
      expect(status).not.toBe(0);
      expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
    }
  });

  test('takes -- for the end of its flags', () => {
    expect(newTsrun().call(['state', '--', '-x']).stderr).toMatch(/^tsrun: invalid container ID format: "-x"\n/);
  });

  test('keeps its state in /run/tsrun when no root is named', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const inDefault = (...args: string[]) => tsrun.execute(TSRUN, args);
    expect(inDefault('create', '-b', makeBundle().path, id)).toMatchObject({ status: 0, stderr: '' });
    try {
      expect(readFileSync(join('/run/tsrun', id, 'state.json'), 'utf8')).toContain(id);
      expect(tsrun.state(id)).toBe(null);
    } finally {
      expect(inDefault('delete', '--force', id)).toMatchObject({ status: 0, stderr: '' });
    }
  });
});

describe('the log', () => {
  function failAndRead(flags: readonly string[]): string[] {
    const tsrun = newTsrun();
    const log = join(makeTemporary(), 'log');
    for (const id of ['first', 'last']) tsrun.call(['--log', log, ...flags, 'state', id]);
    return readFileSync(log, 'utf8').trimEnd().split('\n');
  }

  test('in json ends with the error, under the keys that managers read', () => {
    const lines = failAndRead(['--log-format', 'json']);
    expect(lines).toHaveLength(2);
    const { time, ...rest } = JSON.parse(lines[1] ?? '');
    expect(rest).toEqual({ level: 'error', msg: 'container "last" does not exist', code: 'CONTAINER_NOT_FOUND' });
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000);
  });

  test('in text has one line an error', () => {
    expect(failAndRead([])[1]).toMatch(
      /^time="[^"]+" level=error msg="container \\"last\\" does not exist" code=CONTAINER_NOT_FOUND$/,
    );
  });

  test('has what the helper found out, not only what TypeScript did', () => {
    const tsrun = newTsrun();
    const log = join(makeTemporary(), 'log');
    const bundle = makeBundle({ args: ['absent'] });
    tsrun.call(['--log', log, '--log-format', 'json', 'create', '-b', bundle.path, tsrun.newId()]);
    const last = JSON.parse(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ level: 'error', code: 'HELPER_FAILED' });
    expect(last.msg).toMatch(/executable file not found/);
  });

  test('that cannot be written is said, and the error all the same', () => {
    const { status, stderr } = newTsrun().call(['--log', '/absent/log', 'state', 'absent']);
    expect(stderr).toBe(
      'tsrun: container "absent" does not exist\ntsrun: cannot write the log "/absent/log": no such file or directory (ENOENT)\n',
    );
    expect(status).toBe(1);
  });

  test('with --debug shows the causes, and without it never a stack', () => {
    const bundle = makeBundle({ edit: () => '{' });
    const say = (...flags: string[]) => newTsrun().call([...flags, 'create', '-b', bundle.path, 'x']).stderr;
    expect(say('--debug')).toMatch(/^code: SPEC_INVALID$/m);
    expect(say()).not.toMatch(/\n\s+at /);
  });
});
