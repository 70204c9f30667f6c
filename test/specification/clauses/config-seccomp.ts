// config-linux.md of runtime-spec 1.3.0, "Seccomp".
import { clause, section } from '../clause.js';

export const SECCOMP = [
  ...section(
    'config-linux.md#seccomp',
    clause(
      'seccomp-default-errno',
      'MUST',
      "When the action doesn't support an errno, the runtime MUST print and error and fail. (`defaultErrnoRet`)",
    ),
    clause('seccomp-socket', 'MUST', 'This socket MUST use `AF_UNIX` domain and `SOCK_STREAM` type.', {
      shown: [
        'integration/seccomp-agent: is told the state of the process when the container is created, before start',
      ],
    }),
    clause('seccomp-one-state', 'MUST', 'The runtime MUST send exactly one container process state per connection.', {
      shown: [
        'integration/seccomp-agent: is told the state of the process when the container is created, before start',
        'integration/seccomp-agent: an exec has an agent of its own connection, which is told both processes',
      ],
    }),
    clause(
      'seccomp-connection',
      'MUST NOT',
      'The connection MUST NOT be reused and it MUST be closed after sending a seccomp state.',
      {
        shown: ['integration/seccomp-agent: an exec has an agent of its own connection, which is told both processes'],
      },
    ),
    clause('seccomp-socket-fails', 'MUST', 'If sending to this socket fails, the runtime MUST generate an error.', {
      shown: [
        'integration/seccomp-agent: without an agent at the socket nothing is created, and the error says so',
        'faults/seccomp: a listener that init cannot hand over stops create',
      ],
    }),
    clause('seccomp-metadata', 'MUST NOT', 'This field MUST NOT be set if `listenerPath` is not set.', {
      shown: ['unit/spec/checks-linux: checkSeccomp()'],
    }),
    clause('seccomp-names', 'MUST', '`names` MUST contain at least one entry.'),
    clause(
      'seccomp-errno',
      'MUST',
      "When the action doesn't support an errno, the runtime MUST print and error and fail. (`syscalls[].errnoRet`)",
    ),
  ),
  ...section(
    'config-linux.md#the-container-process-state',
    clause(
      'process-state-sent',
      'MUST',
      'The container runtime MUST send the container process state over the UNIX socket as regular payload serialized in JSON and file descriptors MUST be sent using `SCM_RIGHTS`.',
      {
        shown: [
          'integration/seccomp-agent: is told the state of the process when the container is created, before start',
        ],
      },
    ),
    clause(
      'process-state-first',
      'MUST',
      'If more than one `sendmsg(2)` is used, the file descriptors MUST be sent only in the first call.',
      {
        shown: [
          'integration/seccomp-agent: is told the state of the process when the container is created, before start',
        ],
      },
    ),
    clause(
      'process-state-fields',
      'REQUIRED',
      '`ociVersion` (string, REQUIRED), `pid` (int, REQUIRED), `state` (state, REQUIRED)',
      {
        shown: [
          'integration/seccomp-agent: is told the state of the process when the container is created, before start',
        ],
      },
    ),
  ),
];
