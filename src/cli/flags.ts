// Command lines, the quick way: scans an argv that is plainly right against a verb's table of flags. Everything else (help, abbreviations,
// mistakes) is left to commander, which usage.ts builds from the same tables and loads only then.

export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of the flag's value in help; a flag without it is a switch. */
  readonly value?: string;
  readonly description: string;
  /** May be given more than once: its values are a list. */
  readonly isRepeatable?: boolean;
  /** Accepted because a manager passes it, but not shown in help. */
  readonly hidden?: boolean;
}

/** Text of a value, `true` or `false` of a switch, the list of values of a flag that may be repeated. */
export type FlagValue = string | boolean | readonly string[] | undefined;

/** Values by long name. */
export type FlagValues = Readonly<Record<string, FlagValue>>;

export interface ScannedLine {
  readonly values: FlagValues;
  readonly positionals: readonly string[];
}

/**
 * Scans `args`; null when anything in it is not plainly right. With `stopAtPositional` the first argument that is not a flag, and all that
 * follow, are positionals (global flags end at the verb, those of `ps` at the id); otherwise flags may stand between them. `--` ends the flags.
 */
export function scanFlags(
  args: readonly string[],
  flags: readonly Flag[],
  stopAtPositional: boolean,
): ScannedLine | null {
  const values: Record<string, FlagValue> = {};
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') return { values, positionals: [...positionals, ...args.slice(i + 1)] };
    if (arg.length < 2 || arg[0] !== '-') {
      if (stopAtPositional) return { values, positionals: args.slice(i) };
      positionals.push(arg);
      continue;
    }
    const found = readFlag(arg, flags);
    if (found === undefined) return null;
    const { flag, given } = found;
    const value = flag.value === undefined ? parseSwitch(given) : (given ?? args[++i]);
    if (value === undefined) return null;
    values[flag.name] = flag.isRepeatable
      ? [...((values[flag.name] as readonly string[]) ?? []), String(value)]
      : value;
  }
  return { values, positionals };
}

/** The flag that an argument is, and the value after its `=`. Go's flag syntax, which runc's callers use: one dash is as good as two. */
export function readFlag(
  arg: string,
  flags: readonly Flag[],
): { readonly flag: Flag; readonly given: string | undefined } | undefined {
  if (arg[0] !== '-' || arg.length < 2) return undefined;
  const equals = arg.indexOf('=');
  const name = arg.slice(arg[1] === '-' ? 2 : 1, equals < 0 ? undefined : equals);
  const flag = flags.find((entry) => entry.name === name || entry.short === name);
  return flag && { flag, given: equals < 0 ? undefined : arg.slice(equals + 1) };
}

/** A switch alone is true; its values are those of Go's strconv.ParseBool(). Anything else is undefined. */
export function parseSwitch(given: string | undefined): boolean | undefined {
  if (given === undefined || TRUE.has(given)) return true;
  return FALSE.has(given) ? false : undefined;
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
