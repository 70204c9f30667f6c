import { describe, expect, it } from 'vitest';
import { COMMANDS, passesArguments } from '../../../src/cli/commands.js';
import { scanFlags } from '../../../src/cli/flags.js';
import { parseUsage } from '../../../src/cli/usage.js';
import { TsrunError } from '../../../src/index.js';

function messageOf(argv: readonly string[]): string {
  try {
    parseUsage(argv);
  } catch (error) {
    if (error instanceof TsrunError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('parseUsage()', () => {
  it.each([
    [['frob'], "USAGE: incorrect usage: unknown command 'frob'"],
    [[], 'USAGE: incorrect usage: no command is given'],
    [['create'], "USAGE: incorrect usage: missing required argument 'container-id'"],
    [['state', 'a', 'b'], "USAGE: incorrect usage: too many arguments for 'state'. Expected 1 argument but got 2."],
    [['create', '--bundle'], "USAGE: incorrect usage: option '-b, --bundle <dir>' argument missing"],
    [['create', '--frob', 'x'], "USAGE: incorrect usage: unknown option '--frob'"],
  ])('words %j', (argv, message) => {
    expect(messageOf(argv)).toBe(message);
  });

  it.each(COMMANDS.map(({ name }) => name))('has help for %s', (name) => {
    expect(parseUsage([name, '--help'])).toContain(`Usage: tsrun ${name}`);
  });

  // Two readers of one table: what the quick one understands, commander must understand alike.
  it.each([
    ['create', ['--bundle', '/b', '--no-pivot', '--preserve-fds', '3', 'id']],
    ['create', ['-b', '/b', 'id', '/c']],
    ['run', ['-d', '--keep', '--no-new-keyring', '--pid-file=/p', 'id']],
    ['kill', ['id', '-a', 'KILL']],
    ['delete', ['--force', 'id']],
    ['list', ['-f', 'json', '-q']],
    ['ps', ['-f', 'json', 'id']],
    ['ps', ['--format=table', 'id', '-o', 'pid,comm', '--format', 'x']],
    ['ps', ['id', '--', '-ef']],
    ['ps', ['--', 'id', '-ef']],
    ['ps', ['id', '--help']],
    ['events', ['id', '--stats', '--interval', '1s']],
  ])('agrees with scanFlags() about %s %j', (name, args) => {
    const command = COMMANDS.find((entry) => entry.name === name);
    const parsed = parseUsage([name, ...args]);
    const passes = command !== undefined && passesArguments(command);
    expect(typeof parsed === 'string' ? parsed : parsed.line).toEqual(scanFlags(args, command?.flags ?? [], passes));
  });
});
