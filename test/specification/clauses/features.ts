// features.md and features-linux.md of runtime-spec 1.3.0.
import { clause, section } from '../clause.js';

const ACCEPTED = 'integration/features: each action, operator, architecture and flag of seccomp is accepted';

export const FEATURES = [
  ...section(
    'features.md#features-structure',
    clause(
      'features-compile-time',
      'SHOULD',
      'Hence, the content of the Features structure SHOULD be determined on the compilation time of the runtime, not on the execution time.',
      {
        shown: ['integration/features: is the same for a user without privilege'],
      },
    ),
    clause(
      'features-null',
      'MUST NOT',
      'The `null` value MUST NOT be confused with an empty value such as `0`, `false`, `""`, `[]`, and `{}`.',
      {
        binds: 'who reads the structure; that of tsrun has no null',
      },
    ),
  ),
  ...section(
    'features.md#specification-version',
    clause(
      'features-version-min',
      'MUST',
      'The runtime MUST accept this value as the `ociVersion` property of `config.json`. (`ociVersionMin`)',
    ),
    clause(
      'features-version-max',
      'MUST',
      'The runtime MUST accept this value as the `ociVersion` property of `config.json`. (`ociVersionMax`)',
    ),
    clause(
      'features-version-order',
      'MUST NOT',
      'The value MUST NOT be less than the value of the `ociVersionMin` property.',
    ),
    clause(
      'features-properties',
      'MUST NOT',
      'The Features structure MUST NOT contain properties that are not defined in this version of the Open Container Initiative Runtime Specification.',
      {
        shown: ['integration/features: is what schemas/features.schema.json says'],
      },
    ),
  ),
  ...section(
    'features.md#hooks',
    clause(
      'features-hooks',
      'MUST',
      'The runtime MUST support the elements in this array as the `hooks` property of `config.json`.',
    ),
  ),
  ...section(
    'features.md#mount-options',
    clause(
      'features-mount-options',
      'MUST',
      'The runtime MUST recognize the elements in this array as the `options` of `mounts` objects in `config.json`.',
      {
        shown: ['integration/features: each mount option makes a mount, and has its effect'],
      },
    ),
    clause(
      'features-filesystem-options',
      'SHOULD NOT',
      'Linux: this array SHOULD NOT contain filesystem-specific mount options that are passed to the mount(2) syscall as `const void *data`.',
    ),
  ),
  ...section(
    'features.md#annotations',
    clause(
      'features-annotations',
      'MUST',
      'Annotations MUST be a key-value map that follows the same convention as the Key and Values of the `annotations` property of `config.json`.',
    ),
  ),
  ...section(
    'features-linux.md#namespaces',
    clause(
      'features-namespaces',
      'MUST',
      'The runtime MUST recognize the elements in this array as the `type` of `linux.namespaces` objects in `config.json`.',
    ),
  ),
  ...section(
    'features-linux.md#capabilities',
    clause(
      'features-capabilities',
      'MUST',
      'The runtime MUST recognize the elements in this array in the `process.capabilities` object of `config.json`.',
    ),
  ),
  ...section(
    'features-linux.md#seccomp',
    clause(
      'features-seccomp-actions',
      'MUST',
      'The runtime MUST recognize the elements in this array in the `syscalls[].action` property of the `linux.seccomp` object in `config.json`.',
      { shown: [ACCEPTED] },
    ),
    clause(
      'features-seccomp-operators',
      'MUST',
      'The runtime MUST recognize the elements in this array in the `syscalls[].args[].op` property of the `linux.seccomp` object in `config.json`.',
      { shown: [ACCEPTED] },
    ),
    clause(
      'features-seccomp-archs',
      'MUST',
      'The runtime MUST recognize the elements in this array in the `architectures` property of the `linux.seccomp` object in `config.json`.',
      { shown: [ACCEPTED] },
    ),
    clause(
      'features-seccomp-known-flags',
      'MUST',
      'The runtime MUST recognize the elements in this array in the `flags` property of the `linux.seccomp` object in `config.json`. (`knownFlags`)',
      {
        shown: ['integration/seccomp: * are accepted by the kernel'],
      },
    ),
    clause(
      'features-seccomp-supported-flags',
      'MUST',
      'The runtime MUST recognize and support the elements in this array in the `flags` property of the `linux.seccomp` object in `config.json`.',
      { shown: [ACCEPTED] },
    ),
  ),
  ...section(
    'features-linux.md#memorypolicy',
    clause(
      'features-memory-modes',
      'MUST',
      'The runtime MUST recognize the elements in this array as the `mode` of `linux.memoryPolicy` objects in `config.json`.',
      {
        shown: ['integration/features: says what there is, and of what there is not that it is not there'],
      },
    ),
    clause(
      'features-memory-flags',
      'MUST',
      'The runtime MUST recognize the elements in this in the `flags` property of the `linux.memoryPolicy` object in `config.json`.',
      {
        shown: ['integration/features: says what there is, and of what there is not that it is not there'],
      },
    ),
  ),
  ...section(
    'features-linux.md#mountextensions',
    clause(
      'features-idmap',
      'MUST',
      'In such cases, runtimes MUST still set this value to `true`, to indicate that the runtime recognises the `uidMappings` and `gidMappings` properties.',
      {
        shown: ['integration/features: says what there is, and of what there is not that it is not there'],
      },
    ),
  ),
];
