// linux.seccomp: config-linux.md, "Seccomp".

import type { SpecProblem } from '../../base/errors.js';
import { FILTER_RECEIVER, readAnnotation } from '../annotations.js';
import type { Seccomp, SeccompArgument, SeccompRule, Spec } from '../types.js';

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
    for (const problem of checkRule(rule, `${path}.syscalls[${index}]`)) {
      problems.push(problem);
    }
  }
  return problems.concat(checkListener(spec, seccomp, path));
}

/** seccomp_rule_add(3): the second value is for SCMP_CMP_MASKED_EQ. Tools write 0 where there is none. */
export function warnSeccomp(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const rules = spec.linux?.seccomp?.syscalls ?? [];
  for (let index = 0; index < rules.length; index += 1) {
    const conditions = rules[index]?.args ?? [];
    for (let at = 0; at < conditions.length; at += 1) {
      const { op, valueTwo = 0 } = conditions[at] as SeccompArgument;
      if (op !== 'SCMP_CMP_MASKED_EQ' && valueTwo > 0) {
        const path = `linux.seccomp.syscalls[${index}].args[${at}].valueTwo`;
        problems.push({ path, message: `${valueTwo} is ignored: "${op}" compares with value alone` });
      }
    }
  }
  return problems;
}

function checkRule(rule: SeccompRule, path: string): SpecProblem[] {
  const problems = checkErrno(rule.action, rule.errnoRet, `${path}.errnoRet`);
  if (rule.names.length === 0) {
    problems.push({ path: `${path}.names`, message: 'found an empty array, must have at least one entry' });
  } else if (rule.names.includes('')) {
    const at = `${path}.names[${rule.names.indexOf('')}]`;
    problems.push({ path: at, message: 'found "", must be the name of a system call' });
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

function checkListener(spec: Spec, seccomp: Seccomp, path: string): SpecProblem[] {
  if ((seccomp.listenerPath ?? '') !== '' || readAnnotation(spec, FILTER_RECEIVER) !== undefined) {
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
