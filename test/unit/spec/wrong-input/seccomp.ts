// config-linux.md, "Seccomp".

import {
  array,
  conflict,
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

const S = 'linux.seccomp';
const RULE = `${S}.syscalls[0]`;
const ARGUMENT = `${RULE}.args[0]`;

const ACTIONS = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] as const;

const ARCHITECTURES = [
  'X86',
  'X86_64',
  'X32',
  'ARM',
  'AARCH64',
  'LOONGARCH64',
  'M68K',
  'MIPS',
  'MIPS64',
  'MIPS64N32',
  'MIPSEL',
  'MIPSEL64',
  'MIPSEL64N32',
  'PARISC',
  'PARISC64',
  'PPC',
  'PPC64',
  'PPC64LE',
  'RISCV64',
  'S390',
  'S390X',
  'SH',
  'SHEB',
].map((name) => `SCMP_ARCH_${name}`) as [string, ...string[]];

export const SECCOMP: readonly WrongInput[] = [
  ...object(S, RULE, ARGUMENT),
  ...words(`${S}.defaultAction`, ...ACTIONS),
  ...required(`${S}.defaultAction`),
  wrong(
    `${S}.defaultAction`,
    'enum',
    'ERRNO',
    `found "ERRNO", must be one of ${ACTIONS.map((name) => `"${name}"`).join(', ')}: write "SCMP_ACT_ERRNO"`,
  ),
  ...uint32(`${S}.defaultErrnoRet`, `${RULE}.errnoRet`),
  ...array(`${S}.architectures`, `${S}.flags`, `${S}.syscalls`, `${RULE}.args`),
  ...words(`${S}.architectures[0]`, ...ARCHITECTURES),
  ...words(
    `${S}.flags[0]`,
    'SECCOMP_FILTER_FLAG_TSYNC',
    'SECCOMP_FILTER_FLAG_LOG',
    'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
    'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
  ),
  ...string(`${S}.listenerPath`, `${S}.listenerMetadata`),
  ...strings(`${RULE}.names`),
  ...required(`${RULE}.names`, `${RULE}.action`, `${ARGUMENT}.index`, `${ARGUMENT}.value`, `${ARGUMENT}.op`),
  ...words(`${RULE}.action`, ...ACTIONS),
  ...uint32(`${ARGUMENT}.index`),
  ...uint64(`${ARGUMENT}.value`, `${ARGUMENT}.valueTwo`),
  ...words(
    `${ARGUMENT}.op`,
    'SCMP_CMP_NE',
    'SCMP_CMP_LT',
    'SCMP_CMP_LE',
    'SCMP_CMP_EQ',
    'SCMP_CMP_GE',
    'SCMP_CMP_GT',
    'SCMP_CMP_MASKED_EQ',
  ),

  wrong(`${RULE}.names`, 'format', [], 'found an empty array, must have at least one entry'),
  wrong(`${RULE}.names[0]`, 'format', '', 'found "", must be the name of a system call'),
  wrong(`${ARGUMENT}.index`, 'format', 6, 'found 6, must be from 0 to 5'),
  wrong(`${S}.defaultErrnoRet`, 'format', 4096, 'found 4096, must be from 0 to 4095'),
  wrong(`${RULE}.errnoRet`, 'format', 4096, 'found 4096, must be from 0 to 4095'),
  conflict(
    [
      [`${RULE}.errnoRet`, 65536],
      [`${RULE}.action`, 'SCMP_ACT_TRACE'],
    ],
    `${RULE}.errnoRet: found 65536, must be from 0 to 65535`,
  ),
  conflict([[`${RULE}.action`, 'SCMP_ACT_ALLOW']], `${RULE}.errnoRet: found 2, must not be set for "SCMP_ACT_ALLOW"`),
  conflict(
    [[`${S}.defaultAction`, 'SCMP_ACT_KILL']],
    `${S}.defaultErrnoRet: found 1, must not be set for "SCMP_ACT_KILL"`,
  ),
  conflict(
    [
      [`${S}.defaultAction`, 'SCMP_ACT_NOTIFY'],
      [`${S}.defaultErrnoRet`, undefined],
    ],
    `${S}.defaultAction: found "SCMP_ACT_NOTIFY", must not be the default`,
  ),
  conflict(
    [[`${S}.syscalls[1].names`, ['write']]],
    `${S}.syscalls[1].names: found "write", must not be there for "SCMP_ACT_NOTIFY"`,
  ),
  conflict(
    [[`${S}.listenerPath`, '']],
    `${S}.listenerMetadata: must not be set without listenerPath`,
    `${S}.listenerPath: found nothing, must be set for "SCMP_ACT_NOTIFY"`,
  ),
];
