// The default profiles of podman and Docker, and the filters that are kept for the next container.
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Seccomp } from '../../src/spec/types.js';
import { CAPABILITIES, makeBundle } from '../support/bundle.js';
import { PROJECT } from '../support/paths.js';
import { denying, numberOf, podmanProfile, probeUnder, withSeccomp } from '../support/seccomp.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';

/** Docker's differs from podman's in its default: EPERM, and the runtime's ENOSYS for calls that it could not know. */
const docker = (): Seccomp => ({ ...podmanProfile(CAPABILITIES), defaultErrnoRet: 1 });

describe.each([
  ['podman', () => podmanProfile(CAPABILITIES)],
  ['Docker', docker],
] as const)("%s's default profile", (_name, profile) => {
  test.each([true, false])('runs a program, with noNewPrivileges %s', (noNewPrivileges) => {
    expect(probeUnder(profile(), ['call', numberOf('getppid')], { noNewPrivileges })).toBe('0');
  });

  test('forbids what the capabilities do not allow', () => {
    expect(probeUnder(profile(), ['call', numberOf('chroot'), '0'])).toBe('EPERM');
  });

  test('has the C library fall back where a call is not there', () => {
    expect(probeUnder(profile(), ['call', '9999'])).toBe('ENOSYS');
  });

  test('lets a program of another user start children', () => {
    const options = {
      mutate: (spec: { process: { user: object } }) => Object.assign(spec.process.user, { uid: 1000 }),
    };
    expect(probeUnder(profile(), ['call-threaded', numberOf('getppid')], options)).toBe('alive');
    expect(probeUnder(profile(), ['zombie', '1'], options)).toBe('');
  });
});

test('bundles/seccomp shows what its filter answers', () => {
  const bundle = join(PROJECT, 'bundles', 'seccomp');
  const { status, stdout, stderr } = newTsrun().call(['run', '--bundle', bundle, 'seccomp']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Bad system call\n' });
  expect(stdout.split('\n')).toEqual([
    'filter mode: 2',
    'chmod: file: Operation not permitted',
    "mkdir: can't create directory 'directory': Read-only file system",
    expect.stringMatching(/^sh: can't kill pid \d+: No such process$/),
    'kill: SIGTERM may be sent',
    'sync: exit status 159',
    '',
  ]);
});

describe('a filter is kept', () => {
  const cacheOf = (tsrun: Tsrun) => join(tsrun.root, '.seccomp');
  const run = (tsrun: Tsrun, seccomp: Seccomp) => {
    const { path } = makeBundle(withSeccomp(seccomp, { args: ['/probe', 'call', numberOf('getppid')] }));
    return tsrun.must(['run', '--bundle', path, tsrun.newId()]).stdout.trimEnd();
  };
  const answering = (errnoRet: number) => denying({ names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet });
  /** Runs a container with the filter, and answers the file of it. */
  const keep = (tsrun: Tsrun, seccomp: Seccomp) => {
    run(tsrun, seccomp);
    const names = readdirSync(cacheOf(tsrun));
    expect(names).toHaveLength(1);
    return join(cacheOf(tsrun), names[0] as string);
  };

  test('for the next container with the same, which takes it as it is', () => {
    const tsrun = newTsrun();
    const file = keep(tsrun, answering(1));
    const before = statSync(file, { bigint: true });
    expect(run(tsrun, answering(1))).toBe('EPERM');
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    expect(readdirSync(cacheOf(tsrun))).toHaveLength(1);
  });

  test('where only tsrun can write, and is no container', () => {
    const tsrun = newTsrun();
    const file = keep(tsrun, answering(1));
    expect([statSync(cacheOf(tsrun)).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(tsrun.must(['list', '--quiet']).stdout).toBe('');
  });

  test('and not taken for another', () => {
    const tsrun = newTsrun();
    const file = keep(tsrun, answering(1));
    // Every name is the same file: what it was made of decides.
    const text = readFileSync(file);
    for (let name = 0; name < 256; name += 1) {
      writeFileSync(join(cacheOf(tsrun), name.toString(16).padStart(2, '0')), text, { mode: 0o600 });
    }
    expect(run(tsrun, answering(7))).toBe('E2BIG');
    expect(run(tsrun, answering(1))).toBe('EPERM');
  });

  test.each([
    ['is torn', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -8))],
    ['is empty', (file: string) => writeFileSync(file, '')],
    [
      'has another program',
      (file: string) => {
        const bytes = readFileSync(file);
        // The value of the last instruction, a return: allow.
        bytes.writeUInt32LE(0x7fff0000, bytes.length - 4);
        writeFileSync(file, bytes);
      },
    ],
    ['belongs to somebody else', (file: string) => chownSync(file, 1000, 1000)],
    ['can be written by others', (file: string) => chmodSync(file, 0o666)],
    [
      'is a link',
      (file: string) => {
        const copy = `${file}.copy`;
        writeFileSync(copy, readFileSync(file));
        rmSync(file);
        symlinkSync(copy, file);
      },
    ],
    ['is in a directory that others can write', (file: string) => chmodSync(join(file, '..'), 0o777)],
  ] as const)('and made anew if it %s', (_what, spoil) => {
    const tsrun = newTsrun();
    spoil(keep(tsrun, answering(7)));
    expect(run(tsrun, answering(7))).toBe('E2BIG');
  });
});
