import { describe, expect, it } from 'vitest';
import { type Flag, scanFlags } from '../../../src/cli/flags.js';

const FLAGS: readonly Flag[] = [
  { name: 'bundle', short: 'b', value: 'dir', description: '' },
  { name: 'no-pivot', description: '' },
  { name: 'debug', short: 'd', description: '' },
];

describe('scanFlags()', () => {
  it.each([
    [['id'], {}, ['id']],
    [['--bundle', 'x', 'id'], { bundle: 'x' }, ['id']],
    [['--bundle=x=y', 'id'], { bundle: 'x=y' }, ['id']],
    [['--bundle='], { bundle: '' }, []],
    [['-b', '-x', 'id'], { bundle: '-x' }, ['id']],
    [['id', '--no-pivot'], { 'no-pivot': true }, ['id']],
    [['--debug=false', '--no-pivot=true'], { debug: false, 'no-pivot': true }, []],
    [['-d', '--', '--bundle'], { debug: true }, ['--bundle']],
    [['-'], {}, ['-']],
    [['--bundle', 'x', '--bundle', 'y'], { bundle: 'y' }, []],
    [['-bundle', 'x', 'id'], { bundle: 'x' }, ['id']],
    [['-bundle=x', '-no-pivot', '-debug=false'], { bundle: 'x', 'no-pivot': true, debug: false }, []],
    [['-b=x', '--b=y', '--d'], { bundle: 'y', debug: true }, []],
    [['--debug=1', '--no-pivot=T'], { debug: true, 'no-pivot': true }, []],
    [['--debug=0', '--no-pivot=F'], { debug: false, 'no-pivot': false }, []],
    [['--debug', 'false'], { debug: true }, ['false']],
  ])('reads %j', (args, values, positionals) => {
    expect(scanFlags(args, FLAGS, false)).toEqual({ values, positionals });
  });

  it.each([
    [['--help']],
    [['--bundl', 'x']],
    [['--bundle']],
    [['--debug=yes']],
    [['-dx']],
    [['---debug']],
    [['--debug=']],
    [['-=x']],
    [['--=x']],
  ])('leaves %j to commander', (args) => {
    expect(scanFlags(args, FLAGS, false)).toBeNull();
  });

  it('ends the global flags at the verb', () => {
    expect(scanFlags(['--debug', 'create', '--debug', '-x'], FLAGS, true)).toEqual({
      values: { debug: true },
      positionals: ['create', '--debug', '-x'],
    });
  });
});
