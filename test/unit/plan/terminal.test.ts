import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { createOps, specWith } from './samples.js';

type Process = NonNullable<Spec['process']>;

const NAMES = [
  'set-child-subreaper',
  'open-console-socket',
  'open-terminal',
  'clone-terminal',
  'use-terminal',
  'own-streams',
  'relay-terminal',
  'send-terminal',
] as const;

const processWith = (parts: Partial<Process>): Spec =>
  specWith({ process: { args: ['sh'], cwd: '/', user: { uid: 7, gid: 8 }, ...parts } });

describe('compilePlan() of process.terminal', () => {
  test('gives the streams of the caller to the user of a program without one', () => {
    const size = { height: 1, width: 2 };
    expect(createOps(processWith({ terminal: false, consoleSize: size }), NAMES)).toEqual([
      { op: 'own-streams', uid: 7 },
    ]);
  });

  test('has the command relay it', () => {
    expect(createOps(processWith({ terminal: true }), NAMES, { request: { reapsOrphans: true } })).toEqual([
      { op: 'set-child-subreaper' },
      { op: 'open-terminal', rows: 0, columns: 0 },
      { op: 'clone-terminal', slot: 1 },
      { op: 'use-terminal', uid: 7 },
      { op: 'relay-terminal' },
    ]);
  });

  test('sends it to the console socket, which is connected before anything else', () => {
    const process = { terminal: true, consoleSize: { height: 24, width: 80 } };
    const ops = createOps(processWith(process), [...NAMES, 'spawn-init', 'attach', 'publish-init'], {
      request: { consoleSocket: '/run/console' },
    });
    expect(ops).toEqual([
      { op: 'open-console-socket', path: '/run/console' },
      expect.objectContaining({ op: 'spawn-init' }),
      { op: 'open-terminal', rows: 24, columns: 80 },
      { op: 'clone-terminal', slot: 1 },
      { op: 'attach', slot: 1, target: '/dev/console', how: 'nofollow' },
      { op: 'use-terminal', uid: 7 },
      { op: 'send-terminal' },
      { op: 'publish-init' },
    ]);
  });

  test('puts nothing on /dev/console without a mount namespace, where it would be the host that gets it', () => {
    const spec = { ...processWith({ terminal: true }), linux: { namespaces: [{ type: 'pid' as const }] } };
    expect(createOps(spec, [...NAMES, 'attach']).map(({ op }) => op)).toEqual([
      'open-terminal',
      'use-terminal',
      'relay-terminal',
    ]);
  });
});
