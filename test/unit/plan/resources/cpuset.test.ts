import { describe, expect, it, test } from 'vitest';
import { checkCpuset, compileCpuset } from '../../../../src/plan/resources/cpuset.js';
import { missingNumbers } from '../../../../src/plan/resources/number-ranges.js';
import { FACTS } from './samples.js';

describe('missingNumbers()', () => {
  it.each([
    ['', '0-3', ''],
    ['0', '0', ''],
    ['0-3', '0-3,7', ''],
    ['1-2,7', '0-3,7', ''],
    ['0-3', '0-1,2-3', ''],
    ['0-7', '0-3,7', '4-6'],
    ['0-9', '2-3,7', '0-1,4-6,8-9'],
    ['3,5', '0-3', '5'],
    [' 8 , 9\n', '0-3', '8,9'],
    ['0-4294967295', '0-3', '4-4294967295'],
    ['0', '', '0'],
  ])('of %j where there are %j is %j', (wanted, present, missing) => {
    expect(missingNumbers(wanted, present)).toBe(missing);
  });
});

test('compileCpuset() writes the lists as they are', () => {
  expect(compileCpuset({ cpus: '0-3,7', mems: '0' })).toEqual([
    {
      path: 'linux.resources.cpu.cpus',
      controller: 'cpuset',
      choices: [{ file: 'cpuset.cpus', value: '0-3,7' }],
      isDefault: false,
    },
    {
      path: 'linux.resources.cpu.mems',
      controller: 'cpuset',
      choices: [{ file: 'cpuset.mems', value: '0' }],
      isDefault: false,
    },
  ]);
});

test('compileCpuset() writes nothing for empty lists', () => {
  expect(compileCpuset({ cpus: '', mems: '' })).toEqual([]);
});

describe('checkCpuset()', () => {
  test('names the CPUs and nodes that the host lacks', () => {
    expect(checkCpuset({ cpus: '2-8', mems: '0-1' }, { ...FACTS, cpus: '0-3,7\n', mems: '0\n' })).toEqual([
      {
        path: 'linux.resources.cpu.cpus',
        message: 'found "2-8", but this host has no CPU 4-6,8, only 0-3,7',
        ofHost: true,
      },
      {
        path: 'linux.resources.cpu.mems',
        message: 'found "0-1", but this host has no memory node 1, only 0',
        ofHost: true,
      },
    ]);
  });

  test('is content with what the host has, with nothing asked, and where nothing is known', () => {
    expect(checkCpuset({ cpus: '0,7', mems: '0' }, FACTS)).toEqual([]);
    expect(checkCpuset({ cpus: '', mems: '' }, FACTS)).toEqual([]);
    expect(checkCpuset({ cpus: '99', mems: '9' }, { ...FACTS, cpus: null, mems: null })).toEqual([]);
  });
});
