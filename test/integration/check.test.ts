// check: what users get of it, its exit statuses, and what it does with whatever it is given.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle, type SpecDraft, shareNamespace } from '../support/bundle.js';
import { PROJECT, TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';

const NOBODY = 65_534;

interface Report {
  readonly summary: { readonly errors: number; readonly warnings: number; readonly notes: number };
  readonly findings: readonly { readonly rule: string; readonly pointer: string; readonly line: number }[];
}

function check(...args: readonly string[]): Outcome {
  return newTsrun().call(['check', ...args], { uid: NOBODY });
}

function report(...args: readonly string[]): Report {
  return JSON.parse(newTsrun().call(['check', '--format', 'json', ...args]).stdout);
}

function rules(...args: readonly string[]): string[] {
  return report(...args).findings.map(({ rule, pointer }) => `${rule} ${pointer}`);
}

/** A bundle whose config.json is this text. */
function written(text: string | Uint8Array): string {
  const path = makeTemporary();
  writeFileSync(join(path, 'config.json'), text);
  chmodSync(path, 0o755);
  return path;
}

const misspelled = () => makeBundle({ edit: (text) => text.replace('"noNewPrivileges"', '"nonewprivileges"') });
const wrong = () => makeBundle({ mutate: (spec) => Object.assign(spec.process, { cwd: 'x' }) });

describe('the exit status of check', () => {
  test('is 0 where nothing is found', () => {
    const { path } = makeBundle();
    expect(check(path)).toMatchObject({ status: 0, stdout: `${path}/config.json: nothing found\n`, stderr: '' });
  });

  test('is 0 with warnings', () => {
    const { status, stdout, stderr } = check(misspelled().path);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('did you mean "noNewPrivileges"?');
  });

  test('is 1 with an error, in every format', () => {
    const { path } = wrong();
    for (const format of ['text', 'json', 'sarif']) {
      expect(check('--format', format, path)).toMatchObject({ status: 1, stderr: '' });
    }
  });

  test('is 1, with a line and without a report, for a command line that means nothing', () => {
    const { path } = makeBundle();
    expect(check('--format', 'yaml', path)).toMatchObject({
      ...{ status: 1, stdout: '' },
      stderr: 'tsrun: unknown format "yaml": must be text, json or sarif\n',
    });
    expect(check('--hots', path)).toMatchObject({ status: 1, stdout: '' });
    expect(check(path, path)).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('check', () => {
  test('takes a bundle, the current directory, a file of any name, and --bundle', () => {
    const { path, config } = misspelled();
    const other = join(path, 'other.json');
    writeFileSync(other, readFileSync(config));
    const first = (outcome: Outcome) => outcome.stdout.split(':')[0];
    expect(first(check(path))).toBe(config);
    expect(first(check('--bundle', path))).toBe(config);
    expect(first(check(other))).toBe(other);
    expect(first(newTsrun().call(['check'], { cwd: path }))).toBe('config.json');
    expect(first(newTsrun().call(['check', './'], { cwd: path }))).toBe('config.json');
    expect(first(newTsrun().call(['check', `../${path.split('/').at(-1)}`], { cwd: path }))).toContain('../');
  });

  test('reads nothing but config.json without --host', () => {
    const { path } = makeBundle({
      mutate: (spec) => {
        spec.root.path = '/nosuch/rootfs';
        spec.mounts.push({ destination: '/x', type: 'bind', source: '/nosuch/source', options: ['rbind'] });
        spec.linux.resources = { memory: { limit: 1 << 28 }, cpu: { cpus: '0-4095' } };
      },
    });
    const trace = join(makeTemporary(), 'trace');
    const { status, stdout } = spawnSync(
      'strace',
      ['-f', '-qq', '-e', 'trace=%file', '-o', trace, TSRUN, 'check', path],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${path}/config.json: nothing found\n` });
    const [before = '', ...after] = readFileSync(trace, 'utf8').split(`"${path}/config.json"`);
    // The engine itself looks at the machine when it starts.
    expect([before.includes('/nosuch'), after.length]).toEqual([false, 1]);
    expect(after.join('').match(/(?<=")\/[^"]*/g)).toBeNull();
  });

  test('names a file that is not there, not readable, or no file', () => {
    const empty = makeTemporary();
    chmodSync(empty, 0o755);
    const secret = written('{}');
    chmodSync(join(secret, 'config.json'), 0o600);
    const linked = makeTemporary();
    chmodSync(linked, 0o755);
    symlinkSync('/dev/zero', join(linked, 'config.json'));
    const fifo = join(empty, 'fifo');
    spawnSync('mkfifo', [fifo]);
    for (const [path, words] of [
      ['/nosuch', 'cannot find the bundle "/nosuch": no such file or directory (ENOENT)'],
      [empty, `cannot read "${empty}/config.json": no such file or directory (ENOENT)`],
      [secret, `cannot read "${secret}/config.json": permission denied (EACCES)`],
      ['/dev/zero', 'cannot read "/dev/zero": it is not a regular file'],
      [linked, `cannot read "${linked}/config.json": it is not a regular file`],
      [fifo, `cannot read "${fifo}": it is not a regular file`],
    ] as const) {
      const { status, stdout, stderr } = check(path);
      expect({ status, stdout, line: stderr.split('\n')[0] }).toEqual({
        status: 1,
        stdout: '',
        line: `tsrun: ${words}`,
      });
      expect(stderr).not.toContain('    at ');
    }
  });

  test('reads at most 16 MiB', () => {
    const path = written('');
    truncateSync(join(path, 'config.json'), 16 * 1024 * 1024 + 1);
    expect(check(path)).toMatchObject({ status: 1, stdout: '' });
    expect(check(path).stderr).toContain('at most 16777216 are accepted');
  });

  test('is found by the library as well', async () => {
    const { checkBundle, encodeCheckJson } = await import('../../src/index.js');
    const { path } = misspelled();
    const { report: found } = await checkBundle(path, { audit: true });
    expect(JSON.parse(encodeCheckJson(found))).toEqual(JSON.parse(check('--audit', '--format', 'json', path).stdout));
  });
});

describe('check of hostile text ends at once and never with a stack', () => {
  const base = () => JSON.stringify(JSON.parse(readFileSync(makeBundle().config, 'utf8')));
  const add = (entry: string) => base().replace('{', `{${entry},`);
  const many = (count: number, entry: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => entry(index)).join(',');
  // What the machine needs for other work at the same moment is not the command's; alone it takes less than one.
  const MOST_SECONDS = 10;

  test.each<[string, () => string | Uint8Array]>([
    [
      '10,000 mounts',
      () =>
        base().replace(
          '"mounts":[',
          `"mounts":[${many(10_000, (i) => `{"destination":"/m${i}","type":"tmpfs","options":["nosuid","size=1m"]}`)},`,
        ),
    ],
    [
      '10,000 misspelled mounts',
      () =>
        base().replace(
          '"mounts":[',
          `"mounts":[${many(10_000, (i) => `{"destnation":"/m${i}","type":"tmpsf","options":["nosiud${i}","sise=1m"]}`)},`,
        ),
    ],
    ['a million unknown properties', () => add(many(1_000_000, (i) => `"k${i}":1`))],
    ['two million arrays', () => add(`"x":[${many(2_000_000, () => '[1,2]')}]`)],
    ['a million duplicate keys', () => add(many(1_000_000, () => '"k":1'))],
    ['a million wrong types', () => add(`"mounts":[${many(1_000_000, () => '1')}]`).replace(/"mounts":\[\{/, '"m":[{')],
    ['15 MiB of one string', () => add(`"annotations":{"x":"${'a'.repeat(15 * 1024 * 1024)}"}`)],
    ['a string of escapes', () => add(`"annotations":{"x":"${'\\\\\\"'.repeat(3_000_000)}"}`)],
    ['a long unknown name', () => add(`"${'a'.repeat(8_000_000)}":1`)],
    ['spaces', () => `${' '.repeat(16 * 1024 * 1024 - 20_000)}${base()}`],
    ['lines', () => `${'\n'.repeat(16 * 1024 * 1024 - 20_000)}${base()}`],
    ['zeros', () => new Uint8Array(16 * 1024 * 1024)],
    ['16 MiB that are not UTF-8', () => new Uint8Array(16 * 1024 * 1024).fill(0xff)],
    ['brackets', () => '['.repeat(16 * 1024 * 1024)],
    ['numbers', () => `[${many(5_000_000, () => '1')}]`],
    [
      'a profile of 100,000 unknown calls',
      () =>
        base().replace(
          '"linux":{',
          `"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO","names":[${many(100_000, (i) => `"opennat${i}"`)}]}]},`,
        ),
    ],
  ])('%s', (_, make) => {
    const path = written(make());
    const before = performance.now();
    const { status, signal, stdout, stderr } = check('--audit', path);
    expect((performance.now() - before) / 1000).toBeLessThan(MOST_SECONDS);
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
    expect([0, 1]).toContain(status);
    expect(stdout).not.toMatch(/^\s+at |TypeError|RangeError/m);
    expect(stdout.length).toBeLessThan(300_000);
  });
});

describe('check --host on this machine', () => {
  test('finds nothing wrong with what runs', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle();
    expect(report('--host', bundle.path).findings).toEqual([]);
    expect(tsrun.call(['run', '-b', bundle.path, tsrun.newId()]).status).toBe(0);
  });

  test('finds beforehand what run fails with', () => {
    const cases: readonly (readonly [finding: string, mutate: (spec: SpecDraft) => void, failure: RegExp])[] = [
      [
        'host/program /process/args/0',
        (spec) => Object.assign(spec.process, { args: ['/nosuch'] }),
        /no such file|ENOENT/,
      ],
      [
        'host/program /process/args/0',
        (spec) => Object.assign(spec.process, { args: ['/text'] }),
        /exec format error|permission denied/,
      ],
      [
        'host/program /process/args/0',
        (spec) => Object.assign(spec.process, { args: ['/script'] }),
        /no such file|ENOENT/,
      ],
      ['host/rootfs /root/path', (spec) => Object.assign(spec.root, { path: 'nosuch' }), /cannot find the rootfs/],
      [
        'host/bind-source /mounts/8/source',
        (spec) => spec.mounts.push({ destination: '/x', type: 'bind', source: '/nosuch', options: ['bind'] }),
        /"\/nosuch": no such file/,
      ],
      [
        'host/hook /hooks/createRuntime/0/path',
        (spec) => Object.assign(spec, { hooks: { createRuntime: [{ path: '/nosuch' }] } }),
        /\/nosuch/,
      ],
      [
        'host/namespace-path /linux/namespaces/1/path',
        (spec) => Object.assign(spec.linux.namespaces[1] as object, { path: '/proc/self/ns/mnt' }),
        /namespace/,
      ],
      [
        'host/rlimit /process/rlimits/0/hard',
        (spec) => Object.assign(spec.process, { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 4294967296 }] }),
        /EPERM|not permitted/,
      ],
    ];
    for (const [finding, mutate, failure] of cases) {
      const tsrun = newTsrun();
      const fill = (rootfs: string) => {
        writeFileSync(join(rootfs, 'text'), 'hello\n', { mode: 0o755 });
        writeFileSync(join(rootfs, 'script'), '#!/nosuch\n', { mode: 0o755 });
      };
      const bundle = makeBundle({ mutate, fill });
      expect(rules('--host', bundle.path)).toContain(finding);
      const { status, stderr } = tsrun.call(['run', '-b', bundle.path, tsrun.newId()]);
      expect(stderr).toMatch(failure);
      expect(status).not.toBe(0);
    }
  });

  test('says to a user that a container needs a user namespace', () => {
    const { path } = makeBundle();
    const { status, stdout } = check('--host', path);
    expect(stdout).toContain('[host/privilege]');
    expect(status).toBe(1);
  });

  test('with --systemd-cgroup asks for systemd', () => {
    const { path } = makeBundle();
    const { stdout } = newTsrun().call(['--systemd-cgroup', 'check', '--host', path]);
    const runs = readdirSync('/run').includes('systemd') && readdirSync('/run/systemd').includes('system');
    expect(stdout.includes('[host/systemd]')).toBe(!runs);
  });
});

describe('check --audit', () => {
  test('says what a container may do, and that is no error', () => {
    const { path } = makeBundle({ mutate: (spec) => shareNamespace(spec, 'pid') });
    const { status, stdout } = check('--audit', path);
    expect(stdout).toContain('[audit/host-namespace]');
    expect(status).toBe(0);
  });

  test("says of podman's default profile no more than what the kernel leaves to it", () => {
    const profile = JSON.parse(readFileSync('/usr/share/containers/seccomp.json', 'utf8'));
    const syscalls = profile.syscalls
      .filter(
        ({ includes, excludes }: { includes?: object; excludes?: object }) =>
          Object.keys({ ...includes, ...excludes }).length === 0,
      )
      .map(({ names, action, args, errnoRet }: Record<string, unknown>) =>
        JSON.parse(JSON.stringify({ names, action, args: args ?? undefined, errnoRet })),
      );
    const { path } = makeBundle({
      mutate: (spec) => Object.assign(spec.linux, { seccomp: { defaultAction: profile.defaultAction, syscalls } }),
    });
    const found = report('--audit', path).findings.filter(
      ({ rule }) => rule === 'audit/system-call' || rule === 'audit/no-seccomp',
    );
    expect(found.length).toBeLessThan(30);
    expect(report(path).findings.filter(({ rule }) => rule.startsWith('schema/'))).toEqual([]);
  });
});

test('the examples have no error and no warning', () => {
  for (const name of readdirSync(join(PROJECT, 'bundles'))) {
    expect({ name, ...report(join(PROJECT, 'bundles', name)).summary }).toEqual({
      name,
      errors: 0,
      warnings: 0,
      notes: 0,
    });
  }
});

test('check in a terminal has colours, without NO_COLOR', () => {
  const { path } = misspelled();
  const run = (environment: string) =>
    spawnSync('script', ['-qec', `env TERM=xterm ${environment} ${TSRUN} check ${path}`, '/dev/null'], {
      encoding: 'utf8',
    }).stdout;
  expect(run('')).toContain('\x1b[1;33mwarning:\x1b[0m');
  expect(run('NO_COLOR=1')).not.toContain('\x1b');
  expect(run('TERM=dumb')).not.toContain('\x1b');
  mkdirSync(join(path, 'empty'));
});
