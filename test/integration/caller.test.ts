// What tsrun's caller left: closed descriptors, umask, limits, signals. The container must not notice.
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { parseReport } from '../support/probe.js';
import { newTsrun } from '../support/tsrun.js';

const WRITES = { args: ['/probe', 'write', '/made', 'x'] };

describe('a caller', () => {
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&-', '<&- 2>&-', '>&- 2>&-', '<&- >&- 2>&-']) {
    test(`who closed ${closed} gets a container all the same`, () => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const bundle = makeBundle(WRITES);
      expect(tsrun.callFrom(`exec "$@" ${closed}`, ['create', '-b', bundle.path, id]).status).toBe(0);
      expect(tsrun.callFrom(`exec "$@" ${closed}`, ['start', id]).status).toBe(0);
      expect(tsrun.callFrom(`exec "$@" ${closed}`, ['delete', '-f', id]).status).toBe(0);
      expect(tsrun.callFrom(`exec "$@" ${closed}`, ['run', '-b', bundle.path, id]).status).toBe(0);
      expect(statSync(join(bundle.rootfs, 'made')).size).toBe(1);
    });
  }

  test('who closed all three still gives the program three descriptors, of /dev/null', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({ args: ['/probe', 'write', '/made', 'x'] });
    const id = tsrun.newId();
    tsrun.callFrom('exec "$@" <&- >&- 2>&-', ['create', '-b', bundle.path, id]);
    const { pid } = tsrun.state(id) ?? { pid: 0 };
    const targets = ['0', '1', '2'].map((fd) => statSync(`/proc/${pid}/fd/${fd}`).rdev);
    expect(targets).toEqual(Array(3).fill(statSync('/dev/null').rdev));
  });

  test('with any umask gets the same modes', () => {
    const modes = ['022', '077', '000', '777'].map((umask) => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const bundle = makeBundle({
        mutate: (spec) => {
          spec.process.cwd = '/made/deep';
          spec.mounts.push({ destination: '/point', type: 'tmpfs' });
        },
      });
      const pidFile = join(bundle.path, 'pid');
      const made = tsrun.callFrom(`umask ${umask}; exec "$@"`, [
        'create',
        '--pid-file',
        pidFile,
        '-b',
        bundle.path,
        id,
      ]);
      expect(made).toMatchObject({ status: 0, stderr: '' });
      const state = join(tsrun.root, id);
      const paths = [
        tsrun.root,
        state,
        ...readdirSync(state)
          .sort()
          .map((name) => join(state, name)),
      ];
      const inside = ['made', 'made/deep', 'point'].map((name) => join(bundle.rootfs, name));
      return [...paths, ...inside].map(
        (path) => `${basename(path).replace(id, 'ID')} ${(statSync(path).mode & 0o7777).toString(8)}`,
      );
    });
    expect(modes[0]).toContain('state 700');
    expect(modes[0]).toContain('deep 755');
    expect(modes[1]).toEqual(modes[0]);
    expect(modes[2]).toEqual(modes[0]);
  });

  test('with any umask does not pass it on to the program', () => {
    const tsrun = newTsrun();
    const { stdout } = tsrun.callFrom('umask 077; exec "$@"', ['run', '-b', makeBundle().path, tsrun.newId()]);
    expect(parseReport(stdout).umask).toBe('0022');
  });

  test('who ignores and blocks signals does not pass that on', () => {
    const tsrun = newTsrun();
    const caller = 'exec env --ignore-signal=CHLD,PIPE,HUP,INT,TERM,USR1 --block-signal=CHLD,TERM,INT,USR2,PIPE "$@"';
    const { status, stdout, stderr } = tsrun.callFrom(caller, ['run', '-b', makeBundle().path, tsrun.newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { sigBlk, sigIgn } = parseReport(stdout);
    expect([sigBlk, sigIgn]).toEqual(Array(2).fill('0000000000000000'));
  });

  test('who ignores SIGCHLD gets the exit status', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({ args: ['/probe', 'exit', '42'] });
    const script = 'exec env --ignore-signal=CHLD --block-signal=CHLD "$@"';
    expect(tsrun.callFrom(script, ['run', '-b', bundle.path, tsrun.newId()]).status).toBe(42);
  });

  test('gives its soft limit of descriptors to the container', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      mutate: (spec) => {
        spec.process.rlimits = [];
      },
    });
    const { stdout } = tsrun.callFrom('ulimit -Sn 300; ulimit -Hn 4000; exec "$@"', [
      'run',
      '-b',
      bundle.path,
      tsrun.newId(),
    ]);
    expect(parseReport(stdout).rlimits.RLIMIT_NOFILE).toEqual({ soft: '300', hard: '4000' });
  });

  test('whose standard output is full gets no hang and no stack', () => {
    const tsrun = newTsrun();
    const { stderr } = tsrun.callFrom('exec "$@" >/dev/full', ['features']);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(3);
  });
});
