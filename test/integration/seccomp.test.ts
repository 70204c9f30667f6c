// linux.seccomp: what a filter answers to system calls, by whom it is in force, and what it may ask for.
import { describe, expect, test } from 'vitest';
import type { Seccomp, SeccompArgument, SeccompRule } from '../../src/spec/types.js';
import { makeBundle } from '../support/bundle.js';
import { reportBeside, startHost } from '../support/exec.js';
import { runReport } from '../support/probe.js';
import { denying, numberOf, probeUnder, tryUnder, withSeccomp } from '../support/seccomp.js';
import { newTsrun } from '../support/tsrun.js';

const SIGSYS = 31;
const E2BIG = 7;
const GETPPID = numberOf('getppid');
const LSEEK = numberOf('lseek');
/** Larger than that of any call that is named here, and known to libseccomp 2.5.4. */
const LANDLOCK_RESTRICT_SELF = '446';
/** No kernel has it. */
const NEWER = '9999';

const rule = (action: SeccompRule['action'], change: Partial<SeccompRule> = {}): SeccompRule => ({
  names: ['getppid'],
  action,
  ...change,
});

describe('an action', () => {
  test('SCMP_ACT_ALLOW lets a call pass that the default denies', () => {
    // What a static program needs to write a line, and what tsrun needs after it has loaded the filter: execve(2) alone.
    const needed = ['execve', 'brk', 'arch_prctl', 'mmap', 'munmap', 'mprotect', 'prlimit64', 'getrandom', 'readlink'];
    const more = ['set_tid_address', 'set_robust_list', 'rseq', 'newfstatat', 'fstat', 'write', 'exit_group', 'uname'];
    const seccomp: Seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: E2BIG,
      syscalls: [{ names: [...needed, ...more, 'readlinkat', 'getppid'], action: 'SCMP_ACT_ALLOW' }],
    };
    expect(probeUnder(seccomp, ['call', GETPPID])).toBe('0');
    expect(probeUnder(seccomp, ['call', LSEEK, '0'])).toBe('E2BIG');
  });

  test('SCMP_ACT_ERRNO answers EPERM, or what errnoRet says', () => {
    expect(probeUnder(denying(rule('SCMP_ACT_ERRNO')), ['call', GETPPID])).toBe('EPERM');
    expect(probeUnder(denying(rule('SCMP_ACT_ERRNO', { errnoRet: E2BIG })), ['call', GETPPID])).toBe('E2BIG');
  });

  test('SCMP_ACT_ERRNO with the number 0 answers success without a call', () => {
    expect(probeUnder(denying(rule('SCMP_ACT_ERRNO', { errnoRet: 0, names: ['lseek'] })), ['call', LSEEK, '99'])).toBe(
      '0',
    );
  });

  test.each(['SCMP_ACT_KILL', 'SCMP_ACT_KILL_THREAD'] as const)('%s ends the thread, and others go on', (action) => {
    const seccomp = denying(rule(action));
    expect(probeUnder(seccomp, ['call-threaded', GETPPID])).toBe('alive');
    expect(tryUnder(seccomp, ['call', GETPPID]).status).toBe(128 + SIGSYS);
  });

  test('SCMP_ACT_KILL_PROCESS ends the process with all its threads', () => {
    const seccomp = denying(rule('SCMP_ACT_KILL_PROCESS'));
    expect(tryUnder(seccomp, ['call-threaded', GETPPID])).toMatchObject({ status: 128 + SIGSYS, stdout: '' });
  });

  test('SCMP_ACT_TRAP sends SIGSYS, whose handler is told the call', () => {
    expect(probeUnder(denying(rule('SCMP_ACT_TRAP')), ['call-trapped', GETPPID])).toBe(`SIGSYS call ${GETPPID}`);
  });

  test('SCMP_ACT_TRACE tells a tracer errnoRet, and is ENOSYS where nobody traces', () => {
    const seccomp = denying(rule('SCMP_ACT_TRACE', { errnoRet: 321 }));
    expect(probeUnder(seccomp, ['call-traced', GETPPID])).toBe('event 321');
    expect(probeUnder(seccomp, ['call', GETPPID])).toBe('ENOSYS');
  });

  test('SCMP_ACT_LOG lets the call pass', () => {
    expect(probeUnder(denying(rule('SCMP_ACT_LOG')), ['call', GETPPID])).toBe('0');
  });

  test('may be the default: SCMP_ACT_LOG', () => {
    expect(probeUnder({ defaultAction: 'SCMP_ACT_LOG' }, ['call', GETPPID])).toBe('0');
  });
});

describe('an operator', () => {
  /** What lseek(2) answers to an offset when the rule about its offset says E2BIG: EBADF is the kernel's own answer. */
  const answer = (argument: Omit<SeccompArgument, 'index'>, offset: string) =>
    probeUnder(
      denying(rule('SCMP_ACT_ERRNO', { names: ['lseek'], errnoRet: E2BIG, args: [{ index: 1, ...argument }] })),
      ['call', LSEEK, '99', offset],
    );

  test.each([
    ['SCMP_CMP_NE', ['6', '4'], ['5']],
    ['SCMP_CMP_LT', ['4'], ['5', '6']],
    ['SCMP_CMP_LE', ['4', '5'], ['6']],
    ['SCMP_CMP_EQ', ['5'], ['4', '6', '0x100000005']],
    ['SCMP_CMP_GE', ['5', '0x100000000'], ['4']],
    ['SCMP_CMP_GT', ['6'], ['5', '4']],
  ] as const)('%s compares the argument with the value', (op, denied, passed) => {
    for (const offset of denied) expect([offset, answer({ op, value: 5 }, offset)]).toEqual([offset, 'E2BIG']);
    for (const offset of passed) expect([offset, answer({ op, value: 5 }, offset)]).toEqual([offset, 'EBADF']);
  });

  test('SCMP_CMP_MASKED_EQ compares the bits of value with valueTwo', () => {
    const argument = { op: 'SCMP_CMP_MASKED_EQ', value: 0xf0, valueTwo: 0x30 } as const;
    for (const offset of ['0x30', '0x3f', '0x1030']) expect(answer(argument, offset)).toBe('E2BIG');
    for (const offset of ['0', '0x40', '0x70']) expect(answer(argument, offset)).toBe('EBADF');
  });

  test('compares all 64 bits', () => {
    const value = 0x1_0000_0005;
    expect(answer({ op: 'SCMP_CMP_EQ', value }, '0x100000005')).toBe('E2BIG');
    expect(answer({ op: 'SCMP_CMP_EQ', value }, '5')).toBe('EBADF');
  });

  test('holds together with those of other arguments, and one of several of the same argument does', () => {
    const when = (...args: SeccompArgument[]) =>
      denying(rule('SCMP_ACT_ERRNO', { names: ['lseek'], errnoRet: E2BIG, args }));
    const both = when({ index: 1, op: 'SCMP_CMP_EQ', value: 5 }, { index: 2, op: 'SCMP_CMP_EQ', value: 1 });
    expect(probeUnder(both, ['call', LSEEK, '99', '5', '1'])).toBe('E2BIG');
    expect(probeUnder(both, ['call', LSEEK, '99', '5', '0'])).toBe('EBADF');
    const either = when({ index: 1, op: 'SCMP_CMP_EQ', value: 5 }, { index: 1, op: 'SCMP_CMP_EQ', value: 6 });
    expect(probeUnder(either, ['call', LSEEK, '99', '6'])).toBe('E2BIG');
    expect(probeUnder(either, ['call', LSEEK, '99', '7'])).toBe('EBADF');
  });
});

describe('a rule', () => {
  test('with the action of the default is one that says nothing', () => {
    const seccomp = denying(rule('SCMP_ACT_ALLOW'), rule('SCMP_ACT_ERRNO', { names: ['lseek'] }));
    expect(probeUnder(seccomp, ['call', GETPPID])).toBe('0');
    expect(probeUnder(seccomp, ['call', LSEEK])).toBe('EPERM');
  });

  test('about calls that nobody knows is left out with a warning where they are let pass, and the others hold', () => {
    const seccomp = denying(rule('SCMP_ACT_ERRNO', { names: ['no_such_call', 'getppid', 'open_by_wish'] }));
    const tsrun = newTsrun();
    const { path } = makeBundle(withSeccomp(seccomp, { args: ['/probe', 'call', GETPPID] }));
    // Twice, as a filter that was kept would warn nobody.
    for (const id of [tsrun.newId(), tsrun.newId()]) {
      const { status, stdout, stderr } = tsrun.call(['run', '--bundle', path, id]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'EPERM\n' });
      const words = 'make the filter of system calls (linux.seccomp): libseccomp does not know the system call';
      expect(stderr.split('\n')).toEqual([
        `tsrun: warning: ${words} (no_such_call)`,
        `tsrun: warning: ${words} (open_by_wish)`,
        '',
      ]);
    }
  });

  test('about calls that nobody knows is left out where they are denied anyhow', () => {
    const names = ['execve', 'brk', 'arch_prctl', 'mmap', 'munmap', 'mprotect', 'prlimit64', 'getrandom', 'readlink'];
    const more = ['set_tid_address', 'set_robust_list', 'rseq', 'newfstatat', 'fstat', 'write', 'exit_group', 'uname'];
    const allowed: SeccompRule = { names: [...names, ...more, 'readlinkat', 'no_such_call'], action: 'SCMP_ACT_ALLOW' };
    expect(tryUnder({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [allowed] }, ['true'])).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('about calls that nobody knows is an error with the annotation that asks for one', () => {
    const seccomp = denying(rule('SCMP_ACT_ERRNO', { names: ['no_such_call'] }));
    const { status, stderr } = tryUnder(seccomp, ['true'], {
      mutate: (spec) => {
        spec.annotations = { 'run.oci.seccomp_fail_unknown_syscall': '1' };
      },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('libseccomp does not know the system call (no_such_call)');
  });

  test('is the one that holds when a later one says something else of the same call', () => {
    const seccomp = denying(rule('SCMP_ACT_ERRNO', { errnoRet: E2BIG }), rule('SCMP_ACT_ERRNO'));
    expect(probeUnder(seccomp, ['call', GETPPID])).toBe('E2BIG');
  });

  test('that only says what the default says is no filter that is empty', () => {
    const names = Array.from({ length: 40 }, () => 'getppid');
    expect(probeUnder(denying(rule('SCMP_ACT_ALLOW', { names })), ['call', GETPPID])).toBe('0');
  });
});

describe('a call that is newer than all that the filter names', () => {
  const allowing = (change: Partial<Seccomp>): Seccomp => ({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      { names: ['getppid', 'openat2'], action: 'SCMP_ACT_ERRNO', errnoRet: E2BIG },
      { names: ['landlock_restrict_self'], action: 'SCMP_ACT_ERRNO', errnoRet: E2BIG },
    ],
    ...change,
  });

  test.each(['SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRAP'] as const)(
    'is not there (ENOSYS) where %s is the default',
    (action) => {
      const names = ['execve', 'brk', 'arch_prctl', 'mmap', 'munmap', 'mprotect', 'prlimit64', 'getrandom', 'readlink'];
      const more = [
        'set_tid_address',
        'set_robust_list',
        'rseq',
        'newfstatat',
        'fstat',
        'write',
        'exit_group',
        'uname',
      ];
      const allowed: SeccompRule = { names: [...names, ...more, 'readlinkat'], action: 'SCMP_ACT_ALLOW' };
      const { syscalls = [] } = allowing({});
      const seccomp = allowing({ defaultAction: action, syscalls: [allowed, ...syscalls] });
      expect(probeUnder(seccomp, ['call', NEWER])).toBe('ENOSYS');
      expect(probeUnder(seccomp, ['call', LANDLOCK_RESTRICT_SELF])).toBe('E2BIG');
    },
  );

  test('passes where the default lets calls pass', () => {
    const seccomp = denying(rule('SCMP_ACT_ERRNO', { errnoRet: E2BIG }));
    expect(probeUnder(seccomp, ['call', numberOf('openat2'), '-100', '0', '0', '0'])).toBe('EINVAL');
  });
});

describe('flags', () => {
  test.each([
    [['SECCOMP_FILTER_FLAG_TSYNC']],
    [['SECCOMP_FILTER_FLAG_LOG']],
    [['SECCOMP_FILTER_FLAG_SPEC_ALLOW']],
    [['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']],
    [['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW']],
    [[]],
  ] as const)('%j are accepted by the kernel', (flags) => {
    const seccomp: Seccomp = { ...denying(rule('SCMP_ACT_ERRNO')), flags: [...flags] };
    for (const noNewPrivileges of [true, false]) {
      expect(probeUnder(seccomp, ['call', GETPPID], { noNewPrivileges })).toBe('EPERM');
    }
  });
});

describe('architectures', () => {
  const x86 = process.arch === 'x64';
  const seccomp = (architectures: Seccomp['architectures']): Seccomp => ({
    ...denying(rule('SCMP_ACT_ERRNO', { errnoRet: E2BIG })),
    ...(architectures === undefined ? {} : { architectures }),
  });
  /** Of the 32-bit x86. */
  const GETPPID_X86 = '64';

  test.skipIf(!x86)('that are named are filtered by their own numbers (needs x86-64)', () => {
    const both = seccomp(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    expect(probeUnder(both, ['call-x86', GETPPID_X86])).toBe('E2BIG');
    expect(probeUnder(both, ['call', GETPPID])).toBe('E2BIG');
  });

  test.skipIf(!x86)('that are not named may not be used (needs x86-64)', () => {
    expect(tryUnder(seccomp(['SCMP_ARCH_X86_64']), ['call-x86', GETPPID_X86]).status).toBe(128 + SIGSYS);
  });

  test('have the native one among them without being named', () => {
    const other = x86 ? 'SCMP_ARCH_X86' : 'SCMP_ARCH_ARM';
    expect(probeUnder(seccomp([other]), ['call', GETPPID])).toBe('E2BIG');
    expect(probeUnder(seccomp(undefined), ['call', GETPPID])).toBe('E2BIG');
  });

  test('of the other byte order are refused, and nothing is left', () => {
    const { status, stderr } = tryUnder(seccomp(['SCMP_ARCH_S390X']), ['true']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/: make the filter of system calls \(linux\.seccomp\) \(seccomp_arch_add s390x\): .*EDOM/);
    expect(stderr).toContain('byte order');
  });

  test('that libseccomp does not know are refused by name', () => {
    const { status, stderr } = tryUnder(seccomp(['SCMP_ARCH_LOONGARCH64']), ['true']);
    expect(status).toBe(1);
    expect(stderr).toContain('libseccomp does not know the architecture (loongarch64)');
  });
});

describe('a filter is in force', () => {
  test.each([true, false])('for the program and is the only one, with noNewPrivileges %s', (noNewPrivileges) => {
    const { mutate } = withSeccomp(denying(rule('SCMP_ACT_ERRNO')), { noNewPrivileges });
    const report = runReport(mutate);
    expect([report.seccompMode, report.seccompFilters, report.noNewPrivs]).toEqual(['2', '1', noNewPrivileges ? 1 : 0]);
  });

  test('for another user without capabilities as well, with noNewPrivileges and without', () => {
    for (const noNewPrivileges of [true, false]) {
      const mutate = withSeccomp(denying(rule('SCMP_ACT_ERRNO')), {
        noNewPrivileges,
        mutate: (spec) => {
          spec.process.user = { uid: 1000, gid: 1000 };
          spec.process.capabilities = {};
        },
      });
      expect(runReport(mutate.mutate)).toMatchObject({ seccompMode: '2', uid: 1000 });
    }
  });

  test('not at all where config.json has none', () => {
    expect(runReport()).toMatchObject({ seccompMode: '0' });
  });

  test('with noNewPrivileges for nothing of tsrun but execve(2)', () => {
    const names = ['sendmsg', 'recvmsg', 'poll', 'ppoll', 'openat', 'close_range', 'prctl', 'rt_sigaction', 'dup3'];
    const seccomp = denying(rule('SCMP_ACT_KILL_PROCESS', { names }));
    expect(tryUnder(seccomp, ['true'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('also when it forbids the program to be executed, which is reported', () => {
    const { status, stderr } = tryUnder(denying(rule('SCMP_ACT_ERRNO', { names: ['execve'] })), ['true']);
    expect(status).toBe(1);
    expect(stderr).toContain('exec: "/probe"');
    expect(stderr).toContain('operation not permitted (EPERM)');
  });
});

describe('a program that exec starts', () => {
  const seccomp = denying(rule('SCMP_ACT_ERRNO', { errnoRet: E2BIG }));

  test.each([true, false])('is under the filter of the container, with noNewPrivileges %s', (noNewPrivileges) => {
    const host = startHost(withSeccomp(seccomp, { noNewPrivileges, args: ['/probe', 'sleep', '3600'] }));
    expect(host.exec(['/probe', 'call', GETPPID])).toMatchObject({ status: 0, stdout: 'E2BIG\n' });
    expect(reportBeside(host)).toMatchObject({ seccompMode: '2', noNewPrivs: noNewPrivileges ? 1 : 0 });
  });

  test('of another user, and with --no-new-privs, is so too', () => {
    const host = startHost(withSeccomp(seccomp, { noNewPrivileges: false, args: ['/probe', 'sleep', '3600'] }));
    expect(host.exec(['/probe', 'call', GETPPID], ['--user', '1000'])).toMatchObject({ stdout: 'E2BIG\n' });
    expect(host.exec(['/probe', 'call', GETPPID], ['--no-new-privs'])).toMatchObject({ stdout: 'E2BIG\n' });
  });
});

describe('what cannot be', () => {
  test.each([
    [{ ...denying(), defaultAction: 'SCMP_ACT_NOTIFY' }, 'linux.seccomp.defaultAction'],
    [denying(rule('SCMP_ACT_NOTIFY')), 'linux.seccomp.listenerPath'],
    [denying(rule('SCMP_ACT_ALLOW', { errnoRet: 1 })), 'linux.seccomp.syscalls[0].errnoRet'],
    [denying(rule('SCMP_ACT_PANIC' as 'SCMP_ACT_TRAP')), 'linux.seccomp.syscalls[0].action'],
    [{ ...denying(), flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER'] }, 'linux.seccomp.flags[0]'],
    [{ ...denying(), architectures: ['SCMP_ARCH_VAX'] }, 'linux.seccomp.architectures[0]'],
    [
      denying(rule('SCMP_ACT_ERRNO', { args: [{ index: 0, value: 1, op: 'SCMP_CMP_LIKE' as 'SCMP_CMP_EQ' }] })),
      'linux.seccomp.syscalls[0].args[0].op',
    ],
  ] as const)('is refused before anything is done: %j', (seccomp, place) => {
    const { status, stderr } = tryUnder(seccomp as Seccomp, ['true']);
    expect(status).toBe(1);
    expect(stderr).toContain(place);
  });
});
