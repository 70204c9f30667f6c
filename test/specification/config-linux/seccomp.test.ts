// config-linux.md, "Seccomp". All of its actions, operators, flags and architectures: test/integration/seccomp*.test.ts.
import { describe, expect } from 'vitest';
import type { Seccomp } from '../../../src/spec/types.js';
import { denying, numberOf } from '../../support/seccomp.js';
import { ask, expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

function callUnder(seccomp: Seccomp): string {
  return ask(['call', numberOf('getppid')], (spec) => {
    spec.linux.seccomp = seccomp;
  }).trim();
}

describe('config-linux.md, Seccomp', () => {
  shows(['lifecycle-environment'], 'a filter is in force when the program runs', () => {
    expect(report((spec) => Object.assign(spec.linux, { seccomp: denying() })).seccompMode).toBeDefined();
    expect(callUnder(denying({ names: ['getppid'], action: 'SCMP_ACT_ERRNO' }))).toBe('EPERM');
  });

  shows(['lifecycle-environment'], 'errnoRet is the answer of SCMP_ACT_ERRNO', () => {
    expect(callUnder(denying({ names: ['getppid'], action: 'SCMP_ACT_ERRNO', errnoRet: 11 }))).toBe('EAGAIN');
  });

  shows(['seccomp-default-errno'], 'defaultErrnoRet with an action that has no errno is an error', () => {
    expectRefused((spec) => {
      spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', defaultErrnoRet: 1 };
    });
  });

  shows(['seccomp-errno'], 'errnoRet with an action that has no errno is an error', () => {
    expectRefused((spec) => {
      spec.linux.seccomp = denying({ names: ['getppid'], action: 'SCMP_ACT_KILL', errnoRet: 1 });
    });
  });

  shows(['seccomp-names'], 'a rule without names is an error', () => {
    expectRefused((spec) => {
      spec.linux.seccomp = denying({ names: [], action: 'SCMP_ACT_ERRNO' });
    });
  });

  shows(['values-invalid'], 'an action that does not exist is an error', () => {
    expectRefused((spec) => {
      spec.linux.seccomp = { defaultAction: 'SCMP_ACT_NO_SUCH' as Seccomp['defaultAction'] };
    });
  });
});
