// What the flags of exec change of the process, one by one, and what they leave.
import { describe, expect, test } from 'vitest';
import { reportBeside, startHost } from '../support/exec.js';
import { parseReport } from '../support/probe.js';

describe('--env', () => {
  test('adds variables, each as often as it is given, and the last value of a name counts', () => {
    const host = startHost();
    const { env } = reportBeside(host, ['-e', 'A=1', '--env', 'B=x=y', '--env=A=2', '-e', 'TERM=']);
    expect(env).toEqual(expect.arrayContaining(['PATH=/usr/bin:/bin', 'A=2', 'B=x=y', 'TERM=']));
    expect(env.filter((entry) => entry.startsWith('A='))).toHaveLength(1);
  });

  test('decides where the program is looked up', () => {
    const { exec } = startHost();
    expect(exec(['probe', 'true']).stderr).toContain('executable file not found in $PATH');
    expect(exec(['probe', 'true'], ['--env', 'PATH=/bin:/'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('without a "=" is refused', () => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--env', 'HOME']);
    expect(stderr).toMatch(/^tsrun: invalid process: env\[2\]: found no "=" in "HOME", must be NAME=value\n$/);
    expect(status).toBe(255);
  });
});

describe('--cwd', () => {
  test('is where the program begins', () => {
    expect(reportBeside(startHost(), ['--cwd', '/tmp']).cwd).toBe('/tmp');
  });

  test('is not made when it is missing', () => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--cwd', '/absent']);
    expect(stderr).toMatch(/: change to the working directory "\/absent": no such file or directory \(ENOENT\)\n$/);
    expect(status).toBe(255);
  });

  test('has to be absolute', () => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--cwd', 'tmp']);
    expect(stderr).toBe('tsrun: invalid process: cwd: found "tmp", must be an absolute path\n');
    expect(status).toBe(255);
  });
});

describe('--user', () => {
  const mutate = ({ process }: { process: { user: object } }) => {
    process.user = { uid: 1, gid: 2, additionalGids: [3], umask: 0o77 };
  };

  test('as a number keeps the group, the other groups and the umask of the container', () => {
    const { uid, gid, groups, umask } = reportBeside(startHost({ mutate }), ['--user', '1000']);
    expect({ uid, gid, groups, umask }).toEqual({ uid: 1000, gid: 2, groups: [3], umask: '0077' });
  });

  test('with a group changes both', () => {
    const { uid, gid, groups } = reportBeside(startHost({ mutate }), ['-u', '1000:1001']);
    expect({ uid, gid, groups }).toEqual({ uid: 1000, gid: 1001, groups: [3] });
  });

  test('and --additional-gids add groups to those of the container', () => {
    const { groups } = reportBeside(startHost({ mutate }), [
      '-g',
      '7',
      '--additional-gids',
      '8',
      '--additional-gids=7',
    ]);
    expect([...new Set(groups)].sort()).toEqual([3, 7, 8]);
  });

  test.each(['', '1:', ':1', '1:2:3', '-1', '4294967295', '99999999999'])('as %j is refused', (user) => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], [`--user=${user}`]);
    if (user === '') return expect(status).toBe(0);
    expect(stderr).toMatch(/^tsrun: invalid value of --user /);
    expect(status).toBe(255);
  });

  test.each(['x', '-1', '4294967295', ''])('and --additional-gids %j, which is none, are refused', (gid) => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], [`--additional-gids=${gid}`]);
    expect(stderr).toMatch(/^tsrun: invalid value of --additional-gids /);
    expect(status).toBe(255);
  });
});

describe('--cap', () => {
  test('adds to what the process has, and gives no ambient capability to one without inheritable ones', () => {
    const report = reportBeside(startHost(), ['--cap', 'CAP_NET_RAW', '-c', 'CAP_SYS_ADMIN']);
    const { capEff, capPrm, capBnd, capInh, capAmb } = report;
    expect([capEff, capPrm, capBnd]).toEqual(Array(3).fill('0000000020202420'));
    expect([capInh, capAmb]).toEqual(Array(2).fill('0000000000000000'));
  });

  test('gives an ambient one that is inheritable', () => {
    const host = startHost({
      mutate: ({ process }) => {
        process.user = { uid: 1000, gid: 1000 };
        process.capabilities = {
          bounding: ['CAP_KILL', 'CAP_NET_RAW'],
          effective: ['CAP_KILL'],
          permitted: ['CAP_KILL'],
          inheritable: ['CAP_KILL', 'CAP_NET_RAW'],
          ambient: ['CAP_KILL'],
        };
      },
    });
    expect(reportBeside(host).capEff).toBe('0000000000000020');
    expect(reportBeside(host, ['--cap', 'CAP_NET_RAW']).capEff).toBe('0000000000002020');
  });

  test('that no kernel knows is warned of', () => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--cap', 'CAP_FLY']);
    expect(stderr).toBe('tsrun: warning: capabilities.bounding: unknown capability "CAP_FLY" is ignored\n');
    expect(status).toBe(0);
  });
});

describe('--no-new-privs', () => {
  test('is set when it is asked for, and kept when the container has it', () => {
    const without = startHost({
      mutate: ({ process }) => {
        process.noNewPrivileges = false;
      },
    });
    expect(reportBeside(without).noNewPrivs).toBe(0);
    expect(reportBeside(without, ['--no-new-privs']).noNewPrivs).toBe(1);
    expect(reportBeside(startHost()).noNewPrivs).toBe(1);
  });
});

describe('--no-subreaper', () => {
  test('is accepted', () => {
    expect(startHost().exec(['/probe', 'true'], ['--no-subreaper'])).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a wrong command line', () => {
  test.each([
    [['exec'], 'missing required argument', 1],
    [['exec', '--absent', 'ID', '/probe'], "unknown option '--absent'", 1],
    [['exec', 'ID'], 'no program is given', 255],
    [['exec', '--preserve-fds=x', 'ID', '/probe'], 'invalid value of --preserve-fds "x"', 255],
  ] as const)('%j has the status that runc has', (args, words, expected) => {
    const { tsrun, id } = startHost();
    const { status, stderr } = tsrun.call(args.map((arg) => (arg === 'ID' ? id : arg)));
    expect(stderr).toContain(words);
    expect(status).toBe(expected);
  });
});

describe('--preserve-fds', () => {
  test('passes descriptors to the program, and no other', () => {
    const { tsrun, id } = startHost();
    const { stdout } = tsrun.callFrom('exec 3</proc/version 4</proc/uptime 5</proc/stat; exec "$@"', [
      'exec',
      '--preserve-fds',
      '2',
      id,
      '/probe',
      'report',
    ]);
    const { descriptors } = JSON.parse(stdout) as { descriptors: { fd: number; target: string }[] };
    expect(descriptors.filter(({ fd }) => fd === 3 || fd === 4).map(({ target }) => target)).toEqual([
      '/proc/version',
      '/proc/uptime',
    ]);
    expect(descriptors.find(({ target }) => target === '/proc/stat')).toBeUndefined();
  });

  test('counts from behind those of socket activation, which the program is told are its own', () => {
    const { tsrun, id } = startHost();
    const script = 'export LISTEN_FDS=1 LISTEN_PID=$$; exec 3</proc/version 4</proc/uptime; exec "$@"';
    const { stdout } = tsrun.callFrom(script, ['exec', '--preserve-fds=1', id, '/probe', 'report']);
    const { pid, env, descriptors } = parseReport(stdout);
    expect(env).toEqual(expect.arrayContaining(['LISTEN_FDS=1', `LISTEN_PID=${pid}`]));
    expect(pid).toBeGreaterThan(1);
    expect(descriptors.map(({ target }) => target)).toEqual(expect.arrayContaining(['/proc/version', '/proc/uptime']));
  });

  test('of one that is not open is refused', () => {
    const { tsrun, id } = startHost();
    const { status, stderr } = tsrun.callFrom('exec 3<&-; exec "$@"', ['exec', '--preserve-fds', '1', id, '/probe']);
    expect(stderr).toBe('tsrun: cannot preserve descriptor 3: it is not open\n');
    expect(status).toBe(255);
  });
});
