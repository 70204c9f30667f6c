// bundle.md, glossary.md, runtime.md and runtime-linux.md of runtime-spec 1.3.0.
import { clause, section } from '../clause.js';

export const BUNDLE = section(
  'bundle.md#container-format',
  clause(
    'bundle-config',
    'MUST',
    'This REQUIRED file MUST reside in the root of the bundle directory and MUST be named `config.json`.',
  ),
  clause(
    'bundle-directory',
    'MUST',
    'When supplied, while these artifacts MUST all be present in a single directory on the local filesystem, that directory itself is not part of the bundle.',
    { binds: 'who packs bundles; tsrun also takes a root filesystem that is elsewhere (config.md#root)' },
  ),
);

export const GLOSSARY = section(
  'glossary.md#json',
  clause('json-utf8', 'MUST', 'All configuration JSON MUST be encoded in UTF-8.', {
    shown: ['integration/errors: that is not UTF-8 is refused'],
  }),
  clause('json-duplicate-names', 'MUST NOT', 'JSON objects MUST NOT include duplicate names.', {
    shown: ['integration/errors: with a key twice is refused with line and column'],
  }),
);

export const SCOPE = section(
  'runtime.md#scope-of-a-container',
  clause(
    'scope-operations',
    'MUST',
    'The entity using a runtime to create a container MUST be able to use the operations defined in this specification against that same container.',
    {
      shown: [
        'integration/rootless: from create to delete, with another user as the program',
        'conformance/systemd/user: is a scope of the user, with its limits, which hold for what exec starts too, and leaves none',
      ],
    },
  ),
);

export const STATE = section(
  'runtime.md#state',
  clause(
    'state-oci-version',
    'REQUIRED',
    '`ociVersion` (string, REQUIRED) is version of the Open Container Initiative Runtime Specification with which the state complies.',
  ),
  clause('state-id', 'REQUIRED', "`id` (string, REQUIRED) is the container's ID."),
  clause('state-id-unique', 'MUST', 'This MUST be unique across all containers on this host.', {
    differs:
      'An id is unique in its state root, which is the scope of the runtime of which "Create" speaks. Two roots may have the same one, as with runc, and their containers do not touch each other.',
    shown: [
      'integration/lifecycle: refuses an id that is taken, and leaves the container as it is',
      'integration/lifecycle: of the same id live in two roots, as long as their cgroups differ',
    ],
  }),
  clause('state-status', 'REQUIRED', '`status` (string, REQUIRED) is the runtime state of the container.'),
  clause(
    'state-status-new',
    'MUST',
    'Additional values MAY be defined by the runtime, however, they MUST be used to represent new runtime states not defined above.',
    {
      shown: ['integration/lifecycle: of a frozen container is paused'],
    },
  ),
  clause(
    'state-pid',
    'REQUIRED',
    '`pid` (int, REQUIRED when `status` is `created` or `running` on Linux, OPTIONAL on other platforms) is the ID of the container process.',
  ),
  clause(
    'state-bundle',
    'REQUIRED',
    "`bundle` (string, REQUIRED) is the absolute path to the container's bundle directory.",
  ),
  clause(
    'state-schema',
    'MUST',
    'When serialized in JSON, the format MUST adhere to the JSON Schema `schema/state-schema.json`.',
  ),
);

const FAILED_HOOK =
  'hook fails, the runtime MUST generate an error, stop the container, and continue the lifecycle at step 12.';

/** What comes after an error of start. */
const STOPPED = {
  differs:
    'The container is stopped, and `delete`, which a manager calls after a `start` that failed, destroys it and runs the poststop hooks: one that was gone already would be an error to it. `run`, which nobody deletes after, destroys it by itself.',
  shown: [
    'integration/hook-failures: of kind startContainer fails start, and the program is not run',
    'integration/hook-failures: of kind poststart fails run, which leaves nothing',
  ],
};

export const LIFECYCLE = section(
  'runtime.md#lifecycle',
  clause(
    'lifecycle-environment',
    'MUST',
    "The container's runtime environment MUST be created according to the configuration in `config.json`.",
  ),
  clause(
    'lifecycle-environment-error',
    'MUST',
    'If the runtime is unable to create the environment specified in the `config.json`, it MUST generate an error.',
  ),
  clause(
    'lifecycle-resources',
    'MUST',
    'While the resources requested in the `config.json` MUST be created, the user-specified program (from `process`) MUST NOT be run at this time.',
  ),
  clause(
    'lifecycle-config-updates',
    'MUST NOT',
    'Any updates to `config.json` after this step MUST NOT affect the container.',
  ),
  clause('lifecycle-prestart', 'MUST', 'The `prestart` hooks MUST be invoked by the runtime.'),
  clause('lifecycle-prestart-fails', 'MUST', `If any \`prestart\` ${FAILED_HOOK}`),
  clause('lifecycle-create-runtime', 'MUST', 'The `createRuntime` hooks MUST be invoked by the runtime.'),
  clause('lifecycle-create-runtime-fails', 'MUST', `If any \`createRuntime\` ${FAILED_HOOK}`),
  clause('lifecycle-create-container', 'MUST', 'The `createContainer` hooks MUST be invoked by the runtime.'),
  clause('lifecycle-create-container-fails', 'MUST', `If any \`createContainer\` ${FAILED_HOOK}`),
  clause('lifecycle-start-container', 'MUST', 'The `startContainer` hooks MUST be invoked by the runtime.'),
  clause('lifecycle-start-container-fails', 'MUST', `If any \`startContainer\` ${FAILED_HOOK}`, STOPPED),
  clause('lifecycle-program', 'MUST', 'The runtime MUST run the user-specified program, as specified by `process`.'),
  clause('lifecycle-poststart', 'MUST', 'The `poststart` hooks MUST be invoked by the runtime.'),
  clause('lifecycle-poststart-fails', 'MUST', `If any \`poststart\` ${FAILED_HOOK}`, STOPPED),
  clause(
    'lifecycle-destroyed',
    'MUST',
    'The container MUST be destroyed by undoing the steps performed during create phase (step 2).',
  ),
  clause('lifecycle-poststop', 'MUST', 'The `poststop` hooks MUST be invoked by the runtime.'),
  clause(
    'lifecycle-poststop-fails',
    'MUST',
    'If any `poststop` hook fails, the runtime MUST log a warning, but the remaining hooks and lifecycle continue as if the hook had succeeded.',
  ),
);

export const ERRORS = section(
  'runtime.md#errors',
  clause(
    'errors-environment',
    'MUST',
    'Unless otherwise stated, generating an error MUST leave the state of the environment as if the operation were never attempted - modulo any possible trivial ancillary changes such as logging.',
    {
      shown: [
        'faults/sweep: of which any system call fails has done what it was asked to, or says in one line why not',
      ],
    },
  ),
);

export const WARNINGS = section(
  'runtime.md#warnings',
  clause(
    'warnings-continue',
    'MUST',
    'Unless otherwise stated, logging a warning does not change the flow of the operation; it MUST continue as if the warning had not been logged.',
    {
      shown: [
        'integration/privileges: that do not exist are a warning, and the container runs',
        'integration/hook-failures: of kind poststop is a warning: the others run, and delete succeeds',
      ],
    },
  ),
);

export const LINUX = section(
  'runtime-linux.md#dev-symbolic-links',
  clause(
    'linux-dev-links',
    'MUST',
    'While creating the container (step 2 in the lifecycle), runtimes MUST create the following symlinks if the source file exists after processing `mounts`: /dev/fd, /dev/stdin, /dev/stdout and /dev/stderr.',
  ),
);
