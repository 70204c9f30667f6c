// --user NAME[:GROUP]: names are those of the container's own files, whatever these are.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Host, reportBeside, startHost } from '../support/exec.js';

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
alice:x:1000:1001:Alice:/home/alice:/bin/sh
twin:x:1000:1002::/home/twin:
homeless:x:1003:1003:::
broken:x:no:1:::
broken:x:1004:1004:::
1:x:77:77:::
`;
const GROUP = `root:x:0:
wheel:x:10:root,alice
staff:x:50:alicia,alice
other:x:60:bob
odd:x:no:alice
`;

function withFiles(passwd: string | null = PASSWD, group: string | null = GROUP): Host {
  return startHost({
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'etc'));
      if (passwd !== null) writeFileSync(join(rootfs, 'etc/passwd'), passwd);
      if (group !== null) writeFileSync(join(rootfs, 'etc/group'), group);
    },
  });
}

function whoIs(host: Host, user: string, flags: readonly string[] = []) {
  const { uid, gid, groups, env } = reportBeside(host, ['--user', user, ...flags]);
  return { uid, gid, groups, home: env.find((entry) => entry.startsWith('HOME=')) };
}

describe('a user by name', () => {
  test('has the ids, the groups and the home directory of the container', () => {
    expect(whoIs(withFiles(), 'alice')).toEqual({ uid: 1000, gid: 1001, groups: [10, 50], home: 'HOME=/home/alice' });
  });

  test('is told from another one of the same number', () => {
    expect(whoIs(withFiles(), 'twin')).toEqual({ uid: 1000, gid: 1002, groups: [], home: 'HOME=/home/twin' });
  });

  test('with a group is in that one alone', () => {
    const host = withFiles();
    expect(whoIs(host, 'alice:staff')).toEqual({ uid: 1000, gid: 50, groups: [], home: 'HOME=/home/alice' });
    expect(whoIs(host, 'alice:7')).toEqual({ uid: 1000, gid: 7, groups: [], home: 'HOME=/home/alice' });
    expect(whoIs(host, '1003:wheel')).toEqual({ uid: 1003, gid: 10, groups: [], home: 'HOME=/' });
  });

  test('is in the groups of --additional-gids too, but in none of the container', () => {
    const host = startHost({
      mutate: ({ process }) => {
        process.user.additionalGids = [99];
      },
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'etc'));
        writeFileSync(join(rootfs, 'etc/passwd'), PASSWD);
      },
    });
    expect(whoIs(host, 'alice', ['-g', '7']).groups).toEqual([7]);
  });

  test('whose entry names no home directory has /', () => {
    expect(whoIs(withFiles(), 'homeless').home).toBe('HOME=/');
  });

  test('is the first entry that is well formed', () => {
    expect(whoIs(withFiles(), 'broken').uid).toBe(1004);
  });

  test('that is a number is that number, whatever the file says', () => {
    expect(whoIs(withFiles(), '1').uid).toBe(1);
  });

  test('keeps a HOME that the environment has', () => {
    expect(whoIs(withFiles(), 'alice', ['--env', 'HOME=/given']).home).toBe('HOME=/given');
  });

  test.each(['bob', 'alic', 'Alice', 'alice ', '#', 'odd'])('%j, who is not there, is an error', (user) => {
    const { status, stderr } = withFiles().exec(['/probe', 'true'], ['--user', user]);
    expect(stderr).toContain(`: find the user "${user}": no entry of /etc/passwd in the container has that name\n`);
    expect(status).toBe(255);
  });

  test('in a group that is not there is an error', () => {
    const { status, stderr } = withFiles().exec(['/probe', 'true'], ['--user', 'alice:nobody']);
    expect(stderr).toMatch(
      /: find the user "alice" and the group "nobody": no entry of \/etc\/group in the container has that name\n$/,
    );
    expect(status).toBe(255);
  });
});

describe('the files of the container', () => {
  function expectUnknown(host: Host): void {
    const { status, stderr } = host.exec(['/probe', 'true'], ['--user', 'alice']);
    expect(stderr).toMatch(/: find the user "alice": no entry of \/etc\/passwd in the container has that name\n$/);
    expect(status).toBe(255);
  }

  test('may be missing', () => {
    expectUnknown(startHost());
  });

  test('are not waited for when they are fifos', () => {
    const host = withFiles(null);
    execFileSync('mkfifo', [join(host.bundle.rootfs, 'etc/passwd')]);
    expectUnknown(host);
  });

  test('are read up to a limit', () => {
    const host = withFiles();
    truncateSync(join(host.bundle.rootfs, 'etc/passwd'), 64 * 2 ** 30);
    expect(whoIs(host, 'alice').uid).toBe(1000);
    writeFileSync(join(host.bundle.rootfs, 'etc/passwd'), `${'#'.repeat(2 ** 20)}\n${PASSWD}`);
    expectUnknown(host);
  });

  test("are never the host's, wherever their links lead", () => {
    const host = withFiles(null);
    const path = join(host.bundle.rootfs, 'etc/passwd');
    symlinkSync('../../../../../../etc/passwd', path);
    const { status } = host.exec(['/probe', 'true'], ['--user', 'daemon']);
    expect(status).toBe(255);
    rmSync(path);
    symlinkSync('/own', path);
    writeFileSync(join(host.bundle.rootfs, 'own'), PASSWD);
    expect(whoIs(host, 'alice').uid).toBe(1000);
  });

  test('are not read where a link leads to what is no file', () => {
    const host = withFiles(null);
    // A look at the kernel's messages takes them away from the host's log, or waits for the next one.
    symlinkSync('/proc/kmsg', join(host.bundle.rootfs, 'etc/passwd'));
    expectUnknown(host);
    expect(reportBeside(host).env).toContain('HOME=/');
  });

  test('may be directories', () => {
    const host = withFiles(null);
    mkdirSync(join(host.bundle.rootfs, 'etc/passwd'));
    expectUnknown(host);
  });
});
