// The plan of an exec: one more process in a container that is there already. It is composed of the topics that make init, is read by one
// helper, and kept nowhere. Pure.

import { codeOfProblems, SpecError } from '../base/errors.js';
import { delegatedCgroup } from '../spec/annotations.js';
import type { Process, Spec } from '../spec/types.js';
import { setExecAffinity, setInitialAffinity } from './affinity.js';
import { becomeProgram, executeProgram } from './become-program.js';
import type { CgroupLocation } from './cgroup-location.js';
import { newProgramContext, type ProgramContext, type ProgramRequest } from './context.js';
import { joinKeyring, listArguments } from './identity.js';
import { labelKeyring } from './labels.js';
import type { CloneFlag } from './names.js';
import { becomeRoot, CLONE_FLAGS, type NamespaceType } from './namespaces.js';
import { type Op, PLAN_VERSION, type Plan } from './ops.js';
import { setProcessLimits } from './process-limits.js';
import { joinResctrlGroups, type ResctrlLocation } from './resctrl.js';
import { makeFilter } from './seccomp.js';
import * as terminal from './terminal.js';
import { attachInit, isUserScope } from './user-scope.js';

/** What the caller of exec asked for, beside the process itself. */
export interface ExecRequest extends ProgramRequest {
  /** A cgroup below the container's own; undefined: the container's own, or where it takes no process, that of init. */
  readonly subCgroup?: string | undefined;
}

/** The container that the process is to be in. */
export interface ExecSubject {
  /** config.json as it was at create. */
  readonly spec: Spec;
  readonly cgroup: CgroupLocation | null;
  readonly resctrl?: ResctrlLocation | null | undefined;
  /** Its init: pid, and start time in clock ticks since boot. */
  readonly init: { readonly pid: number; readonly startTime: string };
}

/**
 * The plan of `process` in the container; its section `teardown` is empty. Throws one SpecError with every problem found, each with its
 * path in the process.
 */
export function compileExec(process: Process, subject: ExecSubject, request: ExecRequest): Plan {
  const { spec, cgroup } = subject;
  const context = newProgramContext({ ...spec, process }, request, cgroup);
  const args = listArguments(context);
  const sections = {
    create: compileCreate(context, subject, request, args),
    start: compileStart(context, args),
    teardown: [],
  };
  if (context.problems.length > 0) {
    const problems = context.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^process\./, '') }));
    throw new SpecError(codeOfProblems(problems), problems, { document: 'process' });
  }
  return { version: PLAN_VERSION, sections };
}

function compileCreate(
  context: ProgramContext,
  { init, resctrl }: ExecSubject,
  request: ExecRequest,
  args: readonly string[],
): Op[] {
  const { cgroup, namespaces } = context;
  const { pidfdSocket } = request;
  const own = ENTERED.filter(([type]) => namespaces[type] !== undefined).map(([, flag]) => flag);
  return [
    request.reapsOrphans ? one({ op: 'set-child-subreaper' }) : [],
    terminal.openConsoleSocket(context),
    makeFilter(context, 'running'),
    one({ op: 'find-init', pid: init.pid, start: BigInt(init.startTime) }),
    findCgroup(context, request),
    hasMountNamespace(context) ? [] : one({ op: 'open-init-root' }),
    setInitialAffinity(context),
    cgroup !== null && isUserScope(cgroup) ? one({ op: 'leave-cgroup' }) : [],
    one({ op: 'spawn-process', namespaces: own }),
    attachInit(context, request.subCgroup ?? delegatedCgroup(context.spec)),
    joinResctrlGroups(resctrl),
    setProcessLimits(context),
    one({ op: 'new-session' }),
    becomeRoot(context),
    labelKeyring(context, joinKeyring(context)),
    one({ op: hasMountNamespace(context) ? 'open-current-root' : 'change-root' }),
    terminal.openTerminal(context),
    setExecAffinity(context),
    becomeProgram(context, args),
    terminal.handOverTerminal(context),
    pidfdSocket === undefined ? [] : one({ op: 'send-pidfd', path: pidfdSocket, kind: 'setns' }),
  ].flat();
}

/** Where the pid file is written the program runs. */
function compileStart(context: ProgramContext, args: readonly string[]): Op[] {
  const { pidFile } = context.request;
  return [
    one({ op: 'await-start' }),
    executeProgram(context, args),
    one({ op: 'await-exec' }),
    pidFile === undefined ? [] : one({ op: 'write-pid-file', path: pidFile }),
  ].flat();
}

/** All that a container can have of its own; it shares the rest with the host. */
const ENTERED: readonly (readonly [NamespaceType, CloneFlag])[] = [
  ...CLONE_FLAGS,
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['time', 'CLONE_NEWTIME'],
];

function hasMountNamespace({ namespaces }: ProgramContext): boolean {
  return namespaces.mount !== undefined;
}

/** As runc: who names a sub-cgroup gets that one or none. */
function findCgroup({ cgroup, spec }: ProgramContext, { subCgroup }: ExecRequest): Op[] {
  if (cgroup === null) {
    return [];
  }
  const { root, path } = cgroup;
  if (subCgroup === undefined) {
    const below = delegatedCgroup(spec);
    return [{ op: 'find-exec-cgroup', root, path: below === undefined ? path : `${path}/${below}`, denial: 'ignore' }];
  }
  return [{ op: 'find-exec-cgroup', root, path: subCgroup === '' ? path : `${path}/${subCgroup}`, denial: 'error' }];
}

function one(op: Op): Op[] {
  return [op];
}
