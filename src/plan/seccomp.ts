// linux.seccomp: the filter of system calls, config-linux.md "Seccomp". The helper has libseccomp make it; here is what of.

import { OCI_VERSION } from '../base/container-state.js';
import { FAIL_UNKNOWN_CALL, FILTER_RECEIVER, isSwitchedOn, readAnnotation } from '../spec/annotations.js';
import type { Seccomp, SeccompArgument, SeccompRule } from '../spec/types.js';
import type { ProgramContext } from './context.js';
import { splitState } from './hooks.js';
import type { NameOf } from './names.js';
import type { Op, OpOf } from './ops.js';

type Action = Seccomp['defaultAction'];
type Flag = NameOf<'seccomp-filter'>;

/** libseccomp makes a list of calls or a binary tree of them; a tree is quicker from some number of calls on, and 2.5 cannot make an empty one. */
const CALLS_OF_A_TREE = 32;

/** Makes the filter, before anything else is done. One that comes whole, in crun's annotation, takes the place of that of linux.seccomp. */
export function makeFilter(context: ProgramContext, status: 'creating' | 'running'): Op[] {
  const given = context.filterProgram;
  const seccomp = context.spec.linux?.seccomp;
  if (given !== null) {
    return [{ op: 'take-filter', program: given.digits }, ...connectListener(context, status)];
  }
  return seccomp === undefined ? [] : [...compileFilter(context, seccomp), ...connectListener(context, status)];
}

function compileFilter(context: ProgramContext, seccomp: Seccomp): Op[] {
  const begin: OpOf<'begin-filter'> = {
    op: 'begin-filter',
    default: actionName(seccomp.defaultAction),
    errno: errnoOf(seccomp.defaultAction, seccomp.defaultErrnoRet),
    architectures: (seccomp.architectures ?? []).map(architectureName),
    newer: deniesWithAnother(seccomp) ? 'ENOSYS' : 'default',
    unknown: unknownCalls(context, seccomp),
  };
  const rules = (seccomp.syscalls ?? []).flatMap(compileRule);
  const effective = rules.filter(({ action, errno }) => action !== begin.default || errno !== begin.errno);
  const calls = effective.reduce((sum, rule) => sum + rule.calls.length, 0);
  const finish: Op = { op: 'finish-filter', shape: calls > CALLS_OF_A_TREE ? 'tree' : 'list' };
  return [begin, ...rules, finish];
}

/** config-linux.md, "The Container Process State": what the agent reads before the listener notifies it of anything. */
function connectListener(context: ProgramContext, status: 'creating' | 'running'): Op[] {
  const { listenerPath = '', listenerMetadata } = context.spec.linux?.seccomp ?? {};
  const path = listenerPath === '' ? readAnnotation(context.spec, FILTER_RECEIVER) : listenerPath;
  if (!notifies(context) || path === undefined) {
    return [];
  }
  const { state, tail } = splitState(context, status);
  const head = JSON.stringify({ ociVersion: OCI_VERSION, fds: ['seccompFd'] });
  const metadata = listenerMetadata === undefined ? '' : `,"metadata":${JSON.stringify(listenerMetadata)}`;
  return [
    {
      op: 'connect-listener',
      path,
      head: `${head.slice(0, -1)},"pid":`,
      middle: `${metadata},"state":${state}`,
      tail: `${tail}}`,
    },
  ];
}

/**
 * Profiles name calls of kernels to come. What denies all others denies these as well; what lets all others pass is without a part of what its
 * author wanted, and nobody else would say so.
 */
function unknownCalls({ spec }: ProgramContext, { defaultAction }: Seccomp): NameOf<'unknown-call'> {
  if (isSwitchedOn(spec, FAIL_UNKNOWN_CALL)) {
    return 'error';
  }
  return isPermissive(defaultAction) ? 'warn' : 'skip';
}

function isPermissive(action: Action): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE';
}

function notifies(context: ProgramContext): boolean {
  const rules = context.spec.linux?.seccomp?.syscalls ?? [];
  return context.filterProgram?.notifies ?? rules.some(({ action }) => action === 'SCMP_ACT_NOTIFY');
}

/** Without no_new_privs loading a filter takes CAP_SYS_ADMIN (seccomp(2)), which init has until it takes the container's capabilities. */
export function loadWithPrivilege(context: ProgramContext): Op[] {
  return context.spec.process?.noNewPrivileges === true ? [] : loadFilter(context);
}

/** With no_new_privs it takes nothing. */
export function loadWithoutPrivilege(context: ProgramContext): Op[] {
  return context.spec.process?.noNewPrivileges === true && !notifies(context) ? loadFilter(context) : [];
}

/** With no_new_privs as well, where an agent is to be notified: it belongs to create, and is told there, not only at start. */
export function loadForAgent(context: ProgramContext): Op[] {
  return context.spec.process?.noNewPrivileges === true && notifies(context) ? loadFilter(context) : [];
}

function loadFilter(context: ProgramContext): Op[] {
  const seccomp = context.spec.linux?.seccomp;
  if (seccomp === undefined && context.filterProgram === null) {
    return [];
  }
  const listens = notifies(context);
  const load: Op = { op: 'load-seccomp', flags: listFlags(seccomp?.flags, listens) };
  return listens ? [load, { op: 'tell-listener' }] : [load];
}

/** Without flags as runc and crun: speculation is left as it is, which costs a container that needs no more than this nothing. */
function listFlags(flags: Seccomp['flags'], listens: boolean): Flag[] {
  const wanted: readonly Flag[] = flags ?? ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
  if (!listens) {
    // The kernel takes it only beside a listener, and without one it means nothing.
    return wanted.filter((flag) => flag !== 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');
  }
  // seccomp(2) cannot answer a thread and a listener by one number, so TSYNC needs another way to fail.
  const synchronises = wanted.includes('SECCOMP_FILTER_FLAG_TSYNC');
  return [
    ...wanted,
    'SECCOMP_FILTER_FLAG_NEW_LISTENER',
    ...(synchronises ? (['SECCOMP_FILTER_FLAG_TSYNC_ESRCH'] as const) : []),
  ];
}

function compileRule(rule: SeccompRule): OpOf<'filter-rule'>[] {
  const common = {
    op: 'filter-rule',
    action: actionName(rule.action),
    errno: errnoOf(rule.action, rule.errnoRet),
    calls: rule.names,
  } as const;
  const conditions = rule.args ?? [];
  const indexes = new Set(conditions.map(({ index }) => index));
  // As runc and crun: conditions on the same argument are alternatives, and then all of them are; on different ones, all have to hold.
  return indexes.size < conditions.length
    ? conditions.map((condition) => ({ ...common, conditions: [conditionText(condition)] }))
    : [{ ...common, conditions: conditions.map(conditionText) }];
}

/** SCMP_CMP_MASKED_EQ has its mask in `value`, and what is compared in `valueTwo`: as in seccomp_rule_add(3). */
function conditionText({ index, op, value, valueTwo }: SeccompArgument): string {
  return `${index} ${op} ${value} ${valueTwo ?? 0}`;
}

/** seccomp_init(3): SCMP_ACT_KILL is the older name. */
function actionName(action: Action): NameOf<'seccomp-action'> {
  return action === 'SCMP_ACT_KILL' ? 'SCMP_ACT_KILL_THREAD' : action;
}

const EPERM = 1;
const ENOSYS = 38;

/** config-linux.md: without one, EPERM. */
function errnoOf(action: Action, errno: number | undefined): number {
  return action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? (errno ?? EPERM) : 0;
}

/**
 * Whether the default denies, by anything but ENOSYS, what its author could not know: a C library that tries a new call goes on without it
 * after ENOSYS, and gives up after EPERM. As in runc. A tracer knows by itself what it does.
 */
function deniesWithAnother({ defaultAction, defaultErrnoRet }: Seccomp): boolean {
  return !isPermissive(defaultAction) && defaultErrnoRet !== ENOSYS;
}

/** libseccomp's name: `SCMP_ARCH_X86_64` is `x86_64`. */
function architectureName(architecture: string): string {
  return architecture.replace('SCMP_ARCH_', '').toLowerCase();
}
