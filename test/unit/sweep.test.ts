// The sweep of faults goes through every verb, or says why not.
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { choosePlaces, ERRORS, partOf } from '../faults/sweep/points.js';
import { SCENARIOS, titleOf } from '../faults/sweep/scenarios.js';
import { forgottenVerbs, UNSWEPT } from '../faults/sweep/unswept.js';

describe('the table of the sweep', () => {
  test('forgets no verb', () => {
    expect(forgottenVerbs()).toEqual([]);
  });

  test('excuses no verb that it has, and none that there is not', () => {
    const swept = SCENARIOS.map(({ verb }) => verb);
    const names = COMMANDS.map(({ name }) => name);
    expect(Object.keys(UNSWEPT).filter((verb) => swept.includes(verb) || !names.includes(verb))).toEqual([]);
    expect(swept.filter((verb) => !names.includes(verb))).toEqual([]);
  });

  test('has one title for each scenario', () => {
    const titles = SCENARIOS.map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.each(['create', 'run', 'start', 'exec', 'kill', 'delete', 'update', 'pause', 'resume'])(
    'has the engine of %s, and who does what it decides',
    (verb) => {
      const roles = SCENARIOS.filter((scenario) => scenario.verb === verb).flatMap(({ processes }) =>
        Object.keys(processes),
      );
      expect(roles).toEqual(expect.arrayContaining(['engine', 'helper']));
    },
  );
});

describe('choosePlaces()', () => {
  const calls = ['brk', 'read', 'read', 'read', 'close', 'prctl 4', 'openat', 'write', 'exit_group'];

  test('takes the calls of the front and of the helper apart', () => {
    expect(partOf('front', calls)).toEqual({ first: 1, last: 6 });
    expect(partOf('helper', calls)).toEqual({ first: 7, last: 9 });
  });

  test('leaves out what the program itself calls', () => {
    expect(partOf('init', ['setsid', 'execve', 'brk'])).toEqual({ first: 1, last: 2 });
  });

  test('takes one of a row of the same call in a sample', () => {
    const places = choosePlaces('front', calls, { kind: 'kill', wanted: 9, turn: 0 });
    expect(places.map(({ index }) => index)).toEqual([1, 2, 5, 6]);
  });

  test('goes through all errors in turn', () => {
    const places = choosePlaces(
      'init',
      Array.from({ length: 80 }, (_, i) => `call ${i}`),
      {
        kind: 'error',
        wanted: 16,
        turn: 3,
      },
    );
    expect(new Set(places.map(({ fault }) => fault))).toEqual(new Set(ERRORS));
    expect(new Set(places.map(({ index }) => index)).size).toBe(16);
  });
});
