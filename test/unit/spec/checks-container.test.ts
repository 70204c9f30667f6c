import { map, mount, type Row, table, withUser } from './table.js';

table('checkVersion', [
  [{ ociVersion: '1.0.2' }],
  [{ ociVersion: '1.0.2-dev' }],
  [{ ociVersion: '1.1.0-rc.3+build.5' }],
  [{ ociVersion: '0.5.0' }, 'ociVersion: found "0.5.0", must be a version 1'],
  [{ ociVersion: '2.0.0' }, 'ociVersion: found "2.0.0", must be a version 1'],
  [{ ociVersion: '1.0' }, 'ociVersion: found "1.0", must be a SemVer version such as "1.3.0"'],
  [{ ociVersion: '01.0.0' }, 'ociVersion: found "01.0.0", must be a SemVer version such as "1.3.0"'],
  [{ ociVersion: '' }, 'ociVersion: found "", must be a SemVer version such as "1.3.0"'],
]);

table('checkRoot', [
  [{ root: undefined }, 'root: found nothing, must be set'],
  [{ root: { path: '' } }, 'root.path: found "", must be the path of a directory'],
  [{ root: { path: 'rootfs', readonly: true } }],
  ...['', 'private', 'shared', 'slave', 'unbindable', 'rprivate', 'rslave'].map(
    (word): Row => [{ linux: { rootfsPropagation: word } }],
  ),
  [
    { linux: { rootfsPropagation: 'rr' } },
    'linux.rootfsPropagation: found "rr", must be one of "private", "shared", "slave", "unbindable", or one of them after "r"',
  ],
]);

table('checkMounts', [
  [mount('/proc', 'proc', 'proc')],
  [mount('/proc', 'none', '/proc', 'rbind')],
  [mount('/proc', 'none', '/proc/1/../', 'bind')],
  [mount('/proc/cpuinfo', 'none', '/var/lib/lxcfs/proc/cpuinfo', 'bind')],
  [mount('/proc/sys/kernel/ns_last_pid', 'none', '/x', 'bind')],
  [mount('data', 'tmpfs', 'tmpfs')],
  [mount('/', 'tmpfs', 'x'), 'mounts[0].destination: found "/", must not be the root'],
  [mount('', 'tmpfs', 'x'), 'mounts[0].destination: found "", must not be the root'],
  [mount('/a/./../..//', 'tmpfs', 'x'), 'mounts[0].destination: found "/a/./../..//", must not be the root'],
  [
    mount('/proc', 'tmpfs', 'x'),
    'mounts[0].destination: found "/proc", must be a mount of type "proc" or a bind of one',
  ],
  [
    mount('/proc/', 'none', '/srv', 'bind'),
    'mounts[0].destination: found "/proc/", must be a mount of type "proc" or a bind of one',
  ],
  [
    mount('/proc', 'proc', '/procfake', 'bind'),
    'mounts[0].destination: found "/proc", must be a mount of type "proc" or a bind of one',
  ],
  [
    mount('/proc', 'proc', '/proc/../srv', 'bind'),
    'mounts[0].destination: found "/proc", must be a mount of type "proc" or a bind of one',
  ],
  [
    mount('/x/../proc/sys', 'none', '/srv', 'bind'),
    'mounts[0].destination: found "/x/../proc/sys", must not be inside /proc',
  ],
  [mount('proc/self/attr', 'tmpfs', 'x'), 'mounts[0].destination: found "proc/self/attr", must not be inside /proc'],
  [mount('/procx', 'tmpfs', 'x')],
  [mount('/data', 'none', '', 'rbind'), 'mounts[0].source: found nothing, must be set for a bind mount'],
  [{ mounts: [{ destination: '/d' }] }, 'mounts[0].type: found nothing, must be set for what is no bind mount'],
  [
    { mounts: [{ destination: '/d', type: 'tmpfs', uidMappings: [map(0, 0, 0)] }] },
    'mounts[0].gidMappings: found nothing, must be set together with uidMappings',
    'mounts[0].uidMappings[0].size: found 0, must be at least 1',
  ],
  [
    { mounts: [{ destination: '/d', type: 'tmpfs', gidMappings: [map(0, 0, 1)] }] },
    'mounts[0].uidMappings: found nothing, must be set together with gidMappings',
  ],
]);

table('checkProcess', [
  [{ process: { args: undefined } }, 'process.args: found nothing, must be set'],
  [{ process: { args: [] } }, 'process.args: found an empty array, must have at least one entry'],
  [{ process: { args: [''] } }, 'process.args[0]: found "", must be the name of a program'],
  [{ process: { cwd: 'tmp' } }, 'process.cwd: found "tmp", must be an absolute path'],
  [{ process: { cwd: '' } }, 'process.cwd: found "", must be an absolute path'],
  [{ process: { env: ['A=', 'B=b=c', 'x.y z=1'] } }],
  [
    { process: { env: ['A=1', 'FOO', '*', '=x', ''] } },
    'process.env[1]: found no "=" in "FOO", must be NAME=value',
    'process.env[2]: found no "=" in "*", must be NAME=value',
    'process.env[3]: found an empty name, must be NAME=value',
    'process.env[4]: found no "=" in "", must be NAME=value',
  ],
  [{ process: { execCPUAffinity: { initial: '0-3,7', final: '1' } } }],
  [
    { process: { execCPUAffinity: { initial: '0-', final: 'x' } } },
    'process.execCPUAffinity.initial: found "0-", must be a list of CPUs such as "0-3,7"',
    'process.execCPUAffinity.final: found "x", must be a list of CPUs such as "0-3,7"',
  ],
  [
    { process: { scheduler: { policy: 'SCHED_OTHER', nice: 20 } } },
    'process.scheduler.nice: found 20, must be from -20 to 19',
  ],
  [
    { process: { terminal: true, consoleSize: { height: 65536, width: 65535 } } },
    'process.consoleSize.height: found 65536, must be at most 65535',
  ],
  [
    { process: { ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 8 } } },
    'process.ioPriority.priority: found 8, must be from 0 to 7',
  ],
]);

table('checkUser', [
  [{ process: { user: { uid: 4294967294, gid: 0, umask: 0o777, additionalGids: [1] } } }],
  [
    { process: { user: { umask: 0o1000 } } },
    'process.user.umask: found 512 (octal 1000), must be from 0 to 511 (octal 777)',
  ],
  [{ process: { user: { uid: 4294967295 } } }, 'process.user.uid: found 4294967295, must be at most 4294967294'],
  [
    {
      process: { user: { uid: 10, gid: 9, additionalGids: [0, 10] } },
      linux: withUser({ uidMappings: [map(0, 1000, 10)], gidMappings: [map(0, 1000, 5), map(5, 5000, 5)] }),
    },
    'process.user.uid: found 10, must be mapped by linux.uidMappings',
    'process.user.additionalGids[1]: found 10, must be mapped by linux.gidMappings',
  ],
  [{ process: { user: { uid: 10 } }, linux: withUser({}, '/run/userns') }],
]);

const limit = (type: string, soft: number, hard: number) => ({ type, soft, hard });
table('checkRlimits', [
  [{ process: { rlimits: [limit('RLIMIT_NOFILE', 1, 1), limit('RLIMIT_CORE', 0, 5)] } }],
  [
    { process: { rlimits: [limit('RLIMIT_CORE', 1, 1), limit('RLIMIT_CORE', 2, 1)] } },
    'process.rlimits[1].type: found "RLIMIT_CORE" twice, must be there once',
    'process.rlimits[1].soft: found 2, must be at most hard, 1',
  ],
  [
    { process: { rlimits: [limit('RLIMIT_FOO', 1, 1)] } },
    'process.rlimits[0].type: found "RLIMIT_FOO", must be a resource of Linux such as "RLIMIT_NOFILE"',
  ],
]);

table('checkHostname', [
  [{ hostname: 'x'.repeat(64), domainname: 'ä'.repeat(32) }],
  [{ hostname: 'x'.repeat(65) }, 'hostname: found a name of more than 64 bytes, must be shorter'],
  [{ domainname: 'ä'.repeat(33) }, 'domainname: found a name of more than 64 bytes, must be shorter'],
]);

table('checkHooks', [
  [{ hooks: { prestart: [{ path: '/h', args: [], env: ['A=1'], timeout: 1 }] } }],
  [
    {
      hooks: {
        createRuntime: [{ path: '/h' }, { path: 'h', timeout: 0, env: ['A'] }],
        poststop: [{ path: '', timeout: -1 }],
      },
    },
    'hooks.createRuntime[1].path: found "h", must be an absolute path',
    'hooks.createRuntime[1].timeout: found 0, must be greater than 0',
    'hooks.createRuntime[1].env[0]: found no "=" in "A", must be NAME=value',
    'hooks.poststop[0].path: found "", must be an absolute path',
    'hooks.poststop[0].timeout: found -1, must be greater than 0',
  ],
]);

table('checkAnnotations', [
  [{ annotations: { a: '' } }],
  [{ annotations: { '': 'x' } }, 'annotations: found an empty key, must not be empty'],
]);
