// config.md: version, root, names, annotations; and process, mounts and hooks as a whole.

import { array, boolean, conflict, object, required, string, type WrongInput, wrong } from './wrong-input.js';

export const DOCUMENT: readonly WrongInput[] = [
  { field: '', kind: 'type', edits: [['', []]], problems: [': found an array, must be an object'] },
  ...required('ociVersion'),
  ...string('ociVersion', 'hostname', 'domainname', 'annotations.key'),
  wrong('ociVersion', 'format', '1.3', 'found "1.3", must be a SemVer version such as "1.3.0"'),
  wrong('ociVersion', 'format', 'v1.3.0', 'found "v1.3.0", must be a SemVer version such as "1.3.0"'),
  wrong('ociVersion', 'format', '2.0.0', 'found "2.0.0", must be a version 1'),

  ...object('root'),
  ...string('root.path'),
  ...required('root.path'),
  ...boolean('root.readonly'),
  wrong('root', 'format', undefined, 'found nothing, must be set'),
  wrong('root.path', 'format', '', 'found "", must be the path of a directory'),

  wrong('hostname', 'format', 'h'.repeat(65), 'found a name of more than 64 bytes, must be shorter'),
  wrong('domainname', 'format', 'ä'.repeat(33), 'found a name of more than 64 bytes, must be shorter'),

  ...object('annotations'),
  wrong('annotations["a.b"]', 'type', 5, 'found 5, must be a string: write "5"'),
  wrong('annotations["a.b"]', 'type', false, 'found false, must be a string: write "false"'),
  wrong('annotations["a.b"]', 'type', null, 'found null, must be a string'),
  {
    field: 'annotations',
    kind: 'format',
    edits: [['annotations[""]', 'x']],
    problems: ['annotations: found an empty key, must not be empty'],
  },

  ...array('mounts'),
  ...object('hooks', 'linux', 'process'),
  wrong('process', 'format', undefined, 'found nothing, must be set'),

  // Of a long value only the beginning is shown.
  wrong(
    'process.env',
    'type',
    'x'.repeat(500),
    `found "${'x'.repeat(60)}…", must be an array: write ["${'x'.repeat(60)}…"]`,
  ),

  // What a namespace is needed for.
  conflict(
    [
      ['linux.namespaces', [{ type: 'user' }]],
      ['linux.sysctl', undefined],
    ],
    ...[
      ['hostname', 'uts'],
      ['domainname', 'uts'],
      ['mounts', 'mount'],
      ['root.readonly', 'mount'],
      ['linux.maskedPaths', 'mount'],
      ['linux.readonlyPaths', 'mount'],
      ['linux.rootfsPropagation', 'mount'],
      ['linux.timeOffsets', 'time'],
      ['linux.netDevices', 'network'],
    ].map(([field, type]) => `${field}: needs a namespace of type "${type}", linux.namespaces has none`),
  ),
];
