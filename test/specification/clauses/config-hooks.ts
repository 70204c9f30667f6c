// config.md of runtime-spec 1.3.0, "POSIX-platform Hooks".
import { clause, section } from '../clause.js';

const BEFORE_PIVOT =
  'hooks MUST be called as part of the `create` operation after the runtime environment has been created (according to the configuration in config.json) but before the `pivot_root` or any equivalent operation has been executed.';

export const HOOKS = [
  ...section(
    'config.md#posix-platform-hooks',
    clause('hooks-path', 'MUST', 'This specification extends the IEEE standard in that `path` MUST be absolute.'),
    clause('hooks-timeout', 'MUST', 'If set, `timeout` MUST be greater than zero.'),
    clause('hooks-order', 'MUST', 'Hooks MUST be called in the listed order.'),
    clause(
      'hooks-state',
      'MUST',
      'The state of the container MUST be passed to hooks over stdin so that they may do work appropriate to the current state of the container.',
    ),
  ),
  ...section(
    'config.md#prestart',
    clause('prestart-when', 'MUST', `The \`prestart\` ${BEFORE_PIVOT}`),
    clause('prestart-first', 'MUST', 'The `prestart` hooks MUST be called before the `createRuntime` hooks.'),
    clause('prestart-path', 'MUST', "The `prestart` hooks' path MUST resolve in the runtime namespace."),
    clause('prestart-namespace', 'MUST', 'The `prestart` hooks MUST be executed in the runtime namespace.'),
  ),
  ...section(
    'config.md#createruntime-hooks',
    clause('create-runtime-when', 'MUST', `The \`createRuntime\` ${BEFORE_PIVOT}`),
    clause('create-runtime-path', 'MUST', "The `createRuntime` hooks' path MUST resolve in the runtime namespace."),
    clause('create-runtime-namespace', 'MUST', 'The `createRuntime` hooks MUST be executed in the runtime namespace.'),
  ),
  ...section(
    'config.md#createcontainer-hooks',
    clause('create-container-when', 'MUST', `The \`createContainer\` ${BEFORE_PIVOT}`),
    clause(
      'create-container-order',
      'MUST',
      'The `createContainer` hooks MUST be called after the `createRuntime` hooks.',
    ),
    clause('create-container-path', 'MUST', "The `createContainer` hooks' path MUST resolve in the runtime namespace."),
    clause(
      'create-container-namespace',
      'MUST',
      'The `createContainer` hooks MUST be executed in the container namespace.',
    ),
  ),
  ...section(
    'config.md#startcontainer-hooks',
    clause(
      'start-container-when',
      'MUST',
      'The `startContainer` hooks MUST be called before the user-specified process is executed as part of the `start` operation.',
    ),
    clause('start-container-path', 'MUST', "The `startContainer` hooks' path MUST resolve in the container namespace."),
    clause(
      'start-container-namespace',
      'MUST',
      'The `startContainer` hooks MUST be executed in the container namespace.',
    ),
  ),
  ...section(
    'config.md#poststart',
    clause(
      'poststart-when',
      'MUST',
      'The `poststart` hooks MUST be called after the user-specified process is executed but before the `start` operation returns.',
    ),
    clause('poststart-path', 'MUST', "The `poststart` hooks' path MUST resolve in the runtime namespace."),
    clause('poststart-namespace', 'MUST', 'The `poststart` hooks MUST be executed in the runtime namespace.'),
  ),
  ...section(
    'config.md#poststop',
    clause(
      'poststop-when',
      'MUST',
      'The `poststop` hooks MUST be called after the container is deleted but before the `delete` operation returns.',
    ),
    clause('poststop-path', 'MUST', "The `poststop` hooks' path MUST resolve in the runtime namespace."),
    clause('poststop-namespace', 'MUST', 'The `poststop` hooks MUST be executed in the runtime namespace.'),
  ),
];
