// The rules about config.json itself: its text, its schema, the specification, and what tsrun makes of it. Ids are stable.

import { error, note, warning } from './rule.js';

export const DOCUMENT_RULES = {
  'json/syntax': error(
    'not JSON',
    'The text is not JSON (RFC 8259). Nothing behind the first such error can be checked.',
  ),
  'json/encoding': error('not UTF-8', 'config.json is UTF-8 without a byte order mark (RFC 8259, 8.1).'),
  'json/size': error(
    'too much',
    'tsrun reads 64 levels of arrays and objects and 100000 values; config.json needs 8 levels and seldom more than some thousand values.',
  ),
  'json/duplicate-key': error(
    'a key twice in one object',
    'Parsers differ in which of the two they take, so what has been reviewed may not be what is run.',
  ),
  'json/string': error(
    'a string that is no text',
    'NUL ends every string of the kernel, and half a surrogate pair has no UTF-8 form: no program could receive it.',
  ),
  'json/number': error('a number that cannot be held', 'The largest integers of config.json have 64 bits.'),
  'schema/missing': error('a required property is missing', 'The specification says that it must be set.'),
  'schema/type': error('a value of the wrong type', 'The specification gives the type of each property.'),
  'schema/enum': error(
    'a name that is not allowed here',
    'The specification lists the names that the property may have.',
  ),
  'schema/range': error('an integer out of range', 'The specification gives the size of each integer.'),
  'spec/version': error(
    'ociVersion',
    'config.json says which version of the specification it follows: SemVer, of the major version 1.',
  ),
  'spec/root': error('root', 'The root filesystem of the container (config.md, "Root").'),
  'spec/mount': error('mounts', 'Mounts beyond the root (config.md, "Mounts").'),
  'spec/process': error('process', 'The program of the container (config.md, "Process").'),
  'spec/user': error('process.user', 'Who the program is (config.md, "User").'),
  'spec/rlimit': error(
    'process.rlimits',
    'Limits of the program (setrlimit(2)): known ones, each once, soft within hard.',
  ),
  'spec/hostname': error('hostname and domainname', 'Names in the UTS namespace: at most 64 bytes (sethostname(2)).'),
  'spec/hook': error(
    'hooks',
    'Programs of the lifecycle (config.md, "POSIX-platform Hooks"): absolute paths, timeouts above 0.',
  ),
  'spec/annotation': error('annotations', 'Keys must not be empty (config.md, "Annotations").'),
  'spec/namespace': error(
    'linux.namespaces',
    'Each type at most once, paths absolute (config-linux.md, "Namespaces").',
  ),
  'spec/missing-namespace': error(
    'needs a namespace of its own',
    'Without the namespace the setting would change the host, or cannot be made at all.',
  ),
  'spec/id-mapping': error(
    'uidMappings and gidMappings',
    'Maps that the kernel takes (user_namespaces(7)): not empty, without overlap.',
  ),
  'spec/time-offset': error(
    'linux.timeOffsets',
    'Offsets of the clocks "boottime" and "monotonic" (time_namespaces(7)).',
  ),
  'spec/device': error('linux.devices', 'Device nodes of the container (config-linux.md, "Devices").'),
  'spec/network-device': error('linux.netDevices', 'Network devices that move into the container, by name.'),
  'spec/resource': error('linux.resources', 'Limits (config-linux.md, "Control groups").'),
  'spec/intel-rdt': error('linux.intelRdt', 'Cache and memory bandwidth (config-linux.md, "IntelRdt").'),
  'spec/memory-policy': error('linux.memoryPolicy', 'NUMA policy (set_mempolicy(2)).'),
  'spec/sysctl': error(
    'linux.sysctl',
    'Only what a namespace of the container confines may be set: everything else would change the host.',
  ),
  'spec/seccomp': error('linux.seccomp', 'The filter of system calls (config-linux.md, "Seccomp").'),
  'spec/masked-path': error('linux.maskedPaths and linux.readonlyPaths', 'Absolute paths in the container.'),
  'spec/value': error('a value that the specification does not allow', 'The message says what must be there.'),
  'spec/newer-version': warning('ociVersion is newer than tsrun', 'Properties that a newer version adds are ignored.'),
  'spec/relative-destination': warning(
    'a relative destination',
    'The specification wants destinations absolute; runtimes take them from the root.',
  ),
  'spec/capability': warning(
    'a capability that cannot be granted',
    'It is left out, and the container runs without it.',
  ),
  'spec/personality-flag': warning('a flag of linux.personality', 'The specification defines none, so it is ignored.'),
  'spec/unknown-property': warning(
    'an unknown property',
    'A runtime has to ignore properties that it does not know. A misspelled one is therefore a setting that silently is not there.',
  ),
  'spec/needs-version': warning(
    'newer than ociVersion',
    'The property or value came with a later version of the specification than ociVersion says. A runtime of that version would ignore it, or refuse the value.',
  ),
  'spec/deprecated': note('deprecated', 'The specification advises against it, and says what to use.'),
  'spec/other-platform': note(
    'of another platform',
    'tsrun makes Linux containers and ignores sections for other platforms.',
  ),
  'spec/mount-option': warning(
    'an option that looks misspelled',
    'What is no option of mounts themselves goes to the filesystem, which refuses it when the container is created.',
  ),
  'spec/mount-type': warning(
    'a filesystem type that looks misspelled',
    'The kernel is asked for a filesystem of this name.',
  ),
  'spec/duplicate-mount': warning('two mounts in one place', 'The later one hides the earlier one.'),
  'spec/system-call': warning(
    'an unknown system call',
    'libseccomp, of the version that tsrun was built with, knows no call of this name, so the rule has no effect on it.',
  ),
  'spec/annotation-name': warning(
    'an unknown annotation',
    'Annotations with this prefix steer runtimes. One of an unknown name does nothing.',
  ),
  'plan/refused': error(
    'what tsrun refuses',
    'The document is valid, but no container can be made of it: create would say the same.',
  ),
  'plan/no-effect': warning(
    'no effect',
    'create would warn of it: what is asked for cannot be given, and the container runs without.',
  ),
} as const;
