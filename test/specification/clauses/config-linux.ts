// config-linux.md of runtime-spec 1.3.0: filesystems, namespaces, devices and paths; the rest has files of its own.
import { AUTHOR, clause, section } from '../clause.js';

export const FILESYSTEMS = section(
  'config-linux.md#default-filesystems',
  clause(
    'default-filesystems',
    'SHOULD',
    "The following filesystems SHOULD be made available in each container's filesystem: /proc, /sys, /dev/pts, /dev/shm.",
    {
      differs:
        'A container has the mounts of its config.json and no others, as with runc and crun. Since 1.0.0-rc5 the specification asks a runtime for them only where config.json does; `tsrun spec` writes a config.json that has all four.',
      shown: ['integration/mount-targets: are exactly those of config.json'],
    },
  ),
);

export const NAMESPACES = section(
  'config-linux.md#namespaces',
  clause(
    'namespaces-types',
    'SHOULD',
    'The following namespace types SHOULD be supported: pid, network, mount, ipc, uts, user, cgroup, time.',
    {
      shown: ['integration/features: each namespace can be new'],
    },
  ),
  clause('namespaces-path-absolute', 'MUST', 'This value MUST be an absolute path in the runtime mount namespace.'),
  clause(
    'namespaces-path-joined',
    'MUST',
    'The runtime MUST place the container process in the namespace associated with that `path`.',
  ),
  clause(
    'namespaces-path-type',
    'MUST',
    'The runtime MUST generate an error if `path` is not associated with a namespace of type `type`.',
  ),
  clause(
    'namespaces-new',
    'MUST',
    'If `path` is not specified, the runtime MUST create a new container namespace of type `type`.',
  ),
  clause(
    'namespaces-inherited',
    'MUST',
    'If a namespace type is not specified in the `namespaces` array, the container MUST inherit the runtime namespace of that type.',
  ),
  clause(
    'namespaces-duplicates',
    'MUST',
    'If a `namespaces` field contains duplicated namespaces with same `type`, the runtime MUST generate an error.',
  ),
);

export const MAPPINGS = section(
  'config-linux.md#user-namespace-mappings',
  clause('mappings-required', 'REQUIRED', '`containerID`, `hostID` and `size` *(uint32, REQUIRED)*'),
  clause(
    'mappings-ownership',
    'SHOULD NOT',
    'The runtime SHOULD NOT modify the ownership of referenced filesystems to realize the mapping.',
  ),
);

export const DEVICES = [
  ...section(
    'config-linux.md#devices',
    clause(
      'devices-available',
      'MUST',
      '`devices` (array of objects, OPTIONAL) lists devices that MUST be available in the container.',
    ),
    clause(
      'devices-mismatch',
      'MUST',
      'If a file already exists at `path` that does not match the requested device, the runtime MUST generate an error.',
    ),
    clause(
      'devices-numbers',
      'REQUIRED',
      '`major, minor` *(int64, REQUIRED unless `type` is `p`)* - major, minor numbers for the device.',
    ),
    clause(
      'devices-once',
      'SHOULD NOT',
      'The same `type`, `major` and `minor` SHOULD NOT be used for multiple devices.',
      { binds: AUTHOR },
    ),
    clause(
      'devices-others',
      'MAY NOT',
      'Containers MAY NOT access any device node that is not either explicitly referenced in the `devices` array or listed as being part of the default devices.',
      {
        shown: [
          'integration/device-rules: no other device can be opened, though its node is there',
          'integration/device-rules: the default devices can be opened',
        ],
      },
    ),
  ),
  ...section(
    'config-linux.md#default-devices',
    clause(
      'default-devices',
      'MUST',
      'In addition to any devices configured with this setting, the runtime MUST also supply: /dev/null, /dev/zero, /dev/full, /dev/random, /dev/urandom, /dev/tty and /dev/ptmx.',
    ),
    clause(
      'default-devices-console',
      'MUST',
      '`/dev/console` is set up if `terminal` is enabled in the config by bind mounting the pseudoterminal pty to `/dev/console`.',
      {
        shown: [
          'integration/terminal: has it as standard input, output and error, as controlling terminal, and on /dev/console',
        ],
      },
    ),
  ),
];

const MOVED = 'integration/network-devices: ';

export const NET_DEVICES = section(
  'config-linux.md#network-devices',
  clause(
    'net-devices-available',
    'MUST',
    '`netDevices` (object, OPTIONAL) - A set of network devices that MUST be made available in the container.',
    {
      shown: [
        `${MOVED}is in the container, up, with its name, MTU and hardware address, and not on the host`,
        `${MOVED}is renamed, also to a name that the host has for another`,
      ],
    },
  ),
  clause(
    'net-devices-check',
    'MUST',
    'The runtime MUST check if moving the network interface to the container namespace is possible.',
    {
      shown: [
        `${MOVED}because the kernel ties it to its namespace is an error that says so`,
        `${MOVED}because there is none is an error, and nothing has been done`,
      ],
    },
  ),
  clause(
    'net-devices-exists',
    'MUST',
    'If a network device with the specified name already exists in the container namespace, the runtime MUST generate an error, unless the user has provided a template by appending `%d` to the new name.',
    { shown: [`${MOVED}because its name is taken is an error, and those before it are given back`] },
  ),
  clause(
    'net-devices-template',
    'MUST',
    "In that case, the runtime MUST allow the move, and the kernel will generate a unique name for the interface within the container's network namespace.",
    { shown: [`${MOVED}gets the next free number of a template`] },
  ),
  clause(
    'net-devices-attributes',
    'MUST',
    'The runtime MUST preserve existing network interface attributes, including all permanent IP addresses (IFA_F_PERMANENT flag) of any family with global scope (RT_SCOPE_UNIVERSE value).',
    {
      shown: [
        `${MOVED}has its permanent global addresses there, in their order, and no others`,
        `${MOVED}keeps broadcast, peer, metric, label and flags of an address`,
      ],
    },
  ),
  clause(
    'net-devices-up',
    'MUST',
    'The runtime MUST set the network device state to "up" after moving it to the network namespace to allow the container to send and receive network traffic through that device.',
    { shown: [`${MOVED}is in the container, up, with its name, MTU and hardware address, and not on the host`] },
  ),
  clause(
    'net-devices-lifecycle',
    'MUST NOT',
    "The runtime MUST NOT actively manage the interface's lifecycle and configuration *within* the container's network namespace.",
    { shown: [`${MOVED}ends with the namespace of its container, if it is virtual`] },
  ),
  clause(
    'net-devices-back',
    'MUST NOT',
    'The runtime MUST NOT attempt to move the interface out of the namespace before deletion.',
    { shown: [`${MOVED}ends with the namespace of its container, if it is virtual`] },
  ),
);

export const PATHS = [
  ...section(
    'config-linux.md#masked-paths',
    clause(
      'masked-paths-absolute',
      'MUST',
      'The values MUST be absolute paths in the container namespace. (`maskedPaths`)',
    ),
  ),
  ...section(
    'config-linux.md#readonly-paths',
    clause(
      'readonly-paths-absolute',
      'MUST',
      'The values MUST be absolute paths in the container namespace. (`readonlyPaths`)',
    ),
  ),
];
