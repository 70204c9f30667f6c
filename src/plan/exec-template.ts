// The plan of an exec before anybody has called it: what the caller and the moment decide is left open, and the front fills it in without the
// engine (c/exec_template.c). Form: schemas/plan.md, "The template of an exec". Pure.

import type { Process, Spec } from '../spec/types.js';
import type { ProgramRequest } from './context.js';
import { encodeField, encodeOp } from './encode.js';
import { compileExec, type ExecSubject } from './exec.js';
import { fieldsOf, type Op, type OpName, SECTIONS } from './ops.js';

/** What a container has to be told apart by, where its exec is compiled before anybody asks for one. */
export type TemplateRequest = Pick<ProgramRequest, 'id' | 'bundle' | 'noNewKeyring'>;

/** The container, as compileExec() has to know it; what is new there must not be forgotten here. */
export type TemplateSubject = Required<Omit<ExecSubject, 'init'>>;

type Places = Partial<Record<OpName, Readonly<Record<string, string>>>>;

/** Of every call. */
const OF_THE_CALL: Places = {
  'find-init': { pid: 'pid', start: 'start' },
  'write-pid-file': { path: 'pid-file' },
};

/** Of a call that says what runs. */
const OF_ARGUMENTS: Places = { 'find-executable': { name: 'program' }, exec: { args: 'args' } };

/** What flags may change, if what they make of the process needs no check and no warning. */
const OF_FLAGS: Places = {
  'set-environment': { env: 'env' },
  'change-directory': { path: 'cwd' },
  'own-streams': { uid: 'uid' },
  'set-user': { uid: 'uid', gid: 'gid' },
  'set-home': { uid: 'uid' },
};

/** Operations that only some calls have. */
const CONDITIONS: Partial<Record<OpName, string>> = {
  'set-child-subreaper': 'foreground',
  'write-pid-file': 'pid-file',
};

/** Variables that decide more than their own value: where the program is searched for, and whether `set-home` is needed. */
const DECISIVE_VARIABLES = ['PATH', 'HOME'];

/**
 * The template of all execs of the container's own process without a terminal. `warned`: something about the config has been warned of, so
 * that flags which change the process may have to be. Throws a SpecError for what no exec could be made of.
 */
export function encodeExecTemplate(subject: TemplateSubject, request: TemplateRequest, warned: boolean): string {
  const { spec } = subject;
  const process: Process = { cwd: '/', ...spec.process, args: [''], terminal: false };
  const places = { ...OF_THE_CALL, ...OF_ARGUMENTS, ...(warned || hasUserNamespace(spec) ? {} : OF_FLAGS) };
  return encode(process, subject, request, places);
}

/** The template of all execs of this process, which a document says all of; it has no terminal. */
export function encodeProcessTemplate(process: Process, subject: TemplateSubject, request: TemplateRequest): string {
  return encode(process, subject, request, OF_THE_CALL);
}

function encode(process: Process, subject: TemplateSubject, request: TemplateRequest, places: Places): string {
  const { sections, version } = compileExec(
    process,
    { ...subject, init: { pid: 0, startTime: '0' } },
    { ...request, preserveFds: 0, listenFds: 0, reapsOrphans: true, pidFile: '/' },
  );
  let text = `tsrun-exec\t1\t${DECISIVE_VARIABLES.join('\t')}\ntsrun-plan\t${version}\n`;
  for (const section of SECTIONS) {
    text += `section\t${section}\n`;
    for (const op of sections[section]) {
      text += encodeLine(op, places[op.op]);
    }
  }
  return `${text}end\t${place('operations', '0')}\n`;
}

/** Which ids there are in one is not known of all of them: the checks of the spec have to look. */
function hasUserNamespace({ linux }: Spec): boolean {
  return linux?.namespaces?.some(({ type }) => type === 'user') ?? false;
}

function encodeLine(op: Op, places: Readonly<Record<string, string>> | undefined): string {
  const condition = CONDITIONS[op.op];
  const head = condition === undefined ? '' : `\\?${condition}\t`;
  if (places === undefined) {
    return head + encodeOp(op);
  }
  let line = `${head}${op.op}`;
  for (const field of fieldsOf(op.op)) {
    const text = encodeField(op, field);
    const name = places[field.name];
    line += `\t${name === undefined ? text : place(name, text)}`;
  }
  return `${line}\n`;
}

/** No field of a plan can look like this: it would be an escape that there is not. */
function place(name: string, standard: string): string {
  return `\\?${name}=${standard}`;
}
