// Command lines, the quick way: scans an argv that is plainly right against a verb's table of flags. Everything else (help, abbreviations,
// mistakes) is left to commander, which usage.ts builds from the same tables and loads only then.

export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of the flag's value in help; a flag without it is a switch. */
  readonly value?: string;
  readonly description: string;
  /** Accepted because a manager passes it, but not shown in help. */
  readonly hidden?: boolean;
}

/** Values by long name: text of a value, `true` or `false` of a switch. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

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
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') return { values, positionals: [...positionals, ...args.slice(i + 1)] };
    if (arg.length < 2 || arg[0] !== '-') {
      if (stopAtPositional) return { values, positionals: args.slice(i) };
      positionals.push(arg);
      continue;
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const flag = findFlag(flags, equals < 0 ? arg : arg.slice(0, equals));
    if (flag === undefined) return null;
    const given = equals < 0 ? undefined : arg.slice(equals + 1);
    const value = flag.value === undefined ? parseSwitch(given) : (given ?? args[++i]);
    if (value === undefined) return null;
    values[flag.name] = value;
  }
  return { values, positionals };
}

function findFlag(flags: readonly Flag[], text: string): Flag | undefined {
  if (text.startsWith('--')) return flags.find(({ name }) => name === text.slice(2));
  return text.length === 2 ? flags.find(({ short }) => short === text[1]) : undefined;
}

/** Go's flag syntax, which runc's callers use: `--debug`, `--debug=true`, `--debug=false`. */
function parseSwitch(given: string | undefined): boolean | undefined {
  if (given === undefined || given === 'true') return true;
  return given === 'false' ? false : undefined;
}
