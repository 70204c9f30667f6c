// config.md, "Process" and "POSIX process".
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { create, expectRefused, report, run } from '../container.js';
import { shows } from '../shows.js';

describe('config.md, Process', () => {
  shows(['process-console-size'], 'a console size without a terminal is ignored', () => {
    const found = report((spec) => {
      spec.process.consoleSize = { height: 25, width: 80 };
    });
    expect(found.pid).toBe(1);
  });

  shows(['process-cwd-required'], 'cwd is where the program begins', () => {
    const { cwd } = report((spec) => {
      spec.process.cwd = '/tmp';
    });
    expect(cwd).toBe('/tmp');
  });

  for (const cwd of ['tmp', './tmp', '']) {
    shows(['process-cwd-absolute'], `a cwd of ${JSON.stringify(cwd)} is an error`, () => {
      expectRefused((spec) => {
        spec.process.cwd = cwd;
      });
    });
  }

  shows(['process-cwd-required'], 'a process without cwd is an error', () => {
    expectRefused((spec) => {
      delete (spec.process as { cwd?: string }).cwd;
    });
  });

  for (const [title, args] of [
    ['no args', undefined],
    ['args without an entry', []],
  ] as const) {
    shows(['process-args'], `${title} are an error`, () => {
      expectRefused((spec) => {
        if (args === undefined) delete (spec.process as { args?: string[] }).args;
        else spec.process.args = [...args];
      });
    });
  }

  shows(['process-args', 'lifecycle-program'], 'a program without a slash is looked for in PATH', () => {
    const { status } = run({
      args: ['other', 'exit', '42'],
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'programs'));
        copyFileSync(join(rootfs, 'probe'), join(rootfs, 'programs', 'other'));
      },
      mutate: (spec) => {
        spec.process.env = ['PATH=/absent:/programs'];
      },
    });
    expect(status).toBe(42);
  });

  shows(['process-args', 'lifecycle-program'], 'the program has its arguments to the letter', () => {
    const args = ['/probe', 'report', '', 'a b', '"ü"', '-x', '$HOME', '\\'];
    expect(JSON.parse(run({ args }).stdout).args).toEqual(args);
  });

  shows(['lifecycle-program'], 'the program has the variables of env', () => {
    const { env } = report((spec) => {
      spec.process.env = ['PATH=/', 'A=1', 'EMPTY=', 'TEXT=a=b c'];
    });
    expect(env).toEqual(expect.arrayContaining(['A=1', 'EMPTY=', 'TEXT=a=b c']));
  });
});

describe('config.md, POSIX process', () => {
  const limit = (type: string, soft: number, hard: number) => ({ type, soft, hard });

  shows(['rlimits-soft', 'rlimits-hard', 'rlimits-getrlimit'], 'the limits are those of config.json', () => {
    const { rlimits } = report((spec) => {
      spec.process.rlimits = [
        limit('RLIMIT_NOFILE', 512, 700),
        limit('RLIMIT_CORE', 0, 0),
        limit('RLIMIT_MSGQUEUE', 4096, 8192),
      ];
    });
    expect(rlimits.RLIMIT_NOFILE).toEqual({ soft: '512', hard: '700' });
    expect(rlimits.RLIMIT_CORE).toEqual({ soft: '0', hard: '0' });
    expect(rlimits.RLIMIT_MSGQUEUE).toEqual({ soft: '4096', hard: '8192' });
  });

  for (const type of ['RLIMIT_NOSUCH', 'NOFILE', 'rlimit_nofile']) {
    shows(['rlimits-unknown'], `a limit of ${type} is an error`, () => {
      expectRefused((spec) => {
        spec.process.rlimits = [limit(type, 1, 1)];
      });
    });
  }

  shows(['rlimits-duplicates'], 'two limits of one type are an error', () => {
    expectRefused((spec) => {
      spec.process.rlimits = [limit('RLIMIT_NOFILE', 512, 512), limit('RLIMIT_NOFILE', 512, 512)];
    });
  });
});

describe('config.md, User', () => {
  shows(['user-uid', 'user-gid'], 'the program has uid, gid and the additional groups', () => {
    const found = report((spec) => {
      spec.process.user = { uid: 1000, gid: 100, additionalGids: [10, 20] };
    });
    expect(found).toMatchObject({ uid: 1000, euid: 1000, suid: 1000, gid: 100, egid: 100, sgid: 100 });
    expect(found.groups).toEqual(expect.arrayContaining([10, 20]));
    expect(found.groups.filter((gid) => ![10, 20, 100].includes(gid))).toEqual([]);
  });

  shows(['user-umask'], 'the program has the umask of config.json', () => {
    const { umask } = report((spec) => {
      spec.process.user = { uid: 0, gid: 0, umask: 0o027 };
    });
    expect(Number.parseInt(umask, 8)).toBe(0o027);
  });

  shows(['user-uid', 'user-gid'], 'a user without privileges runs a program that was created by root', () => {
    const { runtime, id } = create({ mutate: (spec) => Object.assign(spec.process, { user: { uid: 7, gid: 8 } }) });
    runtime.must(['start', id]);
  });
});
