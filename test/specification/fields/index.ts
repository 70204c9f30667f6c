// Every field of config.json that Linux can honour, in the order of schemas/config.schema.json as far as topics allow.
import { LINUX, MOUNT_MAPPINGS, SECCOMP } from './linux.js';
import { DOCUMENT, HOOKS, MOUNTS, PROCESS } from './process.js';
import { RESOURCES } from './resources.js';

export const FIELDS = [
  ...DOCUMENT,
  ...PROCESS,
  ...MOUNTS,
  ...MOUNT_MAPPINGS,
  ...HOOKS,
  ...LINUX,
  ...RESOURCES,
  ...SECCOMP,
];

/** Parts of the document that the specification has for other platforms: a runtime on Linux ignores them (config.md, "Platform-specific configuration"). */
export const OTHER_PLATFORMS = ['windows', 'solaris', 'vm', 'zos', 'freebsd'];
