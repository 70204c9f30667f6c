// What tsrun prints: results to standard output, and the one printer of warnings and errors, to standard error and the log file.
import { appendFileSync, writeSync } from 'node:fs';
import { describeSystemError, errnoName } from '../host/files.js';
import { describeProblem, encodeLogRecord, type LogLevel, SpecError, type TsrunError } from '../index.js';
import type { Globals } from './commands.js';

/** Writes all of the text, also to a pipe that a caller made non-blocking. A reader that is gone ends the output, not the command: then it is false. */
export function write(fd: 1 | 2, text: string): boolean {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = errnoName(error);
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}

/** Prints a warning: `tsrun: warning: …`. */
export function printWarning(message: string, globals: Globals | null): void {
  write(2, `tsrun: warning: ${printable(message)}\n`);
  log(globals, 'warning', message);
}

/** Prints an error: one line, at most one hint, the problems of a config.json one a line; with --debug the causes. */
export function printError(error: TsrunError, globals: Globals | null): void {
  write(2, `tsrun: ${describeForPeople(error)}\n`);
  if (error.hint !== undefined) write(2, `hint: ${printable(error.hint)}\n`);
  if (globals?.debug) write(2, describeCauses(error));
  log(globals, 'error', printable(error.message), error);
}

function describeForPeople(error: TsrunError): string {
  if (!(error instanceof SpecError) || error.problems.length < 2) return printable(error.message);
  const lines = error.problems.map((problem) => `  ${printable(describeProblem(problem))}`);
  return `${printable(error.begin)}: ${error.count} problems\n${lines.join('\n')}`;
}

function describeCauses(error: TsrunError): string {
  let text = `code: ${error.code}\n`;
  if (error.details !== undefined) text += `details: ${JSON.stringify(error.details, bigintAsText)}\n`;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    text += `cause: ${cause.stack ?? cause.message}\n`;
  return text;
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Terminals obey control characters, and names in a bundle may have any. */
function printable(text: string): string {
  return text
    .replace(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .replaceAll('\n', '\\n');
}

function log(globals: Globals | null, level: LogLevel, msg: string, error?: TsrunError): void {
  if (globals?.log === undefined) return;
  const time = new Date().toISOString();
  const line = encodeLogRecord({ level, msg, time, code: error?.code, hint: error?.hint }, globals.logFormat);
  try {
    appendFileSync(globals.log, line, { mode: 0o644 });
  } catch (cause) {
    write(2, `tsrun: cannot write the log "${globals.log}": ${describeSystemError(cause)}\n`);
  }
}
