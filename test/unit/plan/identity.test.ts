import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { type Changes, createOps, specWith } from './samples.js';

type Process = NonNullable<Spec['process']>;

const IDENTITY = [
  'set-rlimit',
  'set-oom-score-adj',
  'join-keyring',
  'set-hostname',
  'set-domainname',
  'write-sysctl',
  'reset-affinity',
  'set-umask',
  'make-directory',
  'set-personality',
  'set-no-new-privileges',
  'set-environment',
  'change-directory',
  'set-bounding-capabilities',
  'set-user',
  'set-capabilities',
  'set-home',
  'find-executable',
  'keep-descriptors',
] as const;

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const processWith = (parts: Partial<Process>): Spec =>
  specWith({ process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, ...parts } });

const environmentOf = (env: string[], changes: Changes = {}) =>
  createOps(processWith({ env }), ['set-environment', 'set-listen-pid', 'set-home', 'find-executable'], changes);

describe('compilePlan() of process', () => {
  test('does the least for the least', () => {
    expect(createOps(specWith(), IDENTITY)).toEqual([
      { op: 'join-keyring', name: '_ses.web' },
      { op: 'reset-affinity' },
      { op: 'set-umask', mask: 0o022 },
      { op: 'set-environment', env: [] },
      { op: 'change-directory', path: '/', denial: 'ignore' },
      { op: 'set-user', uid: 0, gid: 0, groups: [] },
      { op: 'change-directory', path: '/', denial: 'error' },
      { op: 'set-home', uid: 0 },
      { op: 'find-executable', name: 'sh', search: DEFAULT_PATH },
      { op: 'keep-descriptors', count: 0 },
    ]);
  });

  test('takes everything that config.json gives, in the order of runc', () => {
    const spec: Spec = {
      ...processWith({
        args: ['/bin/app', '-v'],
        cwd: '/work',
        env: ['PATH=/bin', 'HOME=/root'],
        user: { uid: 1000, gid: 1001, umask: 0o77, additionalGids: [5, 4294967294] },
        rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 18446744073709551615n as unknown as number }],
        oomScoreAdj: 0,
        noNewPrivileges: true,
        capabilities: { bounding: ['CAP_KILL', 'CAP_CHOWN'], permitted: ['CAP_CHOWN'], effective: ['CAP_CHOWN'] },
      }),
      hostname: 'web',
      domainname: 'example',
      linux: {
        namespaces: [{ type: 'mount' }, { type: 'uts' }],
        personality: { domain: 'LINUX32' },
        sysctl: { 'net.ipv4.conf.eth0/1.forwarding': '1', 'kernel/msgmax': '2' },
      },
    };
    expect(createOps(spec, IDENTITY, { request: { noNewKeyring: true, preserveFds: 3 } })).toEqual([
      { op: 'set-rlimit', resource: 'RLIMIT_NOFILE', soft: 1024, hard: 18446744073709551615n },
      { op: 'set-oom-score-adj', value: 0 },
      { op: 'make-directory', path: '/work', mode: 0o755 },
      { op: 'set-hostname', name: 'web' },
      { op: 'set-domainname', name: 'example' },
      { op: 'write-sysctl', path: 'net/ipv4/conf/eth0.1/forwarding', value: '1' },
      { op: 'write-sysctl', path: 'kernel/msgmax', value: '2' },
      { op: 'reset-affinity' },
      { op: 'set-umask', mask: 0o77 },
      { op: 'set-personality', persona: 'PER_LINUX32' },
      { op: 'set-no-new-privileges' },
      { op: 'set-environment', env: ['PATH=/bin', 'HOME=/root'] },
      { op: 'change-directory', path: '/work', denial: 'ignore' },
      { op: 'set-bounding-capabilities', keep: ['CAP_CHOWN', 'CAP_KILL'] },
      { op: 'set-user', uid: 1000, gid: 1001, groups: ['5', '4294967294'] },
      { op: 'set-capabilities', effective: ['CAP_CHOWN'], permitted: ['CAP_CHOWN'], inheritable: [], ambient: [] },
      { op: 'change-directory', path: '/work', denial: 'error' },
      { op: 'find-executable', name: '/bin/app', search: '/bin' },
      { op: 'keep-descriptors', count: 3 },
    ]);
  });

  test('gives each variable its last value at its first place', () => {
    expect(environmentOf(['A=1', 'HOME=/h', 'B=2', 'A=3=4', 'PATH='])).toEqual([
      { op: 'set-environment', env: ['A=3=4', 'HOME=/h', 'B=2', 'PATH='] },
      { op: 'find-executable', name: 'sh', search: '' },
    ]);
  });

  test('takes an empty HOME for none', () => {
    expect(environmentOf(['HOME=/h', 'HOME=', 'A=1'])).toEqual([
      { op: 'set-environment', env: ['A=1'] },
      { op: 'set-home', uid: 0 },
      { op: 'find-executable', name: 'sh', search: DEFAULT_PATH },
    ]);
  });

  test('passes sockets on', () => {
    expect(environmentOf(['LISTEN_FDS=9', 'HOME=/h'], { request: { listenFds: 2 } }).slice(0, 2)).toEqual([
      { op: 'set-environment', env: ['LISTEN_FDS=2', 'HOME=/h'] },
      { op: 'set-listen-pid' },
    ]);
    expect(environmentOf(['HOME=/h'], { request: { listenFds: 2, listenNames: 'a:b' } })[0]).toEqual({
      op: 'set-environment',
      env: ['HOME=/h', 'LISTEN_FDS=2', 'LISTEN_FDNAMES=a:b'],
    });
  });

  test('leaves out capabilities that are unknown or could not be granted', () => {
    const capabilities = {
      bounding: ['CAP_KILL', 'CAP_NONE', 'CAP_KILL'],
      permitted: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_KILL', 'CAP_SYSLOG'],
      inheritable: ['CAP_KILL', 'CAP_CHOWN'],
      ambient: ['CAP_KILL', 'CAP_CHOWN'],
    };
    expect(createOps(processWith({ capabilities }), ['set-bounding-capabilities', 'set-capabilities'])).toEqual([
      { op: 'set-bounding-capabilities', keep: ['CAP_KILL'] },
      {
        op: 'set-capabilities',
        effective: ['CAP_KILL'],
        permitted: ['CAP_CHOWN', 'CAP_KILL'],
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      },
    ]);
  });
});
