// The engine obeys its surroundings; the front keeps them from it. A canary that sings is a door that is open.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';

/** A directory full of what a JavaScript engine reads from where it stands. */
function makeTrap(): { directory: string; canary: string; script: string } {
  const directory = makeTemporary();
  const canary = join(directory, 'sang');
  const script = join(directory, 'canary.js');
  writeFileSync(script, `require('fs').writeFileSync(${JSON.stringify(canary)}, 'x'); console.log('canary');`);
  writeFileSync(
    join(directory, '.env'),
    `TSRUN_CALLER_CWD=/canary\nBUN_OPTIONS=--preload=${script}\nXDG_RUNTIME_DIR=/canary\n`,
  );
  writeFileSync(join(directory, '.env.local'), 'TSRUN_CALLER_UMASK=777\n');
  writeFileSync(join(directory, 'bunfig.toml'), `preload = [${JSON.stringify(script)}]\n[run]\nbun = true\n`);
  writeFileSync(
    join(directory, 'package.json'),
    '{ "type": "commonjs", "main": "./canary.js", "imports": { "#x": "./canary.js" } }',
  );
  writeFileSync(join(directory, 'tsconfig.json'), '{ "compilerOptions": { "paths": { "node:fs": ["./canary.js"] } } }');
  return { directory, canary, script };
}

/** Every way through the engine: results, the hand-off, an error of its own, an error of the helper's. */
function walkThrough(tsrun: Tsrun, options: { cwd?: string; env?: Record<string, string> }): string {
  const id = tsrun.newId();
  const { path } = makeBundle({ args: ['/probe', 'true'] });
  const absent = makeBundle({ args: ['absent'] });
  const calls: [string[], number][] = [
    [['--version'], 0],
    [['list', '-q'], 0],
    [['create', '-b', path, id], 0],
    [['start', id], 0],
    [['state', id], 0],
    [['delete', '--force', id], 0],
    [['run', '-b', path, id], 0],
    [['state', id], 1],
    [['create', '-b', absent.path, id], 1],
  ];
  return calls
    .map(([args, status]) => {
      const outcome = tsrun.call(args, options);
      expect({ args, status: outcome.status, stderr: outcome.stderr }).toMatchObject({ args, status });
      return outcome.stdout + outcome.stderr;
    })
    .join('');
}

describe('the engine', () => {
  test('reads no .env, bunfig.toml, package.json or tsconfig.json of the current directory', () => {
    const { directory, canary } = makeTrap();
    const said = walkThrough(newTsrun(), { cwd: directory });
    expect(existsSync(canary)).toBe(false);
    expect(said).not.toContain('canary');
  });

  for (const [name, value] of [
    ['BUN_OPTIONS', '--preload=SCRIPT'],
    ['BUN_BE_BUN', '1'],
    ['BUN_INSPECT_PRELOAD', 'SCRIPT'],
    ['NODE_OPTIONS', '--require=SCRIPT'],
    ['LD_PRELOAD', '/absent/canary.so'],
    ['LD_LIBRARY_PATH', '/absent/canary'],
    ['LD_DEBUG', 'libs'],
    ['GCONV_PATH', '/absent/canary'],
    ['NODE_PATH', '/absent/canary'],
  ] as const) {
    test(`does not obey ${name}`, () => {
      const { canary, script } = makeTrap();
      const plain = walkThrough(newTsrun(), {}).length;
      const said = walkThrough(newTsrun(), { env: { [name]: value.replace('SCRIPT', script) } });
      expect(existsSync(canary)).toBe(false);
      expect(said).not.toContain('canary');
      // Ids and pids differ by a digit or two; a listing of Bun's or a linker's would be pages.
      expect(Math.abs(said.length - plain)).toBeLessThan(60);
    });
  }

  test('does not believe notes that its caller forged', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle();
    const env = {
      TSRUN_CALLER_CWD: '/absent',
      TSRUN_CALLER_UMASK: '777',
      TSRUN_CALLER_OPEN: '9',
      TSRUN_CALLER_HANDOFF: '1',
    };
    const { stdout } = tsrun.must(['run', '-b', 'rootfs/..', tsrun.newId()], { cwd: bundle.path, env });
    expect(parseReport(stdout).umask).toBe('0022');
    expect(tsrun.call(['run', '--preserve-fds', '1', '-b', bundle.path, tsrun.newId()], { env }).stderr).toBe(
      'tsrun: cannot preserve descriptor 3: it is not open\n',
    );
  });

  test("gives nothing of its caller's environment to the container", () => {
    const tsrun = newTsrun();
    const { stdout } = tsrun.must(['run', '-b', makeBundle().path, tsrun.newId()], {
      env: { CANARY: '1', TSRUN_X: '2' },
    });
    expect(parseReport(stdout).env).toEqual(['PATH=/usr/bin:/bin', 'TERM=xterm', 'HOME=/']);
  });
});

describe('a current directory that was deleted', () => {
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';

  test('does not matter to absolute paths', () => {
    const tsrun = newTsrun();
    const cwd = makeTemporary();
    const { status, stderr } = tsrun.callFrom(
      script,
      ['run', '-b', makeBundle({ args: ['/probe', 'true'] }).path, tsrun.newId()],
      { cwd },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('is a clear error for relative ones', () => {
    const tsrun = newTsrun();
    const { status, stderr } = tsrun.callFrom(script, ['create', tsrun.newId()], { cwd: makeTemporary() });
    expect(stderr).toBe(
      'tsrun: cannot resolve ".": the current directory does not exist any more\nhint: give an absolute path, or change to another directory\n',
    );
    expect(status).toBe(1);
  });
});
