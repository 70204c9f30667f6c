// Standard input, output and error of a program without a terminal: those of its caller, which its user can open by name.
import { chmodSync, chownSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { makeTemporary } from '../support/temporary.js';
import { runScriptOnTerminal } from '../support/terminal.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';

const UID = 1000;

function makeUserBundle(args: readonly string[]) {
  return makeBundle({
    args: ['/probe', ...args],
    mutate: (spec) => {
      spec.process.user = { uid: UID, gid: 1001 };
    },
  });
}

/** Runs the program in a script in which `"$@"` is tsrun. */
function run(script: string, args: readonly string[]): Outcome {
  const tsrun = newTsrun();
  return tsrun.callFrom(script, ['run', '--bundle', makeUserBundle(args).path, tsrun.newId()]);
}

describe('the streams of a program that is not root', () => {
  test('are its own where they are pipes, so it can open /dev/stderr', () => {
    expect(run('"$@" 2>&1 | cat', ['append', '/dev/stderr', 'said'])).toMatchObject({ stdout: 'said', stderr: '' });
  });

  test('are its own where they are files for writing', () => {
    const path = join(makeTemporary(), 'log');
    const { stdout } = run(`"$@" 2>>${path}; stat -c %u ${path}; cat ${path}`, ['append', '/dev/stderr', 'said']);
    expect(stdout).toBe(`${UID}\nsaid`);
  });

  test('are not its own where it was only given a file to read, which it could write then', () => {
    const path = join(makeTemporary(), 'input');
    writeFileSync(path, 'read me\n');
    expect(run('"$@" <'.concat(path), ['cat-stdin']).stdout).toBe('read me\n');
    expect(run('"$@" <'.concat(path), ['write', '/dev/stdin', 'x']).stderr).toContain('EACCES');
    expect({ uid: statSync(path).uid, text: readFileSync(path, 'utf8') }).toEqual({ uid: 0, text: 'read me\n' });
  });

  test('stay whose they are where they are devices', () => {
    const before = ['/dev/null', '/dev/zero', '/dev/full'].map((path) => statSync(path).uid);
    expect(run('"$@" </dev/zero >/dev/full 2>/dev/null', ['true']).status).toBe(0);
    expect(['/dev/null', '/dev/zero', '/dev/full'].map((path) => statSync(path).uid)).toEqual(before);
  });

  test('stay whose they are where they are a terminal of the host, whose modes stay as well', async () => {
    const tsrun = newTsrun();
    const command = ['run', '--bundle', makeUserBundle(['true']).path, tsrun.newId()];
    const running = await runScriptOnTerminal('"$@"; stat -Lc %u /dev/stdin', tsrun, command);
    expect(await running.ended).toEqual({ status: 0, modes: 'as opened', shown: '0\r\n' });
  });

  test('belong to root again when root is next to write to them', () => {
    const path = join(makeTemporary(), 'log');
    writeFileSync(path, '');
    chownSync(path, UID, UID);
    chmodSync(path, 0o600);
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'append', '/dev/stdout', 'said'],
      mutate: (spec) => {
        delete spec.process.capabilities;
      },
    });
    tsrun.callFrom(`"$@" >${path}`, ['run', '--bundle', bundle.path, tsrun.newId()]);
    expect({ uid: statSync(path).uid, text: readFileSync(path, 'utf8') }).toEqual({ uid: 0, text: 'said' });
  });

  test('may be one that cannot be given away', () => {
    const tsrun = newTsrun();
    const path = join(makeTemporary(), 'append-only');
    writeFileSync(path, '');
    const fd = openSync(path, 'a');
    tsrun.execute('chattr', ['+a', path]);
    const { status, stderr } = tsrun.callFrom(
      `"$@" >&3; status=$?; chattr -a ${path}; exit $status`,
      ['run', '--bundle', makeUserBundle(['true']).path, tsrun.newId()],
      { passed: [fd] },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
