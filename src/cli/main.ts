// The command line: finds the verb, runs it, prints what went wrong. The only place that prints errors, and the only one that exits.
import { readSync } from 'node:fs';
import { asTsrunError, defaultRoot, describeStep, parseReport, reportError, resolveCallerPath, TsrunError } from '../index.js';
import { COMMANDS, type Command, GLOBAL_FLAGS, type Globals, type Invocation } from './commands.js';
import { type FlagValues, type ScannedLine, scanFlags } from './flags.js';
import { printError, printWarning, write } from './output.js';
import { versionText } from './version.js';

interface Line extends ScannedLine {
  readonly command: Command;
  readonly globals: Globals;
}

/** Runs one command line and answers the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  let globals: Globals | null = null;
  try {
    if (argv[0] === '@report') return await report(argv.slice(1));
    const scanned = scanFlags(argv, [...GLOBAL_FLAGS, { name: 'version', short: 'v', description: '' }], true);
    if (scanned?.values.version === true) return print(versionText());
    globals = scanned === null ? null : readGlobals(scanned.values);
    const line = parseLine(scanned, globals) ?? (await parseWithCommander(argv));
    if (line === null) return 0;
    globals = line.globals;
    return await runLine(line, argv);
  } catch (error) {
    printError(asTsrunError(error), globals);
    return 1;
  }
}

function print(text: string): number {
  write(1, text);
  return 0;
}

/** The verb and its arguments, when everything is plainly right. */
function parseLine(scanned: ScannedLine | null, globals: Globals | null): Line | null {
  if (scanned === null || globals === null) return null;
  const command = COMMANDS.find(({ name }) => name === scanned.positionals[0]);
  const line = command && scanFlags(scanned.positionals.slice(1), command.flags, false);
  if (!command || !line || !isRightCount(command, line.positionals.length)) return null;
  return { ...line, command, globals };
}

function isRightCount({ positionals }: Command, count: number): boolean {
  const required = positionals.filter((name) => !name.startsWith('[')).length;
  return count >= required && count <= positionals.length;
}

/** Commander words usage errors and help; null when it has printed what was asked for. */
async function parseWithCommander(argv: readonly string[]): Promise<Line | null> {
  const { parseUsage } = await import('./usage.js');
  const parsed = parseUsage(argv);
  if (typeof parsed === 'string') {
    print(parsed);
    return null;
  }
  return { ...parsed.line, command: parsed.command, globals: readGlobals(parsed.globals) };
}

function readGlobals(values: FlagValues): Globals {
  const logFormat = values['log-format'] ?? 'text';
  if (logFormat !== 'text' && logFormat !== 'json') {
    throw new TsrunError('USAGE', `unknown log format ${JSON.stringify(logFormat)}: must be text or json`);
  }
  const rootless = values.rootless ?? 'auto';
  if (rootless !== 'auto' && rootless !== 'true' && rootless !== 'false') {
    throw new TsrunError('USAGE', `unknown value of --rootless ${JSON.stringify(rootless)}: must be auto, true or false`);
  }
  return {
    root: typeof values.root === 'string' ? resolveCallerPath(values.root) : defaultRoot(),
    log: typeof values.log === 'string' && values.log !== '' ? resolveCallerPath(values.log) : undefined,
    logFormat,
    debug: values.debug === true,
    systemdCgroup: values['systemd-cgroup'] === true,
  };
}

async function runLine(line: Line, argv: readonly string[]): Promise<number> {
  const run = await line.command.load();
  const invocation: Invocation = {
    globals: line.globals,
    values: line.values,
    positionals: line.positionals,
    argv,
    warn: (message) => printWarning(message, line.globals),
  };
  return await run(invocation);
}

/** `@report FD STATUS ARGV…`: the helper has become the engine again, because something has to be worded. */
async function report([fd = '', status = '1', ...argv]: readonly string[]): Promise<number> {
  const scanned = scanFlags(argv, GLOBAL_FLAGS, true);
  const line = parseLine(scanned, scanned === null ? null : readGlobals(scanned.values)) ?? (await parseWithCommander(argv));
  if (line === null) return Number(status);
  const helperReport = parseReport(readAll(Number(fd)));
  for (const step of helperReport.warnings) printWarning(describeStep(step), line.globals);
  if (helperReport.failure === null) return Number(status);
  const undertaking = { verb: line.command.name, id: line.positionals[0] ?? '' };
  printError(reportError(helperReport, undertaking), line.globals);
  return 1;
}

function readAll(fd: number): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(65536);
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk.subarray(0, got));
  }
}
