// What is right by the schema and the checks, and still told to the user.

import type { Edit } from './wrong-input.js';

export const WARNED: readonly { readonly edits: readonly Edit[]; readonly warnings: readonly string[] }[] = [
  {
    edits: [['ociVersion', '1.4.0']],
    warnings: ['ociVersion: "1.4.0" is newer than 1.3, properties it adds are ignored'],
  },
  {
    edits: [['mounts[1].destination', 'a/../data']],
    warnings: ['mounts[1].destination: "a/../data" is not absolute, "/data" is used'],
  },
  {
    edits: [['process.capabilities.bounding', ['CAP_KILL', 'CAP_X']]],
    warnings: ['process.capabilities.bounding: unknown capability "CAP_X" is ignored'],
  },
  {
    edits: [['process.capabilities.permitted', []]],
    warnings: ['process.capabilities.ambient: "CAP_KILL" is ignored: it is not in permitted'],
  },
  {
    edits: [['linux.personality.flags', ['A', 'B']]],
    warnings: ['linux.personality.flags: "A", "B" ignored: no flag is defined'],
  },
  {
    edits: [['linux.seccomp.syscalls[0].args[0].op', 'SCMP_CMP_EQ']],
    warnings: ['linux.seccomp.syscalls[0].args[0].valueTwo: 3 is ignored: "SCMP_CMP_EQ" compares with value alone'],
  },
  ...(
    [
      ['systemd.subgroup', 'is ignored: the scope itself is the cgroup of the container'],
      ['systemd.force_cgroup_v1', 'is ignored: tsrun has cgroup v2 only'],
      ['timens_offset', 'is ignored: use linux.timeOffsets'],
      ['hooks.sdtout', 'is ignored: tsrun knows no such annotation, did you mean "run.oci.hooks.stdout"?'],
      ['nothing.like.it', 'is ignored: tsrun knows no such annotation'],
    ] as const
  ).map(([name, message]) => ({
    edits: [[`annotations["run.oci.${name}"]`, 'x']] as const,
    warnings: [`annotations["run.oci.${name}"]: ${message}`],
  })),
];
