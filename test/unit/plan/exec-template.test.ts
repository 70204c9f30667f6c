// The template of an exec: the plan that compileExec() would make, with places for what is not known yet.
import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../../src/plan/decode.js';
import { encodePlan } from '../../../src/plan/encode.js';
import { compileExec } from '../../../src/plan/exec.js';
import { encodeExecTemplate, encodeProcessTemplate } from '../../../src/plan/exec-template.js';
import type { Spec } from '../../../src/spec/types.js';
import { specWith } from './samples.js';

const REQUEST = { id: 'web', bundle: '/bundles/web', noNewKeyring: false };
const PLACES = { cgroup: { root: '/sys/fs/cgroup', path: '/web' }, resctrl: null };
const PROCESS = {
  args: ['sleep', '1'],
  cwd: '/srv',
  user: { uid: 5, gid: 6, additionalGids: [7] },
  env: ['PATH=/bin', 'A=b\tc'],
  terminal: true,
};
const NAMESPACES = [{ type: 'mount' as const }];

function template(spec: Partial<Spec> = {}, warned = false): string {
  return encodeExecTemplate({ spec: specWith({ process: PROCESS, ...spec }), ...PLACES }, REQUEST, warned);
}

describe('encodeExecTemplate()', () => {
  test('leaves open what the caller and the moment decide, and nothing else', () => {
    expect(template({ linux: { namespaces: NAMESPACES } })).toBe(
      `${[
        'tsrun-exec\t1\tPATH\tHOME',
        'tsrun-plan\t1',
        'section\tcreate',
        '\\?foreground\tset-child-subreaper',
        'find-init\t\\?pid=0\t\\?start=0',
        'find-exec-cgroup\t/sys/fs/cgroup\t/web\tignore',
        'spawn-process\tCLONE_NEWNS',
        'new-session',
        'join-keyring\t_ses.web',
        'open-current-root',
        'reset-affinity',
        'set-umask\t22',
        'set-environment\t\\?env=2\tPATH=/bin\tA=b\\tc',
        'own-streams\t\\?uid=5',
        'change-directory\t\\?cwd=/srv\tignore',
        'set-user\t\\?uid=5\t\\?gid=6\t1\t7',
        'change-directory\t\\?cwd=/srv\terror',
        'set-home\t\\?uid=5',
        'find-executable\t\\?program=\t/bin',
        'keep-descriptors\t0',
        'section\tstart',
        'await-start',
        'prepare-exec',
        'exec\t\\?args=1\t',
        'await-exec',
        '\\?pid-file\twrite-pid-file\t\\?pid-file=/',
        'section\tteardown',
        'end\t\\?operations=0',
      ].join('\n')}\n`,
    );
  });

  test('is the plan of the same exec where every place has its standard', () => {
    const spec = specWith({ process: PROCESS, linux: { namespaces: NAMESPACES } });
    const process = { ...PROCESS, args: [''], terminal: false };
    const request = { ...REQUEST, preserveFds: 0, listenFds: 0, reapsOrphans: true, pidFile: '/' };
    const plan = compileExec(process, { spec, ...PLACES, init: { pid: 0, startTime: '0' } }, request);
    const filled = encodeExecTemplate({ spec, ...PLACES }, REQUEST, false)
      .replace(/^tsrun-exec.*\n/, '')
      .replaceAll(/^\\\?[a-z-]+\t/gm, '')
      .replace('\\?operations=0', '22')
      .replaceAll(/\\\?[a-z-]+=/g, '');
    expect(filled).toBe(encodePlan(plan));
  });

  test.each([
    ['in a user namespace, which ids it has', template({ linux: { namespaces: [...NAMESPACES, { type: 'user' }] } })],
    ['after a warning, whether it has to be repeated', template({ linux: { namespaces: NAMESPACES } }, true)],
  ])('has no place for what a flag would change where a check has to say, %s', (_, text) => {
    expect([...new Set(text.match(/(?<=\t\\\?)[a-z-]+(?==)/g))]).toEqual([
      'pid',
      'start',
      'program',
      'args',
      'pid-file',
      'operations',
    ]);
  });

  test('is no plan, and neither is it without its first line', () => {
    const text = template();
    expect(() => decodePlan(text)).toThrow();
    expect(() => decodePlan(text.slice(text.indexOf('\n') + 1))).toThrow();
  });
});

describe('encodeProcessTemplate()', () => {
  test('leaves open only what the document does not say', () => {
    const process = { ...PROCESS, terminal: false };
    const subject = { spec: specWith({ process, linux: { namespaces: NAMESPACES } }), ...PLACES };
    const text = encodeProcessTemplate({ ...process, args: ['ls'] }, subject, REQUEST);
    expect(text.match(/\\\?[a-z-]+/g)).toEqual([
      '\\?foreground',
      '\\?pid',
      '\\?start',
      '\\?pid-file',
      '\\?pid-file',
      '\\?operations',
    ]);
    expect(text).toContain('\nexec\t1\tls\n');
  });
});
