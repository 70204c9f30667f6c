import { describe, expect, it } from 'vitest';
import { SpecError } from '../../../src/base/errors.js';
import { parseSpec } from '../../../src/spec/validate.js';
import { encode, goodConfig, type Json, problemsOf } from './parsing.js';

describe('parseSpec()', () => {
  it('returns the spec, its text and no warning', () => {
    const text = JSON.stringify(goodConfig());
    expect(parseSpec(encode(text))).toEqual({ spec: goodConfig(), text, warnings: [] });
  });

  it('ignores unknown properties everywhere', () => {
    const unknown = { 'x-new': { deep: [1] } };
    const change = {
      ...unknown,
      linux: { ...unknown, resources: unknown, personality: { domain: 'LINUX', ...unknown } },
    };
    expect(problemsOf({ ...change, process: unknown, root: { path: 'r', ...unknown } })).toEqual([]);
  });

  it('keeps 64-bit integers exact', () => {
    const text = JSON.stringify(goodConfig()).replace(
      '"cwd"',
      '"rlimits":[{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}],"cwd"',
    );
    expect(parseSpec(encode(text)).spec.process?.rlimits).toEqual([
      { type: 'RLIMIT_CORE', soft: 18446744073709551615n, hard: 18446744073709551615n },
    ]);
  });

  it.each<[Json, string]>([
    [{ process: { args: ['sh', 3] } }, 'process.args[1]: found 3, must be a string: write "3"'],
    [{ process: { args: 'sh' } }, 'process.args: found "sh", must be an array: write ["sh"]'],
    [{ hooks: [] }, 'hooks: found an array, must be an object'],
    [{ process: { terminal: 'yes' } }, 'process.terminal: found "yes", must be true or false'],
    [{ process: { oomScoreAdj: 1001 } }, 'process.oomScoreAdj: found 1001, must be an integer from -1000 to 1000'],
    [{ process: { user: { uid: 1.5 } } }, 'process.user.uid: found 1.5, must be an integer from 0 to 4294967295'],
    [{ process: { user: { gid: null } } }, 'process.user.gid: found null, must be an integer from 0 to 4294967295'],
    [
      { process: { user: { umask: '22' } } },
      'process.user.umask: found "22", must be an integer from 0 to 4294967295: write 22',
    ],
    [
      { process: { rlimits: [{ type: 'RLIMIT_CORE', soft: -1, hard: 1 }] } },
      'process.rlimits[0].soft: found -1, must be an integer from 0 to 18446744073709551615',
    ],
    [{ root: {} }, 'root.path: found nothing, must be set'],
    [{ mounts: [{}] }, 'mounts[0].destination: found nothing, must be set'],
    [{ annotations: { 'a.b/c~d': 1 } }, 'annotations["a.b/c~d"]: found 1, must be a string: write "1"'],
    [
      { hooks: { prestart: [{ path: '/x', timeout: 1.5 }] } },
      'hooks.prestart[0].timeout: found 1.5, must be an integer from -2147483648 to 2147483647',
    ],
    [
      { linux: { devices: [{ type: 'x', path: '/dev/x' }] } },
      'linux.devices[0].type: found "x", must be one of "c", "b", "u", "p"',
    ],
    [
      { linux: { personality: { domain: 'BSD' } } },
      'linux.personality.domain: found "BSD", must be one of "LINUX", "LINUX32"',
    ],
    [
      { linux: { namespaces: [{ type: 'mnt' }] } },
      'linux.namespaces[0].type: found "mnt", must be one of "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"',
    ],
    [
      { linux: { resources: { unified: { 'memory.max': 1 } } } },
      'linux.resources.unified["memory.max"]: found 1, must be a string: write "1"',
    ],
    [{ windows: { layerFolders: {} } }, 'windows.layerFolders: found an object, must be an array'],
  ])('refuses %j', (change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each([
    ['18446744073709551615', []],
    ['18446744073709551616', ['found 18446744073709551616, must be an integer from 0 to 18446744073709551615']],
    ['1e300', ['found 1e+300, must be an integer from 0 to 18446744073709551615']],
  ])('knows the range of uint64: %s', (number, messages) => {
    const text = JSON.stringify(goodConfig()).replace(
      '"namespaces"',
      `"resources":{"cpu":{"shares":${number}}},"namespaces"`,
    );
    expect(problemsIn(text)).toEqual(messages.map((message) => `linux.resources.cpu.shares: ${message}`));
  });

  it('reports every problem, of the schema and then of the checks', () => {
    expect(problemsOf({ hostname: 1, process: { cwd: 2, args: [3, 4] } }).sort()).toEqual([
      'hostname: found 1, must be a string',
      'process.args[0]: found 3, must be a string: write "3"',
      'process.args[1]: found 4, must be a string: write "4"',
      'process.cwd: found 2, must be a string',
    ]);
    expect(problemsOf({ ociVersion: '2.0.0', process: { cwd: 'x', args: [] } })).toEqual([
      'ociVersion: found "2.0.0", must be a version 1',
      'process.args: found an empty array, must have at least one entry',
      'process.cwd: found "x", must be an absolute path',
    ]);
  });

  it('shows 50 problems and counts the rest', () => {
    const problems = problemsOf({ process: { args: Array.from({ length: 53 }, () => 1) } });
    expect(problems.length).toBe(51);
    expect(problems[50]).toBe('and 3 more');
  });

  it('names the whole document when it is no object', () => {
    expect(problemsIn('[]')).toEqual([': found an array, must be an object']);
  });
});

function problemsIn(text: string): string[] {
  try {
    parseSpec(encode(text));
  } catch (error) {
    if (error instanceof SpecError) {
      return error.problems.map(({ path, message }) => `${path}: ${message}`);
    }
    throw error;
  }
  return [];
}
