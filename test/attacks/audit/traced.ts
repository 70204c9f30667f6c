// tsrun under strace: what every process of a command and of the container does, for the audit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPS, type OpName } from '../../../src/plan/ops.js';
import { makeTemporary } from '../../support/temporary.js';
import type { Outcome } from '../../support/tsrun.js';
import { type AuditOptions, type AuditReport, auditTrace } from './audit.js';

/** The words before a command that has its trace written to `file`. */
export interface Tracer {
  readonly words: readonly string[];
  readonly file: string;
}

export function newTracer(): Tracer {
  const file = join(makeTemporary(), 'trace');
  return { words: ['strace', '-f', '-q', '-y', '--decode-pids=pidns', '-s', '256', '-o', file], file };
}

/** What all the audits of a file have found together. */
export class AuditTally {
  readonly exceptions = new Set<string>();
  readonly operations = new Set<string>();

  /** Audits a trace; an error when the container did not come to execute its program. */
  judge({ file }: Tracer, options: AuditOptions, outcome: Pick<Outcome, 'status' | 'stderr'>): AuditReport {
    if (outcome.status !== 0) throw new Error(`status ${outcome.status}: ${outcome.stderr}`);
    const report = auditTrace(readFileSync(file, 'utf8'), options);
    for (const title of report.exceptions) this.exceptions.add(title);
    return report;
  }

  /** Notes the operations that init does for a plan. */
  notePlan(path: string): void {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const name = line.split('\t')[0] as OpName;
      if (OPS[name]?.[0] === 'INIT') this.operations.add(name);
    }
  }
}
