// process: what the program finds about itself.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpecDraft } from '../support/bundle.js';
import { runBundle, runProbe, runReport } from '../support/probe.js';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n';

function withPasswd(rootfs: string): void {
  mkdirSync(join(rootfs, 'etc'));
  writeFileSync(join(rootfs, 'etc/passwd'), PASSWD);
}

function environment(env: string[], uid = 0): readonly string[] {
  return runReport(
    (spec) => {
      spec.process.env = env;
      spec.process.user.uid = uid;
    },
    { fill: withPasswd },
  ).env;
}

describe('the environment', () => {
  test('is exactly the one of config.json', () => {
    expect(environment(['A=1', 'EMPTY=', 'LD_PRELOAD=x', 'BUN_OPTIONS=y', 'HOME=/h'])).toEqual([
      'A=1',
      'EMPTY=',
      'LD_PRELOAD=x',
      'BUN_OPTIONS=y',
      'HOME=/h',
    ]);
  });

  test('has the last of several values of one name', () => {
    expect(environment(['A=1', 'HOME=/h', 'A=2'])).toEqual(['A=2', 'HOME=/h']);
  });

  test('has HOME from the passwd of the container', () => {
    expect(environment(['A=1'])).toEqual(['A=1', 'HOME=/root']);
    expect(environment(['A=1'], 1000)).toEqual(['A=1', 'HOME=/home/user']);
  });

  test('has HOME from the passwd when it is empty', () => {
    expect(environment(['HOME=', 'A=1'])).toEqual(['A=1', 'HOME=/root']);
  });

  test('has HOME=/ for a user that the passwd does not have', () => {
    expect(environment([], 4242)).toEqual(['HOME=/']);
  });
});

describe('the arguments', () => {
  test('reach the program to the letter', () => {
    const args = ['/probe', 'true', '', ' ', '\'"\\', '$HOME', 'tab\there', 'line\nend', 'ünï'];
    const { status, stdout } = runBundle({ args: ['/probe', 'echo', ...args] });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${args.join(' ')}\n` });
  });

  test('begin with a program that is looked for in PATH', () => {
    const { stdout } = runBundle({
      args: ['tool', 'echo', 'found'],
      mutate: (spec) => {
        spec.process.env = ['PATH=/absent:/opt/tools'];
      },
      fill: (rootfs) => {
        mkdirSync(join(rootfs, 'opt/tools'), { recursive: true });
        writeFileSync(join(rootfs, 'opt/tools/tool'), '#!/probe echo\n', { mode: 0o755 });
      },
    });
    expect(stdout).toBe('/opt/tools/tool echo found\n');
  });

  test('may name a program relative to the working directory', () => {
    const { stdout } = runBundle({
      args: ['./probe', 'echo', 'here'],
      mutate: (spec) => {
        spec.process.cwd = '/';
      },
    });
    expect(stdout).toBe('here\n');
  });
});

describe('the user', () => {
  test('has exactly these ids and groups', () => {
    const report = runReport((spec) => {
      spec.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7, 4_294_967_294] };
    });
    const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups } = report;
    expect([uid, euid, suid, fsuid]).toEqual([1000, 1000, 1000, 1000]);
    expect([gid, egid, sgid, fsgid]).toEqual([1001, 1001, 1001, 1001]);
    expect([...groups].sort((a, b) => a - b)).toEqual([5, 7, 4_294_967_294]);
  });

  test('has no groups that the caller has', () => {
    expect(runReport((spec) => void spec.process.user).groups).toEqual([]);
  });

  test('has the umask of config.json, else 0022', () => {
    const umask = (change: (spec: SpecDraft) => void) => runReport(change).umask;
    expect(umask(() => {})).toBe('0022');
    expect(
      umask((spec) => {
        spec.process.user.umask = 0o77;
      }),
    ).toBe('0077');
    expect(
      umask((spec) => {
        spec.process.user.umask = 0;
      }),
    ).toBe('0000');
  });
});

describe('the working directory', () => {
  test('is made when it is missing', () => {
    const { bundle, status, stdout } = runBundle({
      mutate: (spec) => {
        spec.process.cwd = '/srv/deep/work';
      },
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).cwd).toBe('/srv/deep/work');
    expect(statSync(join(bundle.rootfs, 'srv/deep/work')).mode & 0o7777).toBe(0o755);
  });

  test('is made before the root, or what it is in, becomes read-only', () => {
    for (const path of ['/absent', '/srv/absent', '/tmp/absent']) {
      const report = runReport(
        (spec) => {
          spec.process.cwd = path;
          spec.root.readonly = true;
          spec.linux.readonlyPaths?.push('/srv');
          spec.mounts.find(({ destination }) => destination === '/tmp')?.options?.push('ro');
        },
        { fill: (rootfs) => mkdirSync(join(rootfs, 'srv')) },
      );
      expect(report.cwd).toBe(path);
    }
  });

  test('may be one that only the user can enter', () => {
    const report = runReport((spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.cwd = '/own';
      spec.mounts.push({ destination: '/own', type: 'tmpfs', options: ['mode=700', 'uid=1000'] });
    });
    expect(report.cwd).toBe('/own');
  });
});

describe("the names and the kernel's settings", () => {
  test('have the sysctls of config.json, with dots or slashes', () => {
    const read = (name: string) =>
      runProbe(['sysctl', name], {
        mutate: (spec) => {
          spec.linux.sysctl = { 'net.ipv4.ip_forward': '1', 'kernel/msgmax': '8200' };
        },
      });
    expect(read('net.ipv4.ip_forward')).toBe('1\n');
    expect(read('kernel.msgmax')).toBe('8200\n');
  });

  test('have the personality of config.json', () => {
    const report = runReport((spec) => {
      spec.linux.personality = { domain: 'LINUX32' };
    });
    expect(report.personality).toBe(8);
    expect(report.machine).toBe('i686');
    expect(runReport().personality).toBe(0);
  });

  test('let the program run on every processor', () => {
    expect(runReport().cpus).toBeGreaterThan(0);
  });
});

describe('signals', () => {
  test('are neither blocked nor ignored nor caught', () => {
    const { sigBlk, sigIgn, sigCgt } = runReport();
    expect([sigBlk, sigIgn, sigCgt]).toEqual(Array(3).fill('0000000000000000'));
  });
});
