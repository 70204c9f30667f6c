import { describe, expect, it } from 'vitest';
import { COMMANDS, GLOBAL_FLAGS, passesArguments } from '../../../src/cli/commands.js';
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
    [['-root', '/r', '--debug=1', 'create', '--frob'], "USAGE: incorrect usage: unknown option '--frob'"],
    [['-log'], "USAGE: incorrect usage: option '--log <file>' argument missing"],
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
    [
      'exec',
      ['-e', 'A=1', '--env=B=2', '--env', 'A=3', '-c', 'CAP_KILL', '-g', '1', '-g', '2', 'id', 'ls', '-e', '--', 'x'],
    ],
    ['exec', ['--no-new-privs', '--no-subreaper', '-d', '-t', '-u', '1:2', 'id', 'ls']],
    ['exec', ['-p', '/p', '--tty=true', 'id']],
    ['exec', ['id', '--', 'ls', '--help']],
    ['create', ['-bundle', '/b', '-no-pivot', '-preserve-fds=3', 'id']],
    ['run', ['-d=true', '--keep=T', '--b', '-x', 'id']],
    ['ps', ['-format', 'json', 'id', '-format', 'x']],
  ])('agrees with scanFlags() about %s %j', (name, args) => {
    const command = COMMANDS.find((entry) => entry.name === name);
    const parsed = parseUsage([name, ...args]);
    const passes = command !== undefined && passesArguments(command);
    expect(typeof parsed === 'string' ? parsed : parsed.line).toEqual(scanFlags(args, command?.flags ?? [], passes));
  });
});

describe('help', () => {
  it.each([['-help'], ['--h'], ['-root', '/r', '-h'], ['--debug=0', 'help'], ['create', '-help']])(
    'is what %j asks for',
    (...argv) => {
      expect(parseUsage(argv)).toContain(`Usage: tsrun${argv[0] === 'create' ? ' create' : ''} `);
    },
  );

  it('lists every verb, and every flag that is not there for compatibility alone', () => {
    const text = parseUsage(['--help']);
    for (const { name } of COMMANDS) expect(text).toMatch(new RegExp(`^ +${name} `, 'm'));
    for (const { name, flags } of [{ name: '', flags: GLOBAL_FLAGS }, ...COMMANDS]) {
      const shown = parseUsage(name === '' ? ['--help'] : [name, '--help']);
      for (const flag of flags) expect(`${shown}`.includes(`--${flag.name}`)).toBe(flag.hidden !== true);
    }
  });
});
