// config.md of runtime-spec 1.3.0, without process (config-process.ts) and hooks (config-hooks.ts).
import { AUTHOR, clause, section } from '../clause.js';

export const VERSION = section(
  'config.md#specification-version',
  clause(
    'version-semver',
    'MUST',
    '`ociVersion` (string, REQUIRED) MUST be in SemVer v2.0.0 format and specifies the version of the Open Container Initiative Runtime Specification with which the bundle complies.',
  ),
);

export const ROOT = section(
  'config.md#root',
  clause('root-required', 'REQUIRED', 'On all other platforms, this field is REQUIRED.'),
  clause(
    'root-path-required',
    'REQUIRED',
    '`path` (string, REQUIRED) Specifies the path to the root filesystem for the container.',
  ),
  clause('root-conventional', 'SHOULD', 'The value SHOULD be the conventional `rootfs`.', { binds: AUTHOR }),
  clause('root-directory', 'MUST', 'A directory MUST exist at the path declared by the field.'),
  clause(
    'root-readonly',
    'MUST',
    '`readonly` (bool, OPTIONAL) If true then the root filesystem MUST be read-only inside the container, defaults to false.',
  ),
);

export const MOUNTS = [
  ...section(
    'config.md#mounts',
    clause('mounts-order', 'MUST', 'The runtime MUST mount entries in the listed order.'),
    clause('mounts-destination-absolute', 'SHOULD', 'Linux: This value SHOULD be an absolute path.', { binds: AUTHOR }),
    clause(
      'mounts-destination-relative',
      'MUST',
      'For compatibility with old tools and configurations, it MAY be a relative path, in which case it MUST be interpreted as relative to "/".',
    ),
  ),
  ...section(
    'config.md#linux-mount-options',
    clause(
      'mount-options-must',
      'MUST',
      'Runtimes MUST/SHOULD/MAY implement the following option strings for Linux: those of the table with MUST.',
      {
        shown: [
          'integration/features: each mount option makes a mount, and has its effect',
          'unit/plan/mount-options: reads nosuid for the mount, and with r before it for the whole tree',
        ],
      },
    ),
    clause(
      'mount-options-should',
      'SHOULD',
      'Runtimes MUST/SHOULD/MAY implement the following option strings for Linux: those of the table with SHOULD.',
      {
        shown: [
          'integration/features: each mount option makes a mount, and has its effect',
          'integration/mounts: with rro is read-only with all below it',
        ],
      },
    ),
    clause(
      'mount-options-mount8',
      'SHOULD',
      'If a custom option string is already recognized by mount(8), the runtime SHOULD follow the behavior of mount(8).',
      {
        shown: ['unit/plan/mount-options: names what has no effect, and is silent about what is the default anyway'],
      },
    ),
    clause(
      'mount-options-unknown',
      'SHOULD',
      'Runtimes SHOULD treat unknown options as filesystem-specific ones and pass those as a comma-separated string to the fifth (`const void *data`) argument of mount(2).',
    ),
  ),
];

const MAPPED = 'integration/id-mapped-mounts: ';

export const IDMAP = [
  ...section(
    'config.md#linux-mount-options',
    clause('idmap-applied', 'SHOULD', '`idmap`: Indicates that the mount MUST have an idmapping applied.', {
      shown: [`${MAPPED}by idmap has the owners of the host`],
    }),
    clause(
      'ridmap-applied',
      'SHOULD',
      '`ridmap`: Indicates that the mount MUST have an idmapping applied, and the mapping is applied recursively.',
      { shown: [`${MAPPED}by ridmap has the owners of the host`, `${MAPPED}with ridmap belongs to 3:4`] },
    ),
    clause('idmap-not-passed', 'SHOULD NOT', 'This option SHOULD NOT be passed to the underlying mount(2) call.', {
      shown: ['unit/plan/mount-options: reads idmap', 'unit/plan/mount-options: reads ridmap'],
    }),
    clause(
      'idmap-mappings',
      'MUST',
      "If `uidMappings` or `gidMappings` are specified for the mount, the runtime MUST use those values for the mount's mapping.",
      { shown: [`${MAPPED}can be another one than the map of the container`, `${MAPPED}needs no user namespace`] },
    ),
    clause(
      'idmap-user-namespace',
      'MUST',
      "If they are not specified, the runtime MAY use the container's user namespace mapping, otherwise an error MUST be returned.",
      { shown: [`${MAPPED}that is joined by path has the maps of that namespace`] },
    ),
    clause(
      'idmap-no-mapping',
      'MUST',
      "If there are no `uidMappings` and `gidMappings` specified and the container isn't using user namespaces, an error MUST be returned.",
      { shown: ['unit/plan/mount-id-map: without a map: neither of the mount nor of the container'] },
    ),
  ),
  ...section(
    'config.md#posix-platform-mounts',
    clause(
      'idmap-mount-setattr',
      'SHOULD',
      'This SHOULD be implemented using `mount_setattr(MOUNT_ATTR_IDMAP)`, available since Linux 5.12.',
      { shown: [`${MAPPED}needs no user namespace`] },
    ),
    clause(
      'idmap-option',
      'SHOULD',
      'If specified, the `options` field of the `mounts` structure SHOULD contain either `idmap` or `ridmap` to specify whether the mapping should be applied recursively for `rbind` mounts, as well as to ensure that older runtimes will not silently ignore this field.',
      { binds: AUTHOR },
    ),
    clause('idmap-both-mappings', 'MUST', 'If specified, it MUST be specified along with `gidMappings`.', {
      shown: [
        'integration/id-mapped-mounts: where one mapping of a mount is missing or overlaps',
        'unit/spec/checks-namespaces: checkIdMappings()',
      ],
    }),
  ),
];

export const ANNOTATIONS = section(
  'config.md#annotations',
  clause('annotations-map', 'MUST', 'Annotations MUST be a key-value map.'),
  clause('annotations-keys', 'MUST', 'Keys MUST be strings.', { binds: `${AUTHOR}, and JSON leaves no choice` }),
  clause('annotations-empty-key', 'MUST NOT', 'Keys MUST NOT be an empty string.'),
  clause(
    'annotations-reverse-domain',
    'SHOULD',
    'Keys SHOULD be named using a reverse domain notation - e.g. `com.example.myKey`.',
    { binds: AUTHOR },
  ),
  clause(
    'annotations-reserved',
    'MUST',
    'The `org.opencontainers` namespace for keys is reserved for use by this specification, annotations using keys in this namespace MUST be as described in this section.',
    { binds: AUTHOR },
  ),
  clause(
    'annotations-image',
    'MUST',
    'The annotation value MUST have a valid value for the property as defined in the OCI image specification.',
    { binds: `${AUTHOR}, who takes them from an image` },
  ),
  clause(
    'annotations-stop-signal',
    'SHOULD',
    '`org.opencontainers.image.stopSignal` Indicates signal that SHOULD be sent by the container runtimes to kill the container.',
    {
      differs:
        'Without a signal on the command line `kill` sends SIGTERM, as runc and crun do. Who stops containers of images (podman, containerd) reads the signal from the image and names it.',
      shown: ['integration/kill-delete: sends TERM when no signal is named'],
    },
  ),
  clause(
    'annotations-subsequent',
    'MUST NOT',
    'All other keys in the `org.opencontainers` namespace not specified in this above table are reserved and MUST NOT be used by subsequent specifications.',
    { binds: 'other specifications' },
  ),
  clause(
    'annotations-unknown',
    'MUST',
    'Runtimes MUST handle unknown annotation keys like any other unknown property.',
  ),
  clause('annotations-values', 'MUST', 'Values MUST be strings.'),
);

export const EXTENSIBILITY = section(
  'config.md#extensibility',
  clause('extensibility-unknown', 'MUST', 'Runtimes MAY log unknown properties but MUST otherwise ignore them.'),
);

export const VALID_VALUES = section(
  'config.md#valid-values',
  clause(
    'values-invalid',
    'MUST',
    'Runtimes MUST generate an error when invalid or unsupported values are encountered.',
    {
      shown: ['unit/spec/wrong-input/wrong-input: have every kind of wrong input for every field of the schema'],
    },
  ),
);
