// What makes something garbage: the decisions, without the files.
import { describe, expect, test } from 'vitest';
import { parseMark } from '../../../src/lifecycle/garbage/cgroups.js';
import { judge, type Traces } from '../../../src/lifecycle/remains.js';

const stopped: Traces = {
  status: 'stopped',
  published: true,
  endsWithRun: false,
  creatorAlive: false,
  removerAlive: null,
};

describe('judge()', () => {
  test('leaves a container that has stopped to its manager', () => {
    expect(judge(stopped)).toBeNull();
  });

  test('knows a create that was killed', () => {
    expect(judge({ ...stopped, published: false })).toBe('create');
  });

  test('knows a run that was killed, once its program has ended', () => {
    expect(judge({ ...stopped, endsWithRun: true })).toBe('run');
    expect(judge({ ...stopped, endsWithRun: true, status: 'running' })).toBeNull();
  });

  test('leaves a run that is about to remove its container', () => {
    expect(judge({ ...stopped, endsWithRun: true, creatorAlive: true })).toBeNull();
  });

  test('knows a delete that was killed, also where whoever has created lives', () => {
    expect(judge({ ...stopped, removerAlive: false })).toBe('delete');
    expect(judge({ ...stopped, removerAlive: false, status: 'creating', published: false })).toBe('delete');
  });

  test('leaves a delete that is at work', () => {
    expect(judge({ ...stopped, removerAlive: true })).toBeNull();
    expect(judge({ ...stopped, published: false, removerAlive: true })).toBeNull();
  });

  test.each(['created', 'running', 'paused'] as const)(
    'leaves a container that is %s, whatever else is there',
    (status) => {
      for (const published of [true, false])
        for (const endsWithRun of [true, false])
          for (const removerAlive of [true, false, null])
            expect(judge({ ...stopped, status, published, endsWithRun, removerAlive })).toBeNull();
    },
  );

  test('leaves a container that is being created', () => {
    expect(judge({ ...stopped, status: 'creating', published: false, creatorAlive: true })).toBeNull();
  });
});

describe('parseMark()', () => {
  test('reads what a cgroup bears, whatever is in the path', () => {
    expect(parseMark('4026531832 25:1 26:77 /run/a b\n12/web')).toEqual({
      mountNamespace: '4026531832',
      rootDirectory: '25:1',
      identity: '26:77',
      directory: '/run/a b\n12/web',
    });
  });

  test.each([
    '',
    '1',
    '1 25:1 26:77',
    '1 25:1 26:77 web',
    '1 25:1 26 /run/web',
    '-1 25:1 26:77 /run/web',
    ' 1 25:1 26:77 /r',
  ])('takes nothing else: %j', (text) => {
    expect(parseMark(text)).toBeNull();
  });
});
