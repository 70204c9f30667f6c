// tsrun ps: the pids themselves, or the lines of the host's ps that are about them.
import { spawnSync } from 'node:child_process';
import { describeSystemError, errnoName } from '../host/files.js';
import { listProcesses, TsrunError } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

/** A host with many processes has a long table. */
const MOST_OUTPUT = 256 * 1024 * 1024;

export async function ps({ globals, values, positionals, warn }: Invocation): Promise<number> {
  const format = values.format ?? 'table';
  if (format !== 'table' && format !== 'json') {
    throw new TsrunError('USAGE', `unknown format ${JSON.stringify(format)}: must be table or json`);
  }
  const [id = '', ...rest] = positionals;
  if (format === 'json' && rest.length > 0) {
    throw new TsrunError('USAGE', `cannot give ${JSON.stringify(rest[0])} to ps: --format json runs none`);
  }
  const pids = listProcesses(globals.root, id);
  if (format === 'json') {
    write(1, `${JSON.stringify(pids)}\n`);
    return 0;
  }
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  write(1, selectProcesses(runPs(args.length > 0 ? args : ['-ef'], warn), pids));
  return 0;
}

/** What the host's ps prints. One that selected no process says so by its status alone: that is an empty table, not a failure. */
function runPs(args: readonly string[], warn: Invocation['warn']): string {
  const { status, signal, stdout, stderr, error } = spawnSync('ps', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
  });
  if (error !== undefined) {
    const reason = errnoName(error) === 'ENOENT' ? 'there is no such program' : describeSystemError(error);
    throw new TsrunError('HOST_UNSUPPORTED', `cannot run "ps": ${reason}`, {
      hint: '"tsrun ps --format json" needs no ps (Debian package: procps)',
      cause: error,
    });
  }
  const complaint = stderr.trim().split('\n')[0] ?? '';
  if (signal !== null || (status !== 0 && complaint !== '')) {
    throw new TsrunError('USAGE', `cannot run "ps ${args.join(' ')}": ${complaint || `it was killed by ${signal}`}`);
  }
  if (complaint !== '') warn(`ps: ${complaint}`);
  return stdout;
}

/**
 * The heading of a table of ps, and those of its lines whose PID is one of `pids`.
 * @throws TsrunError USAGE when the table has no such column.
 */
export function selectProcesses(table: string, pids: readonly number[]): string {
  const [heading = '', ...lines] = table.split('\n');
  const match = /(?:^|\s)PID(?=\s|$)/.exec(heading);
  if (!match) {
    throw new TsrunError('USAGE', `cannot tell whose the lines of ps are: its output has no column PID`, {
      hint: 'add pid to the columns, as in "-o pid,comm"',
    });
  }
  const column = {
    end: match.index + match[0].length,
    number: heading.slice(0, match.index).split(/\s+/).filter(Boolean).length,
  };
  const wanted = new Set(pids);
  const selected = lines.filter((line) => wanted.has(readPid(line, column)));
  return [heading, ...selected].map((line) => `${line}\n`).join('');
}

/** Columns before it may have spaces (a command), then the number ends where its heading does; or be too wide, then it is the nth word. */
function readPid(line: string, { end, number }: { readonly end: number; readonly number: number }): number {
  const aligned = /^\d/.test(line.slice(end)) ? null : /(?:^|\s)(\d+)$/.exec(line.slice(0, end));
  return Number(aligned?.[1] ?? line.split(/\s+/).filter(Boolean)[number]);
}
