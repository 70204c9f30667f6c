// config.md, "Mounts".

import { array, conflict, object, required, string, strings, uint32, type WrongInput, wrong } from './wrong-input.js';

const M = 'mounts[1]';
const KEYS = ['uidMappings', 'gidMappings'] as const;
const tooFar = 'must not lead past the id 4294967294';

const MAPPINGS: readonly WrongInput[] = KEYS.flatMap((key) => [
  ...array(`${M}.${key}`),
  ...object(`${M}.${key}[0]`),
  ...['containerID', 'hostID', 'size'].flatMap((name) => [
    ...uint32(`${M}.${key}[0].${name}`),
    ...required(`${M}.${key}[0].${name}`),
  ]),
  wrong(`${M}.${key}[0].size`, 'format', 0, 'found 0, must be at least 1'),
  wrong(`${M}.${key}[0].size`, 'format', 4294967295, `found 4294967295, ${tooFar}`),
]);

export const MOUNTS: readonly WrongInput[] = [
  wrong('mounts[0]', 'type', '/proc', 'found "/proc", must be an object'),
  ...string(`${M}.destination`, `${M}.type`, `${M}.source`),
  ...required(`${M}.destination`),
  ...strings(`${M}.options`),
  ...['/', '', '.', '/..', '//', '/a/../..'].map((path) =>
    wrong(`${M}.destination`, 'format', path, `found "${path}", must not be the root`),
  ),
  ...['/proc/sys', 'proc/self', '/x/../proc/1', '/proc//self/exe'].map((path) =>
    wrong(`${M}.destination`, 'format', path, `found "${path}", must not be inside /proc`),
  ),
  wrong(`${M}.source`, 'format', undefined, 'found nothing, must be set for a bind mount'),
  wrong(`${M}.source`, 'format', '', 'found nothing, must be set for a bind mount'),
  {
    ...wrong('mounts[0].type', 'format', undefined, 'found nothing, must be set for what is no bind mount'),
    edits: [['mounts[0]', { destination: '/tmp', options: ['ro'] }]],
  },
  conflict(
    [['mounts[0].type', 'tmpfs']],
    'mounts[0].destination: found "/proc", must be a mount of type "proc" or a bind of one',
  ),
  ...MAPPINGS,
  conflict([[`${M}.uidMappings`, undefined]], `${M}.uidMappings: found nothing, must be set together with gidMappings`),
  conflict([[`${M}.gidMappings`, []]], `${M}.gidMappings: found nothing, must be set together with uidMappings`),
];
