// config-linux.md, "Namespaces", "User namespace mappings" and "Offset for Time Namespace".

import {
  array,
  conflict,
  int64,
  object,
  required,
  string,
  uint32,
  type WrongInput,
  words,
  wrong,
} from './wrong-input.js';

const MAPS = ['uidMappings', 'gidMappings'] as const;
const OTHER_TYPES = ['network', 'mount', 'uts', 'time', 'ipc'].map((type) => ({ type }));
const line = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });

const MAPPINGS: readonly WrongInput[] = MAPS.flatMap((key) => [
  ...array(`linux.${key}`),
  ...object(`linux.${key}[0]`),
  ...['containerID', 'hostID', 'size'].flatMap((name) => [
    ...uint32(`linux.${key}[0].${name}`),
    ...required(`linux.${key}[0].${name}`),
  ]),
  wrong(`linux.${key}[1].size`, 'format', 0, 'found 0, must be at least 1'),
  wrong(`linux.${key}[1].size`, 'format', 4294967295, 'found 4294967295, must not lead past the id 4294967294'),
  wrong(`linux.${key}[1].hostID`, 'format', 100_500, `found 100500, must not overlap with linux.${key}[0]`),
  wrong(`linux.${key}[1].containerID`, 'format', 999, `found 999, must not overlap with linux.${key}[0]`),
  wrong(`linux.${key}`, 'format', undefined, 'found no mapping, must have one for a new user namespace'),
  wrong(
    `linux.${key}`,
    'format',
    Array.from({ length: 341 }, (_, id) => line(2 * id, 2 * id, 1)),
    'found 341 mappings, must be at most 340',
  ),
]);

const TIME: readonly WrongInput[] = [
  ...object('linux.timeOffsets', 'linux.timeOffsets.boottime'),
  ...int64('linux.timeOffsets.boottime.secs'),
  ...uint32('linux.timeOffsets.boottime.nanosecs'),
  wrong(
    'linux.timeOffsets.boottime.nanosecs',
    'format',
    1_000_000_000,
    'found 1000000000, must be from 0 to 999999999',
  ),
  {
    ...wrong('linux.timeOffsets.realtime', 'format', {}, ''),
    problems: ['linux.timeOffsets.realtime: found the clock "realtime", must be "boottime" or "monotonic"'],
  },
  conflict(
    [['linux.namespaces[7].path', '/run/time']],
    'linux.timeOffsets: found offsets for a time namespace with a path: it has its own already',
  ),
];

export const NAMESPACES: readonly WrongInput[] = [
  ...array('linux.namespaces'),
  ...object('linux.namespaces[1]'),
  ...words('linux.namespaces[0].type', 'pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'),
  wrong(
    'linux.namespaces[1].type',
    'enum',
    'net',
    'found "net", must be one of "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time": write "network"',
  ),
  ...required('linux.namespaces[0].type'),
  ...string('linux.namespaces[0].path'),
  wrong('linux.namespaces[0].path', 'format', 'ns/pid', 'found "ns/pid", must be an absolute path'),
  wrong('linux.namespaces[0].path', 'format', '', 'found "", must be an absolute path'),
  conflict([['linux.namespaces[0].type', 'ipc']], 'linux.namespaces[3].type: found "ipc" twice, must be there once'),
  ...MAPPINGS,
  conflict(
    [['linux.namespaces', OTHER_TYPES]],
    ...MAPS.map((key) => `linux.${key}: needs a namespace of type "user", linux.namespaces has none`),
  ),
  ...MAPS.map((key) =>
    conflict(
      [
        [`linux.${key}[0].containerID`, 1],
        [`linux.${key}[0].size`, 9],
      ],
      `linux.${key}: found no mapping of the id 0, must have one: the container is made as its root`,
    ),
  ),
  ...TIME,
];
