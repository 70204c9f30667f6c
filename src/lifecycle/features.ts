// features: what this runtime can do, in the structure of runtime-spec "Features". It says only what a container can really be given.
import { OCI_VERSION } from '../base/container-state.js';
import { mountOptionNames } from '../plan/mount-options.js';
import { ANNOTATION_PREFIX } from '../plan/systemd/annotations.js';
import { CAPABILITIES } from '../spec/capabilities.js';

/** The features structure of runtime-spec 1.3 (features.md, features-linux.md). */
export function describeFeatures(version: string, commit: string): Record<string, unknown> {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: OCI_VERSION,
    hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
    mountOptions: mountOptionNames().sort(),
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
      capabilities: CAPABILITIES,
      cgroup: { v1: false, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: { enabled: false },
      apparmor: { enabled: false },
      selinux: { enabled: false },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: false } },
    },
    annotations: {
      'org.tsrun.version': version,
      'org.tsrun.commit': commit,
      'org.opencontainers.runc.checkpoint.enabled': 'false',
    },
    // A manager that takes config.json from others has to look at these: they set properties of the scope. The dot makes it a prefix.
    potentiallyUnsafeConfigAnnotations: [ANNOTATION_PREFIX],
  };
}
