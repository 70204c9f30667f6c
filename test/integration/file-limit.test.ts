// RLIMIT_NOFILE below what tsrun itself needs: in force for the program, and not in the way of building what it runs in.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBundle, type SpecDraft } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { inUserNamespace, makeTree } from '../support/idmap.js';
import { newTsrun } from '../support/tsrun.js';

/** Soft and hard limit of descriptors of a process. */
function fileLimitOf(pid: number): string[] {
  const line = /^Max open files +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'));
  return line === null ? [] : line.slice(1, 3);
}

function limitFiles(soft: number, hard: number) {
  return (spec: SpecDraft) => {
    spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft, hard }];
    spec.process.user = { uid: 1000, gid: 1000 };
  };
}

function startedWith(mutate: (spec: SpecDraft) => void): string[] {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const { path } = makeBundle({ args: ['/probe', 'sleep', '60'], mutate });
  tsrun.must(['create', '--bundle', path, id]);
  tsrun.must(['start', id]);
  return fileLimitOf(tsrun.state(id)?.pid ?? 0);
}

describe('a low limit of descriptors', () => {
  test.each([
    [0, 0],
    [3, 3],
    [10, 24],
    [10, 4096],
    [70, 70],
  ])('of %i (soft) and %i (hard) is that of the program', (soft, hard) => {
    expect(startedWith(limitFiles(soft, hard))).toEqual([String(soft), String(hard)]);
  });

  test('does not count the sources of mounts', () => {
    const source = makeTree();
    const limits = startedWith((spec) => {
      limitFiles(80, 80)(spec);
      for (let number = 0; number < 120; number += 1) {
        spec.mounts.push({ destination: `/data/${number}`, type: 'bind', source, options: ['bind'] });
      }
    });
    expect(limits).toEqual(['80', '80']);
  });

  test('is given in a user namespace', () => {
    const { mutate } = { mutate: inUserNamespace(limitFiles(3, 4)) };
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const { path } = makeBundle({ args: ['/probe', 'sleep', '60'], mutate });
    tsrun.must(['run', '--detach', '--bundle', path, id]);
    expect(fileLimitOf(tsrun.state(id)?.pid ?? 0)).toEqual(['3', '4']);
  });

  test('is that of a process of exec', () => {
    const host = startHost({ mutate: limitFiles(3, 3) });
    expect(host.exec(['/probe', 'exit', '7'])).toMatchObject({ status: 7, stderr: '' });
  });

  test('that a filter of system calls is in the way of is told so', () => {
    const tsrun = newTsrun();
    const { path } = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        limitFiles(3, 3)(spec);
        spec.process.noNewPrivileges = false;
        spec.linux.seccomp = {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['prlimit64', 'setrlimit'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
        };
      },
    });
    const { status, stderr } = tsrun.call(['run', '--bundle', path, tsrun.newId()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^tsrun: cannot run container ".*": set RLIMIT_NOFILE to 3 \(soft\) and 3 \(hard\)( \(setrlimit\))?: .*\(EPERM\)\nhint: .*prlimit64/,
    );
  });
});
