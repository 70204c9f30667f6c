// linux.seccomp: config-linux.md, "Seccomp".

import type { SpecProblem } from '../../base/errors.js';
import type { Seccomp, SeccompRule, Spec } from '../types.js';

export function checkSeccomp(spec: Spec): SpecProblem[] {
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined) {
    return [];
  }
  const path = 'linux.seccomp';
  const problems = checkErrno(seccomp.defaultAction, seccomp.defaultErrnoRet, `${path}.defaultErrnoRet`);
  if (seccomp.defaultAction === 'SCMP_ACT_NOTIFY') {
    // The process could not even report to the runtime: its own system calls would wait for an agent that has not got the descriptor yet.
    problems.push({ path: `${path}.defaultAction`, message: 'found "SCMP_ACT_NOTIFY", must not be the default' });
  }
  for (const [index, rule] of (seccomp.syscalls ?? []).entries()) {
    problems.push(...checkRule(rule, `${path}.syscalls[${index}]`));
  }
  return problems.concat(checkListener(seccomp, path));
}

function checkRule(rule: SeccompRule, path: string): SpecProblem[] {
  const problems = checkErrno(rule.action, rule.errnoRet, `${path}.errnoRet`);
  if (rule.names.length === 0) {
    problems.push({ path: `${path}.names`, message: 'found an empty array, must have at least one entry' });
  }
  if (rule.action === 'SCMP_ACT_NOTIFY' && rule.names.includes('write')) {
    // The notification descriptor is handed over with write itself.
    problems.push({ path: `${path}.names`, message: 'found "write", must not be there for "SCMP_ACT_NOTIFY"' });
  }
  for (const [index, argument] of (rule.args ?? []).entries()) {
    if (argument.index > 5) {
      problems.push({ path: `${path}.args[${index}].index`, message: `found ${argument.index}, must be from 0 to 5` });
    }
  }
  return problems;
}

/** "When the action doesn't support an errno, the runtime MUST print and error and fail." libseccomp: MAX_ERRNO; SECCOMP_RET_DATA is 16 bits. */
function checkErrno(action: string, errno: number | undefined, path: string): SpecProblem[] {
  if (errno === undefined) {
    return [];
  }
  if (action !== 'SCMP_ACT_ERRNO' && action !== 'SCMP_ACT_TRACE') {
    return [{ path, message: `found ${errno}, must not be set for "${action}"` }];
  }
  const limit = action === 'SCMP_ACT_ERRNO' ? 4095 : 65535;
  return errno > limit ? [{ path, message: `found ${errno}, must be from 0 to ${limit}` }] : [];
}

function checkListener(seccomp: Seccomp, path: string): SpecProblem[] {
  if ((seccomp.listenerPath ?? '') !== '') {
    return [];
  }
  const problems: SpecProblem[] = [];
  if ((seccomp.listenerMetadata ?? '') !== '') {
    problems.push({ path: `${path}.listenerMetadata`, message: 'must not be set without listenerPath' });
  }
  if (seccomp.syscalls?.some(({ action }) => action === 'SCMP_ACT_NOTIFY') === true) {
    problems.push({ path: `${path}.listenerPath`, message: 'found nothing, must be set for "SCMP_ACT_NOTIFY"' });
  }
  return problems;
}
