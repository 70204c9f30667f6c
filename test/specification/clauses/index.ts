// Every sentence of runtime-spec 1.3.0 with a word of RFC 2119 that could bind a runtime on Linux, in the order of its documents.

import { ANNOTATIONS, EXTENSIBILITY, IDMAP, MOUNTS, ROOT, VALID_VALUES, VERSION } from './config.js';
import { CGROUPS_PATH, OWNERSHIP, RESOURCES } from './config-cgroups.js';
import { HOOKS } from './config-hooks.js';
import { INTEL_RDT } from './config-intel-rdt.js';
import { DEVICES, FILESYSTEMS, MAPPINGS, NAMESPACES, NET_DEVICES, PATHS } from './config-linux.js';
import { LINUX_PROCESS, PROCESS, RLIMITS, USER } from './config-process.js';
import { SECCOMP } from './config-seccomp.js';
import { FEATURES } from './features.js';
import { OPERATIONS } from './operations.js';
import { BUNDLE, ERRORS, GLOSSARY, LIFECYCLE, LINUX, SCOPE, STATE, WARNINGS } from './runtime.js';

export const CLAUSES = [
  ...BUNDLE,
  ...SCOPE,
  ...STATE,
  ...LIFECYCLE,
  ...ERRORS,
  ...WARNINGS,
  ...OPERATIONS,
  ...LINUX,
  ...VERSION,
  ...ROOT,
  ...MOUNTS,
  ...IDMAP,
  ...PROCESS,
  ...RLIMITS,
  ...LINUX_PROCESS,
  ...USER,
  ...HOOKS,
  ...ANNOTATIONS,
  ...EXTENSIBILITY,
  ...VALID_VALUES,
  ...FILESYSTEMS,
  ...NAMESPACES,
  ...MAPPINGS,
  ...DEVICES,
  ...NET_DEVICES,
  ...CGROUPS_PATH,
  ...OWNERSHIP,
  ...RESOURCES,
  ...INTEL_RDT,
  ...SECCOMP,
  ...PATHS,
  ...FEATURES,
  ...GLOSSARY,
];

export type ClauseId = (typeof CLAUSES)[number]['id'];
