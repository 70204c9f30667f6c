// config-linux.md of runtime-spec 1.3.0, "Control groups" and "Unified".
import { AUTHOR, clause, section } from '../clause.js';

export const CGROUPS_PATH = [
  ...section(
    'config-linux.md#control-groups',
    clause(
      'cgroups-fit',
      'MUST',
      'A runtime MAY, during a particular container operation, check if the container cgroup is fit for purpose, and MUST generate an error if such a check fails.',
      {
        shown: [
          'integration/state-errors: that has processes already is refused, and left as it is',
          'conformance/cgroup/paths: a cgroup that is frozen',
        ],
      },
    ),
  ),
  ...section(
    'config-linux.md#cgroups-path',
    clause(
      'cgroups-path-form',
      'MUST',
      'The value of `cgroupsPath` MUST be either an absolute path or a relative path.',
      { binds: `${AUTHOR}: every text is one of the two` },
    ),
    clause(
      'cgroups-path-absolute',
      'MUST',
      'In the case of an absolute path (starting with `/`), the runtime MUST take the path to be relative to the cgroups mount point.',
    ),
    clause(
      'cgroups-path-consistent',
      'MUST',
      'If the value is specified, the runtime MUST consistently attach to the same place in the cgroups hierarchy given the same value of `cgroupsPath`.',
    ),
    clause(
      'cgroups-path-invalid',
      'MUST',
      'Runtimes MAY consider certain `cgroupsPath` values to be invalid, and MUST generate an error if this is the case.',
      {
        shown: ['unit/plan/cgroup-location: refuses "/../a"', 'conformance/systemd/scope: "/a/b" is refused'],
      },
    ),
  ),
];

const OWNED =
  'conformance/cgroup/delegation: belongs to its user when it may write it, with the files that may be delegated';
const KEPT = "conformance/cgroup/delegation: stays root's when it shares the cgroup namespace";
const READ_ONLY = "conformance/cgroup/delegation: stays root's when it may only read it";

export const OWNERSHIP = section(
  'config-linux.md#cgroup-ownership',
  clause(
    'ownership-v1',
    'SHOULD NOT',
    'Runtimes SHOULD NOT change the ownership of container cgroups when cgroups v1 is in use.',
    {
      binds: 'runtimes that use cgroup v1; tsrun uses cgroup v2 only',
    },
  ),
  clause(
    'ownership-namespace',
    'SHOULD NOT',
    'A runtime SHOULD NOT change the ownership of a container cgroup unless it will also create a new cgroup namespace for the container.',
    { shown: [KEPT] },
  ),
  clause(
    'ownership-mount',
    'SHOULD',
    'Runtimes SHOULD change the cgroup ownership if and only if the cgroup filesystem is to be mounted read/write.',
    { shown: [OWNED, READ_ONLY, 'unit/plan/cgroup: is nobody where it is mounted read-only'] },
  ),
  clause(
    'ownership-no-mount',
    'SHOULD NOT',
    'If the configuration does not specify such a mount, the runtime SHOULD NOT change the cgroup ownership.',
    { shown: ['unit/plan/cgroup: is nobody where it is not mounted'] },
  ),
  clause(
    'ownership-files',
    'SHOULD',
    "A runtime that changes the cgroup ownership SHOULD only change the ownership of the container's cgroup directory and files within that directory that are listed in `/sys/kernel/cgroup/delegate`.",
    { shown: [OWNED] },
  ),
  clause(
    'ownership-absent-files',
    'MUST NOT',
    'Note that not all files listed in `/sys/kernel/cgroup/delegate` necessarily exist in every cgroup. Runtimes MUST NOT fail in this scenario, and SHOULD change the ownership of the listed files that do exist in the cgroup.',
    { shown: [OWNED] },
  ),
  clause(
    'ownership-fallback',
    'MUST',
    'If the `/sys/kernel/cgroup/delegate` file does not exist, the runtime MUST fall back to using the following list of files: cgroup.procs, cgroup.subtree_control, cgroup.threads.',
    {
      shown: ['integration/cgroup-owner: has the files of the specification where the kernel does not list any'],
    },
  ),
  clause('ownership-other-files', 'SHOULD NOT', 'The runtime SHOULD NOT change the ownership of any other files.', {
    shown: [OWNED],
  }),
);

export const RESOURCES = [
  ...section(
    'config-linux.md#allowed-device-list',
    clause('device-rules-order', 'MUST', 'The runtime MUST apply entries in the listed order.', {
      shown: [
        'integration/device-rules: the last one decides',
        'unit/plan/device-program: answers every question as the specification does: *',
      ],
    }),
  ),
  ...section(
    'config-linux.md#memory',
    clause(
      'memory-check',
      'MUST',
      'If enabled (`true`), runtime MAY check if a new memory limit is lower than the current usage, and MUST reject the new limit. (`checkBeforeUpdate`)',
      {
        shown: [
          'conformance/cgroup/update-refused: checkBeforeUpdate refuses a limit below what is in use, and keeps the container alive',
          'unit/plan/resources/memory: of * with * in use finds *',
        ],
      },
    ),
  ),
  ...section(
    'config-linux.md#cpu',
    clause(
      'cpu-quota',
      'MUST',
      'If specified with any (valid) positive value, it MUST be no smaller than `burst` (runtimes MAY generate an error). (`quota`)',
      {
        shown: ['unit/spec/checks-resources: checkResources()', 'conformance/cgroup/refused: a burst above the quota'],
      },
    ),
    clause(
      'cpu-burst',
      'MUST',
      'If specified, this value MUST be no larger than any positive `quota` (runtimes MAY generate an error). (`burst`)',
      {
        shown: ['unit/spec/checks-resources: checkResources()', 'conformance/cgroup/refused: a burst above the quota'],
      },
    ),
  ),
  ...section(
    'config-linux.md#block-io',
    clause(
      'block-io-weights',
      'MUST',
      'You MUST specify at least one of `weight` or `leafWeight` in a given entry, and MAY specify both.',
      { binds: AUTHOR },
    ),
  ),
  ...section(
    'config-linux.md#huge-page-limits',
    clause(
      'huge-pages-size',
      'must',
      'The value has the format `<size><unit-prefix>B` (64KB, 2MB, 1GB), and must match the `<hugepagesize>` of the corresponding control file.',
      {
        shown: [
          'unit/plan/resources/named: names the sizes that the host has',
          'conformance/cgroup/values: linux.resources.hugepageLimits',
        ],
      },
    ),
  ),
  ...section(
    'config-linux.md#pids',
    clause(
      'pids-zero',
      'SHOULD',
      "Note: Even though it may superficially seem redundant, `0` is a valid limit value for the `pids` cgroup controller from the kernel's perspective and SHOULD be treated as such by runtimes.",
      {
        differs:
          '0 is written as 1. Init is born in its cgroup, and the kernel lets nobody be born under a limit of 0; under 1 nobody but init is either, which is what the limit asks for.',
        shown: ['unit/plan/resources/named: of * writes *', 'conformance/cgroup/values: linux.resources.pids.limit 0'],
      },
    ),
  ),
  ...section(
    'config-linux.md#rdma',
    clause(
      'rdma-entry',
      'MUST',
      'You MUST specify at least one of the `hcaHandles` or `hcaObjects` in a given entry, and MAY specify both.',
      { binds: AUTHOR },
    ),
  ),
  ...section(
    'config-linux.md#unified',
    clause(
      'unified-controllers',
      'MUST',
      'The OCI runtime MUST ensure that the needed cgroup controllers are enabled for the cgroup.',
      {
        shown: ['conformance/cgroup/controllers: enables what limits need in every cgroup above the container'],
      },
    ),
    clause(
      'unified-unknown',
      'MUST',
      'Configuration unknown to the runtime MUST still be written to the relevant file.',
      {
        shown: [
          'unit/plan/resources/named: takes "nodot" for a file of the controller "nodot"',
          'conformance/cgroup/values: linux.resources.unified',
        ],
      },
    ),
    clause(
      'unified-absent',
      'MUST',
      'The runtime MUST generate an error when the configuration refers to a cgroup controller that is not present or that cannot be enabled.',
      {
        shown: [
          'integration/cgroup-manager: names each limit that the host has no controller for, and makes nothing',
          'conformance/cgroup/refused: a file of an unknown controller',
        ],
      },
    ),
    clause('unified-conversion', 'MUST', 'If the conversion is not possible the runtime MUST generate an error.', {
      differs:
        'What cgroup v2 has no place for (`memory.swappiness`, `kernel`, `kernelTCP`, `disableOOMKiller`, `useHierarchy`, leaf weights, `realtimeRuntime` and `realtimePeriod`, `network`) is a warning that names the field. runc ignores most of it without a word, crun makes it an error; managers set such fields whatever the host has, so an error would keep their containers from running. A value that has a place there and does not fit is an error.',
      shown: ['unit/plan/resources/compile-resources: of *', 'conformance/cgroup/refused: a weight beyond 1000'],
    }),
  ),
];
