// The filter of system calls of a container holds for what exec starts as well.
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { besideBundle, startHost } from '../support/exec.js';
import { denying, numberOf, withSeccomp } from '../support/seccomp.js';

const GETPPID = numberOf('getppid');
const FILTER = denying({ names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 7 });
const SLEEP = ['/probe', 'sleep', '3600'];

describe('a process beside init', () => {
  test.each([true, false])('is under the filter of the container, with no_new_privs %j', (noNewPrivileges) => {
    const { exec } = startHost(withSeccomp(FILTER, { noNewPrivileges, args: SLEEP }));
    expect(exec(['/probe', 'call', GETPPID])).toMatchObject({ status: 0, stdout: 'E2BIG\n' });
    expect(exec(['/probe', 'call', GETPPID], ['--user', '1000'])).toMatchObject({ stdout: 'E2BIG\n' });
    expect(exec(['/probe', 'call', GETPPID], ['--no-new-privs'])).toMatchObject({ stdout: 'E2BIG\n' });
  });

  test('is under it when the process is that of a document', () => {
    const host = startHost(withSeccomp(FILTER, { args: SLEEP }));
    const path = besideBundle(host, 'process.json');
    writeFileSync(path, JSON.stringify({ args: ['/probe', 'call', GETPPID], cwd: '/' }));
    expect(host.exec([], ['--process', path])).toMatchObject({ status: 0, stdout: 'E2BIG\n' });
  });

  test('is under one that compares with numbers that no number holds', () => {
    const value = 18446744073709551615n;
    const host = startHost({
      ...withSeccomp(
        denying({
          names: ['lseek'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 7,
          args: [{ index: 0, value: 424242424242, op: 'SCMP_CMP_EQ' }],
        }),
        { args: SLEEP },
      ),
      edit: (text) => text.replace('424242424242', String(value)),
    });
    expect(host.exec(['/probe', 'call', numberOf('lseek'), String(value)]).stdout).toBe('E2BIG\n');
    expect(host.exec(['/probe', 'call', numberOf('lseek'), '99']).stdout).toBe('EBADF\n');
  });
});
