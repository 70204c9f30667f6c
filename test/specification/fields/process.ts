// Fields of config.json outside of `linux`.
import { fields, ignored } from '../field.js';

const HOOK = ['path', 'args[]', 'env[]', 'timeout'];

export const DOCUMENT = [
  ...fields(
    '',
    ['ociVersion'],
    'src/spec/checks/version.ts',
    'unit/spec/checks-container: checkVersion()',
    'specification/config/version: 1.0.2 is a version',
  ),
  ...fields('', ['hostname'], 'set-hostname', 'specification/config/names: the host name is what the program sees'),
  ...fields(
    '',
    ['domainname'],
    'set-domainname',
    'integration/namespaces: of type uts has the host name and the domain name of config.json',
  ),
  ...fields(
    '',
    ['annotations.*'],
    ['src/lifecycle/create.ts', 'src/plan/systemd/annotations.ts'],
    'specification/runtime/state: has version, id and annotations of the container',
    'conformance/systemd/scope: org.systemd.property.* are properties of the scope',
  ),
  ...fields('root', ['path'], 'bind-rootfs', 'specification/config/root: a path that is absolute is the root'),
  ...fields(
    'root',
    ['readonly'],
    'set-attributes',
    'specification/config/root: a root that is read-only cannot be written',
  ),
];

export const MOUNTS = [
  ...fields('mounts[]', ['destination'], 'attach', 'integration/mount-targets: are exactly those of config.json'),
  ...fields('mounts[]', ['type'], 'new-mount', 'integration/mount-targets: are exactly those of config.json'),
  ...fields(
    'mounts[]',
    ['source'],
    ['open-tree', 'new-mount'],
    'integration/mounts: shows the files of its source, writable',
  ),
  ...fields(
    'mounts[]',
    ['options[]'],
    ['new-mount', 'replace-attributes', 'set-attributes', 'set-propagation', 'copy-up'],
    'integration/features: each mount option makes a mount, and has its effect',
  ),
];

export const PROCESS = [
  ...fields(
    'process',
    ['terminal'],
    ['open-terminal', 'use-terminal'],
    'integration/terminal: has it as standard input, output and error, as controlling terminal, and on /dev/console',
  ),
  ...fields(
    'process.consoleSize',
    ['height', 'width'],
    'open-terminal',
    'integration/terminal: is that of config.json without a terminal',
  ),
  ...fields(
    'process.user',
    ['uid', 'gid', 'additionalGids[]'],
    'set-user',
    'integration/process: has exactly these ids and groups',
  ),
  ...fields('process.user', ['umask'], 'set-umask', 'integration/process: has the umask of config.json, else 0022'),
  ...ignored(
    'process.user',
    ['username'],
    'config.md#windows-user: for Windows',
    'unit/spec/schema: ignores unknown properties everywhere',
  ),
  ...fields('process', ['args[]'], ['find-executable', 'exec'], 'integration/process: reach the program to the letter'),
  ...ignored(
    'process',
    ['commandLine'],
    'config.md#process: for Windows',
    'unit/spec/schema: ignores unknown properties everywhere',
  ),
  ...fields('process', ['env[]'], 'set-environment', 'integration/process: is exactly the one of config.json'),
  ...fields(
    'process',
    ['cwd'],
    ['make-directory', 'change-directory'],
    'integration/process: is made when it is missing',
  ),
  ...fields(
    'process.capabilities',
    ['bounding[]'],
    'set-bounding-capabilities',
    'integration/privileges: are exactly the five sets of config.json for root',
  ),
  ...fields(
    'process.capabilities',
    ['effective[]', 'inheritable[]', 'permitted[]', 'ambient[]'],
    'set-capabilities',
    'integration/privileges: are exactly the five sets of config.json for root',
  ),
  ...fields(
    'process.rlimits[]',
    ['type', 'soft', 'hard'],
    'set-rlimit',
    'integration/privileges: are those of config.json',
  ),
  ...fields(
    'process',
    ['noNewPrivileges'],
    'set-no-new-privileges',
    'integration/privileges: is true as config.json says',
  ),
  ...fields(
    'process',
    ['apparmorProfile'],
    'set-apparmor-profile',
    'conformance/security/apparmor: confines the program, with noNewPrivileges true',
  ),
  ...fields('process', ['oomScoreAdj'], 'set-oom-score-adj', 'integration/privileges: is raised as config.json says'),
  ...fields(
    'process.scheduler',
    ['policy', 'nice', 'priority', 'flags[]', 'runtime', 'deadline', 'period'],
    'set-scheduler',
    'integration/scheduling: * is that of the program',
    'unit/plan/scheduling: gives every value, and 0 for what is not said',
  ),
  ...fields(
    'process',
    ['selinuxLabel'],
    'set-selinux-label',
    'unit/plan/labels: labels the program before no_new_privs',
    'integration/labels: SELinux labels are refused, and nothing runs (needs a host without SELinux)',
  ),
  ...fields(
    'process.ioPriority',
    ['class', 'priority'],
    'set-io-priority',
    'integration/scheduling: * is that of the program',
  ),
  ...fields(
    'process.execCPUAffinity',
    ['initial', 'final'],
    ['set-initial-affinity', 'set-affinity'],
    'integration/exec-process: binds the process, to begin with or for good',
  ),
];

export const HOOKS = [
  ...['prestart', 'createRuntime', 'poststart', 'poststop'].flatMap((kind) =>
    fields(
      `hooks.${kind}[]`,
      HOOK,
      'run-hook',
      'unit/plan/hooks: compilePlan() runs each kind of hook at its place and on its side',
      'integration/hooks: run in the namespaces of their kind',
    ),
  ),
  ...['createContainer', 'startContainer'].flatMap((kind) =>
    fields(
      `hooks.${kind}[]`,
      HOOK,
      'run-container-hook',
      'unit/plan/hooks: compilePlan() runs each kind of hook at its place and on its side',
      'integration/hooks: run in the namespaces of their kind',
    ),
  ),
];
