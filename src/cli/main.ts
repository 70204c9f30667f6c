// The command line: finds the verb, runs it, prints what went wrong. The only place that prints errors, and the only one that exits.
import {
  asTsrunError,
  CGROUP_MANAGERS,
  type CgroupManager,
  checkRoot,
  defaultRoot,
  resolveCallerPath,
  TsrunError,
} from '../index.js';
import {
  ABSENT_VERBS,
  COMMANDS,
  type Command,
  GLOBAL_FLAGS,
  type Globals,
  type Invocation,
  passesArguments,
} from './commands.js';
import { type FlagValues, type ScannedLine, scanFlags } from './flags.js';
import { printError, printWarning, write } from './output.js';
import { versionText } from './version.js';

/** A command line that has been understood. */
export interface Line extends ScannedLine {
  readonly command: Command;
  readonly globals: Globals;
}

/** Runs one command line and answers the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  let globals: Globals | null = null;
  let line: Line | string | null = null;
  try {
    if (argv[0] === '@report') return await (await import('./report.js')).report(argv.slice(1));
    const scanned = scanFlags(argv, [...GLOBAL_FLAGS, { name: 'version', short: 'v', description: '' }], true);
    if (scanned?.values.version === true) return print(versionText());
    globals = scanned === null ? null : readGlobals(scanned.values);
    refuseAbsentVerb(scanned?.positionals[0]);
    line = await parseLine(argv, scanned, globals);
    if (typeof line === 'string') return print(line);
    globals = line.globals;
    return await runLine(line);
  } catch (error) {
    printError(asTsrunError(error), globals);
    // runc's: a command line that could not be read is 1, whatever the verb.
    return line === null || typeof line === 'string' ? 1 : statusOf(line);
  }
}

function refuseAbsentVerb(verb: string | undefined): void {
  if (verb === undefined || !ABSENT_VERBS.includes(verb)) return;
  throw new TsrunError('SPEC_UNSUPPORTED', `cannot ${verb} a container: this version of tsrun has no checkpoints`, {
    hint: 'delete the container, and create it anew',
  });
}

/** Exit status of a command that has failed. */
export function statusOf({ command }: Pick<Line, 'command'>): number {
  return command.failureStatus ?? 1;
}

function print(text: string): number {
  write(1, text);
  return 0;
}

/**
 * The verb and its arguments; text when help was asked for. Commander, which words help and every mistake, is loaded only when something
 * is not plainly right.
 * @throws TsrunError USAGE.
 */
export async function parseLine(
  argv: readonly string[],
  scanned: ScannedLine | null,
  globals: Globals | null,
): Promise<Line | string> {
  const plain = scanned === null || globals === null ? null : parsePlainLine(scanned, globals);
  if (plain !== null) return plain;
  const { parseUsage } = await import('./usage.js');
  const parsed = parseUsage(argv);
  if (typeof parsed === 'string') return parsed;
  return { ...parsed.line, command: parsed.command, globals: readGlobals(parsed.globals) };
}

function parsePlainLine(scanned: ScannedLine, globals: Globals): Line | null {
  const command = COMMANDS.find(({ name }) => name === scanned.positionals[0]);
  const line = command && scanFlags(scanned.positionals.slice(1), command.flags, passesArguments(command));
  if (!command || !line || !isRightCount(command, line.positionals.length)) return null;
  return { ...line, command, globals };
}

function isRightCount(command: Command, count: number): boolean {
  const required = command.positionals.filter((name) => !name.startsWith('[')).length;
  return count >= required && (passesArguments(command) || count <= command.positionals.length);
}

/**
 * The global flags with their defaults.
 * @throws TsrunError USAGE for a value that is none.
 */
export function readGlobals(values: FlagValues): Globals {
  const logFormat = values['log-format'] ?? 'text';
  if (logFormat !== 'text' && logFormat !== 'json') {
    throw new TsrunError('USAGE', `unknown log format ${JSON.stringify(logFormat)}: must be text or json`);
  }
  return {
    root: checkRoot(typeof values.root === 'string' ? resolveCallerPath(values.root) : defaultRoot()),
    log: typeof values.log === 'string' && values.log !== '' ? resolveCallerPath(values.log) : undefined,
    logFormat,
    debug: values.debug === true,
    cgroupManager: readCgroupManager(values),
    rootless: readRootless(values),
  };
}

/** As runc: auto, or what Go takes for a truth value. */
function readRootless({ rootless = 'auto' }: FlagValues): boolean | undefined {
  if (rootless === 'auto' || rootless === '') return undefined;
  const word = String(rootless).toLowerCase();
  if (['true', 't', '1'].includes(word)) return true;
  if (['false', 'f', '0'].includes(word)) return false;
  throw new TsrunError('USAGE', `unknown value of --rootless ${JSON.stringify(rootless)}: must be auto, true or false`);
}

/** The two flags for one thing: runc's, and crun's. */
function readCgroupManager(values: FlagValues): CgroupManager {
  const named = values['cgroup-manager'] ?? (values['systemd-cgroup'] === true ? 'systemd' : 'cgroupfs');
  const manager = CGROUP_MANAGERS.find((name) => name === named);
  if (manager === undefined) {
    throw new TsrunError(
      'USAGE',
      `unknown value of --cgroup-manager ${JSON.stringify(named)}: must be ${CGROUP_MANAGERS.join(', ')}`,
    );
  }
  if (values['systemd-cgroup'] === true && manager !== 'systemd') {
    throw new TsrunError('USAGE', `cannot use both --systemd-cgroup and --cgroup-manager=${manager}`);
  }
  return manager;
}

async function runLine(line: Line): Promise<number> {
  const run = await line.command.load();
  const invocation: Invocation = {
    verb: line.command.name,
    globals: line.globals,
    values: line.values,
    positionals: line.positionals,
    warn: (message) => printWarning(message, line.globals),
  };
  return await run(invocation);
}
