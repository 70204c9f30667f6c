// features: what this runtime can do, in the structure of runtime-spec "Features". It says only what a container can really be given.
import { release } from 'node:os';
import { OCI_VERSION } from '../base/container-state.js';
import { mountOptionNames } from '../plan/mount-options.js';
import { TABLES } from '../plan/names.js';
import { ANNOTATION_PREFIX } from '../plan/systemd/annotations.js';
import { RUNTIME_PREFIX } from '../spec/annotations.js';
import { CAPABILITIES } from '../spec/capabilities.js';

/** The features structure of runtime-spec 1.3 (features.md, features-linux.md). */
export function describeFeatures(version: string, commit: string, libseccomp: string): Record<string, unknown> {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: OCI_VERSION,
    hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
    mountOptions: mountOptionNames().sort(),
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
      capabilities: CAPABILITIES,
      cgroup: { v1: false, v2: true, systemd: true, systemdUser: true, rdma: true },
      ...describeSecurity(),
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      memoryPolicy: { modes: TABLES['memory-policy'], flags: TABLES['memory-policy-flag'] },
      // containerd looks for it before it gives a container a user namespace.
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: {
      'org.tsrun.version': version,
      'org.tsrun.commit': commit,
      'org.opencontainers.runc.checkpoint.enabled': 'false',
      // As runc and crun have it.
      'io.github.seccomp.libseccomp.version': libseccomp,
    },
    potentiallyUnsafeConfigAnnotations: UNSAFE_ANNOTATIONS,
  };
}

/**
 * A manager that takes config.json from others has to look at these: docs/annotations.md says what they do. A dot at the end makes a prefix. The
 * first two are runc's, and do nothing here; who keeps them away from runc does so by this list, whichever runtime is behind it.
 */
const UNSAFE_ANNOTATIONS = ['bundle', 'org.criu.config', ANNOTATION_PREFIX, RUNTIME_PREFIX];

/** Filters and labels, as far as a container can be given them. */
function describeSecurity(): Record<string, unknown> {
  return {
    seccomp: describeSeccomp(),
    // features-linux.md: whether the runtime was built with it, not whether this host has it.
    apparmor: { enabled: true },
    selinux: { enabled: true },
  };
}

/** What libseccomp 2.5 knows, of the byte order of the machines that tsrun is built for: others cannot stand in one filter with theirs. */
const ARCHITECTURES = [
  'AARCH64',
  'ARM',
  'MIPSEL',
  'MIPSEL64',
  'MIPSEL64N32',
  'PPC64LE',
  'RISCV64',
  'X32',
  'X86',
  'X86_64',
].map((name) => `SCMP_ARCH_${name}`);

/** In the order of the kernels that brought them; tsrun needs one that has the first three. */
const FLAGS = [
  'SECCOMP_FILTER_FLAG_TSYNC',
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const;

function describeSeccomp(): Record<string, unknown> {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  // Linux 5.19.
  const killable = major > 5 || (major === 5 && minor >= 19);
  return {
    enabled: true,
    actions: [...TABLES['seccomp-action'], 'SCMP_ACT_KILL'].sort(),
    operators: [...TABLES['seccomp-operator']].sort(),
    archs: ARCHITECTURES,
    knownFlags: FLAGS,
    supportedFlags: killable ? FLAGS : FLAGS.slice(0, -1),
  };
}
