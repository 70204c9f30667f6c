// config-linux.md of runtime-spec 1.3.0, "IntelRdt".
import { AUTHOR, clause, section } from '../clause.js';

const RDT = 'unit/plan/resctrl: ';
const DONE = 'integration/resctrl: ';

export const INTEL_RDT = section(
  'config-linux.md#intelrdt',
  clause(
    'rdt-tasks',
    'MUST',
    'If `intelRdt` is set, the runtime MUST write the container process ID to the `tasks` file in a proper sub-directory in a mounted `resctrl` pseudo-filesystem.',
    {
      shown: [
        `${DONE}has a class of its own with its schemata, and its processes are in it`,
        `${RDT}an empty one is a class of the container`,
        `${RDT}a named class without schemata is joined`,
      ],
    },
  ),
  clause(
    'rdt-no-resctrl',
    'MUST',
    'If no mounted `resctrl` pseudo-filesystem is available in the runtime mount namespace, the runtime MUST generate an error.',
    { shown: [`${RDT}refuses no resctrl`] },
  ),
  clause(
    'rdt-unset',
    'MUST NOT',
    'If `intelRdt` is not set, the runtime MUST NOT manipulate any `resctrl` pseudo-filesystems.',
    { shown: [`${RDT}has nothing without it`] },
  ),
  clause(
    'rdt-default',
    'MUST',
    'As a special case, value `/` means that the container MUST be assigned to the default CLOS (the root of the resctrl filesystem).',
    {
      shown: [
        `${DONE}has a monitoring group in the class "/", which goes with it`,
        `${RDT}monitoring in the default class`,
      ],
    },
  ),
  clause(
    'rdt-l3-form',
    'SHOULD',
    'The value SHOULD start with `L3:` and SHOULD NOT contain newlines. (`l3CacheSchema`)',
    { binds: AUTHOR },
  ),
  clause('rdt-mb-form', 'MUST', 'The value MUST start with `MB:` and MUST NOT contain newlines. (`memBwSchema`)', {
    shown: ['unit/spec/checks-linux: checkIntelRdt()'],
  }),
  clause('rdt-schemata-form', 'MUST NOT', 'The value MUST NOT contain newlines. (`schemata`)', {
    shown: ['unit/spec/checks-linux: checkIntelRdt()'],
  }),
  clause(
    'rdt-both',
    'MUST',
    'If both `l3CacheSchema` and `memBwSchema` are set, runtimes MUST write the values to the `schemata` file in that sub-directory discussed in `closID`. The runtimes MUST write `l3CacheSchema` first and `memBwSchema` last.',
    { shown: [`${RDT}schemata of a class of its own`] },
  ),
  clause(
    'rdt-either',
    'MUST',
    'If either `l3CacheSchema` or `memBwSchema` is set, runtimes MUST write the value to the `schemata` file in the that sub-directory discussed in `closID`.',
    { shown: [`${RDT}a named class that is missing is made, and kept`, `${RDT}schemata of a class of its own`] },
  ),
  clause(
    'rdt-schemata',
    'MUST',
    'If `schemata` field is set, runtimes MUST write the value to the `schemata` file in the that sub-directory discussed in `closID`. If also `l3CacheSchema` or `memBwSchema` is set the value of `schemata` field must be written last, after the values from `l3CacheSchema` and `memBwSchema` has been written.',
    {
      shown: [
        `${DONE}has a class of its own with its schemata, and its processes are in it`,
        `${RDT}schemata of a class of its own`,
      ],
    },
  ),
  clause(
    'rdt-none',
    'MUST NOT',
    'If none of `l3CacheSchema`, `memBwSchema` or `schemata` is set, runtimes MUST NOT write to `schemata` files in any `resctrl` pseudo-filesystems.',
    { shown: [`${RDT}an empty one is a class of the container`, `${RDT}a named class without schemata is joined`] },
  ),
  clause(
    'rdt-own-directory',
    'MUST',
    'If `closID` is not set, runtimes MUST use the container ID from `start` and create the `<container-id>` directory.',
    {
      shown: [
        `${DONE}has a class of its own with its schemata, and its processes are in it`,
        `${RDT}an empty one is a class of the container`,
      ],
    },
  ),
  clause(
    'rdt-clos-created',
    'MUST',
    "if `closID` directory in a mounted `resctrl` pseudo-filesystem doesn't exist, the runtimes MUST create it.",
    {
      shown: [
        `${DONE}makes a class that it names, which stays for others`,
        `${RDT}a named class that is missing is made, and kept`,
      ],
    },
  ),
  clause(
    'rdt-clos-compared',
    'MUST',
    "if `closID` directory in a mounted `resctrl` pseudo-filesystem exists, runtimes MUST compare `l3CacheSchema` and/or `memBwSchema` value with `schemata` file, and generate an error if doesn't match.",
    {
      shown: [
        `${RDT}a named class that is there is joined and not written`,
        `${RDT}refuses a class with other schemata`,
      ],
    },
  ),
  clause(
    'rdt-clos-existing',
    'MUST',
    'If `closID` is set, and none of `l3CacheSchema`, `memBwSchema` or `schemata` are set, runtime MUST check if corresponding pre-configured directory `closID` is present in mounted `resctrl`. If such pre-configured directory `closID` exists, runtime MUST assign container to this `closID` and generate an error if directory does not exist.',
    {
      shown: [
        `${RDT}a named class without schemata is joined`,
        `${RDT}refuses no such class, and nothing to make it with`,
      ],
    },
  ),
  clause(
    'rdt-removed',
    'MUST',
    'If `closID` is not set and the runtime has created the sub-directory, the runtime MUST remove the sub-directory when the container is deleted.',
    {
      shown: [
        `${DONE}has a class of its own with its schemata, and its processes are in it`,
        `${RDT}removes what the container has made after its processes, the monitoring group first`,
      ],
    },
  ),
  clause(
    'rdt-kept',
    'MUST NOT',
    'If `closID` is set or the runtime has not created the sub-directory, the runtime MUST NOT remove the sub-directory when the container is deleted.',
    {
      shown: [
        `${DONE}makes a class that it names, which stays for others`,
        `${RDT}a named class that is missing is made, and kept`,
        `${RDT}never removes the default class`,
      ],
    },
  ),
  clause(
    'rdt-monitoring',
    'MUST',
    'If `enableMonitoring` is set, the runtime MUST create a dedicated MON group for the container. The runtime MUST use the container ID from `start` as the name of the MON group.',
    { shown: [`${DONE}has a monitoring group in its own class`, `${RDT}monitoring in a class`] },
  ),
  clause('rdt-monitoring-removed', 'MUST', 'The runtime MUST delete the MON group after the container is deleted.', {
    shown: [
      `${DONE}has a monitoring group in the class "gold", which goes with it`,
      `${RDT}removes what the container has made after its processes, the monitoring group first`,
    ],
  }),
  clause(
    'rdt-monitoring-fails',
    'MUST',
    'If creation of the MON group fails (e.g. the maximum number of MON groups is reached) the runtime MUST return an error.',
    {
      shown: [
        `${DONE}because the processor has no class left says so`,
        `${DONE}because another has a group of its name leaves that alone`,
        'faults/resctrl: a create whose calls fail leaves no group in a class of its own',
      ],
    },
  ),
);
