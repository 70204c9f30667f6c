// The slow way to read a command line: commander, built from the tables, words help and every mistake.
import { Argument, Command as Commander, CommanderError, Option } from 'commander';
import { TsrunError } from '../index.js';
import { COMMANDS, type Command, GLOBAL_FLAGS, passesArguments } from './commands.js';
import { type Flag, type FlagValue, type FlagValues, parseSwitch, readFlag, type ScannedLine } from './flags.js';

export interface ParsedUsage {
  readonly command: Command;
  readonly globals: FlagValues;
  readonly line: ScannedLine;
}

/**
 * Parses any command line; answers text when help was asked for.
 * @throws TsrunError USAGE with commander's words.
 */
export function parseUsage(argv: readonly string[]): ParsedUsage | string {
  let parsed: ParsedUsage | null = null;
  let printed = '';
  const program = newProgram((text) => {
    printed += text;
  });
  for (const command of COMMANDS) {
    const sub = addCommand(program, command);
    sub.action(() => {
      parsed = {
        command,
        globals: readFlags(program, GLOBAL_FLAGS),
        line: { values: readFlags(sub, command.flags), positionals: sub.args },
      };
    });
  }
  try {
    program.parse(spellForCommander(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return printed;
    throw usageError(error, argv);
  }
  return parsed ?? program.helpInformation();
}

/** The same command line in the syntax that commander knows: `-root x` is `--root=x`, `--debug=1` is `--debug`, `--debug=0` is nothing. */
function spellForCommander(argv: readonly string[]): string[] {
  const spelled: string[] = [];
  let command: Command | undefined;
  let flags: readonly Flag[] = [...GLOBAL_FLAGS, ...OWN_FLAGS];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    const found = readFlag(arg, flags);
    if (found !== undefined) {
      const value = found.flag.value === undefined ? undefined : (found.given ?? argv[++i]);
      spelled.push(...spellFlag(found, value));
      continue;
    }
    spelled.push(arg);
    const isPositional = arg === '-' || arg[0] !== '-';
    if (arg === '--' || (isPositional && command && passesArguments(command)))
      return [...spelled, ...argv.slice(i + 1)];
    if (isPositional && command === undefined) {
      command = COMMANDS.find(({ name }) => name === arg);
      flags = [...(command?.flags ?? []), ...OWN_FLAGS];
    }
  }
  return spelled;
}

/** Flags that commander answers itself. */
const OWN_FLAGS: readonly Flag[] = [
  { name: 'help', short: 'h', description: '' },
  { name: 'version', short: 'v', description: '' },
];

function spellFlag({ flag, given }: NonNullable<ReturnType<typeof readFlag>>, value?: string): string[] {
  if (flag.value !== undefined) return [value === undefined ? `--${flag.name}` : `--${flag.name}=${value}`];
  const on = parseSwitch(given);
  if (on === undefined) return [`--${flag.name}=${given}`];
  return on ? [`--${flag.name}`] : [];
}

function usageError(error: CommanderError, argv: readonly string[]): TsrunError {
  // Without a verb commander prints help as an error: say what is missing instead.
  const message =
    error.code === 'commander.help'
      ? 'no command is given'
      : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const verb = COMMANDS.find(({ name }) => argv.includes(name))?.name;
  return new TsrunError('USAGE', `incorrect usage: ${message}`, {
    hint: `"tsrun ${verb === undefined ? '' : `${verb} `}--help" shows what there is`,
  });
}

function newProgram(print: (text: string) => void): Commander {
  const program = new Commander('tsrun')
    .description('an OCI container runtime')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .option('-v, --version', 'print the version');
  for (const flag of GLOBAL_FLAGS) program.addOption(toOption(flag));
  return program;
}

function addCommand(program: Commander, command: Command): Commander {
  const sub = program.command(command.name).description(command.description).exitOverride();
  for (const flag of command.flags) sub.addOption(toOption(flag));
  for (const name of command.positionals) sub.addArgument(new Argument(name.startsWith('[') ? name : `<${name}>`));
  return sub.allowExcessArguments(false).passThroughOptions(passesArguments(command));
}

function toOption({ name, short, value, description, hidden, isRepeatable }: Flag): Option {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const option = new Option(value === undefined ? names : `${names} <${value}>`, description).hideHelp(hidden ?? false);
  return isRepeatable ? option.argParser((text, before: readonly string[] = []) => [...before, text]) : option;
}

/** Commander keeps `--no-x` as `x: false` and other names in camelCase; the tables know them as they are written. */
function readFlags(commander: Commander, flags: readonly Flag[]): FlagValues {
  const values: Record<string, FlagValue> = {};
  for (const flag of flags) {
    const negated = flag.name.startsWith('no-');
    const key = (negated ? flag.name.slice(3) : flag.name).replace(/-([a-z])/g, (_, letter: string) =>
      letter.toUpperCase(),
    );
    const value = commander.getOptionValue(key) as FlagValue;
    if (negated ? value === false : value !== undefined) values[flag.name] = negated ? true : (value ?? true);
  }
  return values;
}
