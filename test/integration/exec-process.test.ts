// exec --process FILE: the process comes whole from a document, which is checked like that of a config.json.
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { besideBundle, type Host, startHost } from '../support/exec.js';
import { TSRUN } from '../support/paths.js';
import { type ProbeReport, parseReport } from '../support/probe.js';
import type { Outcome } from '../support/tsrun.js';

const DOCUMENT = {
  terminal: false,
  user: { uid: 1000, gid: 1001, additionalGids: [9] },
  args: ['/probe', 'report'],
  env: ['ONLY=this', 'HOME=/'],
  cwd: '/tmp',
};

function parseReportOf({ status, stdout, stderr }: Outcome): ProbeReport {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return parseReport(stdout);
}

function run(host: Host, document: unknown, flags: readonly string[] = [], args: readonly string[] = []): Outcome {
  const path = besideBundle(host, 'process.json');
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return host.exec(args, ['--process', path, ...flags]);
}

describe('the process of a document', () => {
  test('is what runs', () => {
    const { uid, gid, groups, env, cwd, noNewPrivs } = parseReportOf(run(startHost(), DOCUMENT));
    expect({ uid, gid, groups, env, cwd, noNewPrivs }).toEqual({
      uid: 1000,
      gid: 1001,
      groups: [9],
      env: ['ONLY=this', 'HOME=/'],
      cwd: '/tmp',
      noNewPrivs: 0,
    });
  });

  test("has the container's capabilities, limits and OOM score where it names none", () => {
    const host = startHost({
      mutate: ({ process }) => {
        process.oomScoreAdj = 300;
      },
    });
    const { capBnd, capEff, rlimits, oomScoreAdj } = parseReportOf(
      run(host, { ...DOCUMENT, user: { uid: 0, gid: 0 } }),
    );
    expect([capBnd, capEff]).toEqual(Array(2).fill('0000000020000420'));
    expect(Object.values(rlimits)).toContainEqual({ soft: '1024', hard: '1024' });
    expect(oomScoreAdj?.trim()).toBe('300');
  });

  test('has those that it names', () => {
    const none = { bounding: [], effective: [], permitted: [] };
    const document = {
      ...DOCUMENT,
      capabilities: none,
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 50, hard: 60 }],
      noNewPrivileges: true,
      oomScoreAdj: 900,
    };
    const { capBnd, rlimits, noNewPrivs, oomScoreAdj } = parseReportOf(run(startHost(), document));
    expect(capBnd).toBe('0000000000000000');
    expect(Object.values(rlimits)).toContainEqual({ soft: '50', hard: '60' });
    expect({ noNewPrivs, oom: oomScoreAdj?.trim() }).toEqual({ noNewPrivs: 1, oom: '900' });
  });

  test('is changed by flags, and by arguments', () => {
    const host = startHost();
    const { uid, env, cwd } = parseReportOf(run(host, DOCUMENT, ['--user', '5', '-e', 'ONLY=that', '--cwd', '/']));
    expect({ uid, env, cwd }).toEqual({ uid: 5, env: ['ONLY=that', 'HOME=/'], cwd: '/' });
    expect(run(host, DOCUMENT, [], ['/probe', 'exit', '3']).status).toBe(3);
  });

  test('keeps integers that no number holds', () => {
    const rlimits = '[{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}]';
    const text = JSON.stringify(DOCUMENT).replace('{', `{"rlimits":${rlimits},`);
    expect(run(startHost(), text)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe("the container's own process", () => {
  test('keeps integers that no number holds', () => {
    const host = startHost({
      edit: (text) =>
        text.replace(
          /"rlimits":\[[^\]]*\]/,
          '"rlimits":[{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}]',
        ),
    });
    expect(host.exec(['/probe', 'true'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('is that of create, whatever becomes of the bundle', () => {
    const host = startHost({
      mutate: ({ process }) => {
        process.env.push('SAVED=yes');
      },
    });
    writeFileSync(host.bundle.config, '{}');
    const { env } = parseReportOf(host.exec(['/probe', 'report']));
    expect(env).toContain('SAVED=yes');
  });
});

describe('a document that is wrong', () => {
  const { args, cwd } = DOCUMENT;
  const WRONG: readonly (readonly [string, unknown, string])[] = [
    ['is not JSON', '{', 'cannot parse "PATH": line 1, column 2: '],
    ['has a key twice', '{"cwd":"/","cwd":"/tmp","args":["/probe"]}', 'cannot parse "PATH": '],
    ['is a list', [], 'invalid PATH: found an array, must be an object'],
    ['has no directory', { args }, 'invalid PATH: cwd: found nothing, must be set'],
    ['has a relative directory', { args, cwd: 'tmp' }, 'invalid PATH: cwd: found "tmp", must be an absolute path'],
    ['has no program', { cwd }, 'invalid PATH: args: found nothing, must be set'],
    [
      'has an empty program',
      { cwd, args: [] },
      'invalid PATH: args: found an empty array, must have at least one entry',
    ],
    [
      'has a text for a number',
      { args, cwd, user: { uid: '0' } },
      'invalid PATH: user.uid: found "0", must be an integer',
    ],
    [
      'has a negative uid',
      { args, cwd, user: { uid: -1, gid: 0 } },
      'invalid PATH: user.uid: found -1, must be an integer',
    ],
    ['has a variable without "="', { args, cwd, env: ['HOME'] }, 'invalid PATH: env[0]: found no "=" in "HOME"'],
    [
      'has a limit twice',
      { args, cwd, rlimits: Array(2).fill({ type: 'RLIMIT_CORE', soft: 1, hard: 1 }) },
      'invalid PATH: rlimits[1].type: found "RLIMIT_CORE" twice, must be there once',
    ],
    [
      'has an unknown limit',
      { args, cwd, rlimits: [{ type: 'RLIMIT_FUN', soft: 1, hard: 1 }] },
      'invalid PATH: rlimits[0].type: found "RLIMIT_FUN", must be a resource of Linux',
    ],
    [
      'has CPUs that are no list',
      { args, cwd, execCPUAffinity: { final: '3-1' } },
      'invalid PATH: execCPUAffinity.final: ',
    ],
    ['has a NUL in an argument', '{"cwd":"/","args":["/probe","\\u0000"]}', 'cannot parse "PATH": '],
  ];
  test.each(WRONG)('%s is refused', (_, document, words) => {
    const host = startHost();
    const { status, stderr } = run(host, document);
    expect(stderr).toContain(`tsrun: ${words.replace('PATH', besideBundle(host, 'process.json'))}`);
    expect(status).toBe(255);
  });

  test('is told of with everything that is wrong at once', () => {
    const { status, stderr } = run(startHost(), {
      cwd: 'a',
      args: [''],
      env: ['x'],
      user: { uid: 0, gid: 0, umask: 512 },
    });
    expect(stderr).toMatch(/: 4 problems\n/);
    for (const path of ['cwd', 'args[0]', 'env[0]', 'user.umask']) expect(stderr).toContain(`  ${path}: found`);
    expect(status).toBe(255);
  });

  test('of a kind that is no file, or is not there, is not waited for', () => {
    const host = startHost();
    const path = besideBundle(host, 'place');
    const expectRefused = (words: string) => {
      const { status, stderr } = host.exec([], ['--process', path]);
      expect(stderr).toBe(`tsrun: cannot read "${path}": ${words}\n`);
      expect(status).toBe(255);
    };
    expectRefused('no such file or directory (ENOENT)');
    execFileSync('mkfifo', [path]);
    expectRefused('it is not a regular file');
    execFileSync('rm', [path]);
    mkdirSync(path);
    expectRefused('it is not a regular file');
    execFileSync('rmdir', [path]);
    writeFileSync(path, '');
    truncateSync(path, 17 * 2 ** 20);
    expectRefused('it has 17825792 bytes, at most 16777216 are accepted');
  });
});

describe('execCPUAffinity', () => {
  const ALL = Number(execFileSync('nproc', ['--all'], { encoding: 'utf8' }));

  test('binds the process, to begin with or for good', () => {
    const host = startHost();
    const affinity = (execCPUAffinity: object) => parseReportOf(run(host, { ...DOCUMENT, execCPUAffinity })).cpus;
    expect(affinity({ final: '0' })).toBe(1);
    expect(affinity({ initial: '0' })).toBe(1);
    expect(affinity({ initial: '0', final: `0-${ALL - 1}` })).toBe(ALL);
    expect(affinity({})).toBe(ALL);
  });

  test('is undone where tsrun was bound by its caller', () => {
    const { tsrun, id } = startHost();
    const outcome = tsrun.execute('taskset', ['1', TSRUN, '--root', tsrun.root, 'exec', id, '/probe', 'report']);
    expect(parseReportOf(outcome).cpus).toBe(ALL);
  });

  test('of CPUs that there are not is an error', () => {
    const { status, stderr } = run(startHost(), { ...DOCUMENT, execCPUAffinity: { final: '8000' } });
    expect(stderr).toMatch(/: bind the process to the CPUs 8000: invalid argument \(EINVAL\)\n/);
    expect(status).toBe(255);
  });
});
