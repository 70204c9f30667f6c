// Annotations that ask the runtime for something: docs/annotations.md.

import { conflict, type WrongInput, wrong } from './wrong-input.js';

const at = (name: string) => `annotations["run.oci.${name}"]`;
const file = (name: string) => wrong(at(name), 'format', 'a/b', 'found "a/b", must be an absolute path');

/** One instruction that answers SECCOMP_RET_USER_NOTIF. */
const NOTIFYING = 'BgAAAAAAwH8=';

export const ANNOTATIONS: readonly WrongInput[] = [
  file('hooks.stdout'),
  file('hooks.stderr'),
  file('pidfd_receiver'),
  file('seccomp.receiver'),
  wrong(
    at('delegate-cgroup'),
    'format',
    'a/../../b',
    'found "a/../../b", must be a path below the cgroup of the container, without ".."',
  ),
  wrong(
    at('seccomp_bpf_data'),
    'format',
    '/path/of/filter.bpf',
    'is no filter of system calls: must be base64, with its padding and without line breaks',
  ),
  wrong(
    at('seccomp_bpf_data'),
    'format',
    'AAAA',
    'is no filter of system calls: has 3 bytes, must be whole instructions of 8',
  ),
  conflict(
    [
      [at('seccomp_bpf_data'), NOTIFYING],
      ['linux.seccomp', { defaultAction: 'SCMP_ACT_ALLOW' }],
    ],
    `${at('seccomp_bpf_data')}: needs an agent in linux.seccomp.listenerPath or annotations["run.oci.seccomp.receiver"], as it answers SECCOMP_RET_USER_NOTIF`,
  ),
  wrong(at('handler'), 'format', 'krun', 'is not supported: tsrun runs programs itself, and has no handlers'),
  wrong(
    at('seccomp.plugins'),
    'format',
    'x.so',
    'is not supported: tsrun loads no plugins, use linux.seccomp.listenerPath',
  ),
];
