// config.md, "Process".

import {
  array,
  boolean,
  conflict,
  int32,
  integer,
  object,
  required,
  string,
  strings,
  uint32,
  uint64,
  type WrongInput,
  words,
  wrong,
} from './wrong-input.js';

const P = 'process';
const list = 'must be a list of CPUs such as "0-3,7"';

const USER: readonly WrongInput[] = [
  ...object(`${P}.user`),
  ...uint32(`${P}.user.uid`, `${P}.user.gid`, `${P}.user.umask`, `${P}.user.additionalGids[0]`),
  ...array(`${P}.user.additionalGids`),
  ...string(`${P}.user.username`),
  wrong(
    `${P}.user.umask`,
    'type',
    '0022',
    'found "0022", must be an integer from 0 to 4294967295: write 18, which is octal 0022',
  ),
  wrong(`${P}.user.uid`, 'type', 'root', 'found "root", must be an integer from 0 to 4294967295'),
  wrong(`${P}.user.uid`, 'type', '0x10', 'found "0x10", must be an integer from 0 to 4294967295'),
  wrong(`${P}.user.gid`, 'type', null, 'found null, must be an integer from 0 to 4294967295'),
  wrong(`${P}.user.umask`, 'format', 0o1000, 'found 512 (octal 1000), must be from 0 to 511 (octal 777)'),
  {
    ...wrong(`${P}.user.uid`, 'format', 4294967295, 'found 4294967295, must be at most 4294967294'),
    edits: [
      [`${P}.user.uid`, 4294967295],
      ['linux.namespaces', [{ type: 'mount' }, { type: 'uts' }, { type: 'time' }, { type: 'network' }]],
      ['linux.uidMappings', undefined],
      ['linux.gidMappings', undefined],
    ],
  },
  conflict([[`${P}.user.uid`, 5000]], `${P}.user.uid: found 5000, must be mapped by linux.uidMappings`),
  conflict([[`${P}.user.gid`, 5000]], `${P}.user.gid: found 5000, must be mapped by linux.gidMappings`),
  conflict(
    [[`${P}.user.additionalGids`, [3, 5000]]],
    `${P}.user.additionalGids[1]: found 5000, must be mapped by linux.gidMappings`,
  ),
];

const LIMITS: readonly WrongInput[] = [
  ...array(`${P}.rlimits`),
  ...object(`${P}.rlimits[0]`),
  ...string(`${P}.rlimits[0].type`),
  ...uint64(`${P}.rlimits[0].soft`, `${P}.rlimits[0].hard`),
  ...required(`${P}.rlimits[0].type`, `${P}.rlimits[0].soft`, `${P}.rlimits[0].hard`),
  wrong(
    `${P}.rlimits[0].soft`,
    'type',
    'infinity',
    'found "infinity", must be an integer from 0 to 18446744073709551615',
  ),
  wrong(
    `${P}.rlimits[0].type`,
    'format',
    'nofile',
    'found "nofile", must be a resource of Linux such as "RLIMIT_NOFILE"',
  ),
  wrong(`${P}.rlimits[0].type`, 'format', 'nproc', 'found "nproc", must be a resource of Linux such as "RLIMIT_NPROC"'),
  wrong(`${P}.rlimits[0].type`, 'format', '', 'found "", must be a resource of Linux such as "RLIMIT_NOFILE"'),
  conflict(
    [[`${P}.rlimits[1].type`, 'RLIMIT_NOFILE']],
    `${P}.rlimits[1].type: found "RLIMIT_NOFILE" twice, must be there once`,
  ),
  conflict([[`${P}.rlimits[0].soft`, 21]], `${P}.rlimits[0].soft: found 21, must be at most hard, 20`),
  conflict(
    [
      [`${P}.rlimits[0].soft`, 18446744073709551615n],
      [`${P}.rlimits[0].hard`, 18446744073709551614n],
    ],
    `${P}.rlimits[0].soft: found 18446744073709551615, must be at most hard, 18446744073709551614`,
  ),
];

const S = `${P}.scheduler`;
const deadline = (runtime: number, end: number, period: number) =>
  [[S, { policy: 'SCHED_DEADLINE', runtime, deadline: end, period }]] as const;

const SCHEDULING: readonly WrongInput[] = [
  ...object(S, `${P}.ioPriority`, `${P}.execCPUAffinity`),
  ...words(
    `${S}.policy`,
    'SCHED_OTHER',
    'SCHED_FIFO',
    'SCHED_RR',
    'SCHED_BATCH',
    'SCHED_ISO',
    'SCHED_IDLE',
    'SCHED_DEADLINE',
  ),
  ...required(`${S}.policy`),
  ...int32(`${S}.nice`, `${S}.priority`),
  ...array(`${S}.flags`),
  ...words(
    `${S}.flags[0]`,
    'SCHED_FLAG_RESET_ON_FORK',
    'SCHED_FLAG_RECLAIM',
    'SCHED_FLAG_DL_OVERRUN',
    'SCHED_FLAG_KEEP_POLICY',
    'SCHED_FLAG_KEEP_PARAMS',
    'SCHED_FLAG_UTIL_CLAMP_MIN',
    'SCHED_FLAG_UTIL_CLAMP_MAX',
  ),
  ...uint64(`${S}.runtime`, `${S}.deadline`, `${S}.period`),
  conflict([[S, { policy: 'SCHED_ISO' }]], `${S}.policy: found "SCHED_ISO", which no version of Linux has`),
  wrong(`${S}.nice`, 'format', 20, 'found 20, must be from -20 to 19'),
  wrong(`${S}.nice`, 'format', -21, 'found -21, must be from -20 to 19'),
  conflict(
    [[S, { policy: 'SCHED_FIFO', priority: 5, nice: 1 }]],
    `${S}.nice: found 1, must be set for "SCHED_OTHER" and "SCHED_BATCH" only`,
  ),
  conflict(
    [[S, { policy: 'SCHED_DEADLINE', nice: 1, runtime: 1024, deadline: 1024 }]],
    `${S}.nice: found 1, must be set for "SCHED_OTHER" and "SCHED_BATCH" only`,
  ),
  conflict([[S, { policy: 'SCHED_RR' }]], `${S}.priority: found 0, must be from 1 to 99 for "SCHED_RR"`),
  conflict(
    [[S, { policy: 'SCHED_FIFO', priority: 100 }]],
    `${S}.priority: found 100, must be from 1 to 99 for "SCHED_FIFO"`,
  ),
  conflict([[`${S}.priority`, 5]], `${S}.priority: found 5, must be set for "SCHED_FIFO" and "SCHED_RR" only`),
  conflict(
    [
      [`${S}.runtime`, 1],
      [`${S}.deadline`, 2],
      [`${S}.period`, 3],
    ],
    `${S}.runtime: found 1, must be set for "SCHED_DEADLINE" only`,
    `${S}.deadline: found 2, must be set for "SCHED_DEADLINE" only`,
    `${S}.period: found 3, must be set for "SCHED_DEADLINE" only`,
  ),
  conflict(
    deadline(0, 0, 0),
    `${S}.runtime: found 0, must be at least 1024 nanoseconds for "SCHED_DEADLINE"`,
    `${S}.deadline: found 0, must be at least runtime, 0`,
  ),
  conflict(deadline(2000, 1999, 0), `${S}.deadline: found 1999, must be at least runtime, 2000`),
  conflict(deadline(2000, 3000, 2999), `${S}.period: found 2999, must be at least deadline, 3000`),

  ...words(`${P}.ioPriority.class`, 'IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'),
  ...required(`${P}.ioPriority.class`),
  ...int32(`${P}.ioPriority.priority`),
  wrong(`${P}.ioPriority.priority`, 'format', 8, 'found 8, must be from 0 to 7'),
  wrong(`${P}.ioPriority.priority`, 'format', -1, 'found -1, must be from 0 to 7'),
  ...string(`${P}.execCPUAffinity.initial`, `${P}.execCPUAffinity.final`),
  ...['0-', '3-1', 'x', '0,,1', '0-7:2', '-1', '0 1'].map((text) =>
    wrong(`${P}.execCPUAffinity.initial`, 'format', text, `found "${text}", ${list}`),
  ),
  wrong(`${P}.execCPUAffinity.final`, 'format', 'all', `found "all", ${list}`),
];

export const PROCESS: readonly WrongInput[] = [
  ...boolean(`${P}.terminal`, `${P}.noNewPrivileges`),
  ...object(`${P}.consoleSize`, `${P}.capabilities`),
  ...uint32(`${P}.consoleSize.height`, `${P}.consoleSize.width`),
  ...required(`${P}.consoleSize.height`, `${P}.consoleSize.width`, `${P}.cwd`),
  wrong(`${P}.consoleSize.height`, 'format', 65536, 'found 65536, must be at most 65535'),
  ...string(`${P}.commandLine`, `${P}.cwd`, `${P}.apparmorProfile`, `${P}.selinuxLabel`),
  ...strings(`${P}.args`, `${P}.env`),
  ...['bounding', 'effective', 'inheritable', 'permitted', 'ambient'].flatMap((set) =>
    strings(`${P}.capabilities.${set}`),
  ),
  ...integer(-1000n, 1000n)(`${P}.oomScoreAdj`),
  wrong(`${P}.args`, 'format', undefined, 'found nothing, must be set'),
  wrong(`${P}.args`, 'format', [], 'found an empty array, must have at least one entry'),
  wrong(`${P}.args[0]`, 'format', '', 'found "", must be the name of a program'),
  ...['tmp', '', './tmp', '../tmp', 'C:\\'].map((path) =>
    wrong(`${P}.cwd`, 'format', path, `found ${JSON.stringify(path)}, must be an absolute path`),
  ),
  wrong(`${P}.env[0]`, 'format', 'FOO', 'found no "=" in "FOO", must be NAME=value'),
  wrong(`${P}.env[0]`, 'format', '', 'found no "=" in "", must be NAME=value'),
  wrong(`${P}.env[0]`, 'format', '=secret', 'found an empty name, must be NAME=value'),
  ...USER,
  ...LIMITS,
  ...SCHEDULING,
];
