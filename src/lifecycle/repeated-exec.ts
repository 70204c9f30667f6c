// What an exec of a document leaves for the next one of the same: managers' probes are the same again and again. Loaded when the helper is at
// work already.

import type { ProcessChanges } from '../plan/exec-process.js';
import { encodeProcessTemplate, type TemplateRequest, type TemplateSubject } from '../plan/exec-template.js';
import type { Process } from '../spec/types.js';
import { keepExec } from '../state/kept-exec.js';
import type { ProcessSource } from './exec.js';

/** An exec that has been handed over. */
export interface PreparedExec {
  readonly source: ProcessSource;
  readonly changes: ProcessChanges;
  readonly process: Process;
  readonly warnings: readonly string[];
  readonly subject: TemplateSubject;
  readonly container: TemplateRequest;
  readonly stateDirectory: string;
}

/** Only of a document that is all there is to say: flags that change it, a terminal and warnings are for the engine each time. Never throws. */
export function keepForNext({ source, changes, process, warnings, ...exec }: PreparedExec): void {
  if (typeof source === 'string' || !('document' in source)) return;
  if (process.terminal === true || warnings.length > 0 || CHANGES.some((key) => changes[key] !== undefined)) return;
  const template = encodeProcessTemplate(process, exec.subject, exec.container);
  keepExec(exec.stateDirectory, Buffer.from(source.document), template);
}

const CHANGES = Object.keys({
  args: 0,
  terminal: 0,
  cwd: 0,
  env: 0,
  uid: 0,
  gid: 0,
  account: 0,
  additionalGids: 0,
  capabilities: 0,
  noNewPrivileges: 0,
  apparmorProfile: 0,
  selinuxLabel: 0,
} satisfies Record<keyof ProcessChanges, 0>) as (keyof ProcessChanges)[];
