// runtime.md of runtime-spec 1.3.0, "Operations".
import { clause, section } from '../clause.js';

export const OPERATIONS = [
  ...section(
    'runtime.md#operations',
    clause('operations-supported', 'MUST', 'Unless otherwise stated, runtimes MUST support the following operations.'),
  ),
  ...section(
    'runtime.md#query-state',
    clause('query-id', 'MUST', 'This operation MUST generate an error if it is not provided the ID of a container.'),
    clause('query-missing', 'MUST', 'Attempting to query a container that does not exist MUST generate an error.'),
    clause(
      'query-state',
      'MUST',
      'This operation MUST return the state of a container as specified in the State section.',
    ),
  ),
  ...section(
    'runtime.md#create',
    clause(
      'create-arguments',
      'MUST',
      'This operation MUST generate an error if it is not provided a path to the bundle and the container ID to associate with the container.',
    ),
    clause(
      'create-id',
      'MUST',
      'If the ID provided is not unique across all containers within the scope of the runtime, or is not valid in any other way, the implementation MUST generate an error and a new container MUST NOT be created.',
    ),
    clause('create-new', 'MUST', 'This operation MUST create a new container.'),
    clause(
      'create-properties',
      'MUST',
      'All of the properties configured in `config.json` except for `process` MUST be applied.',
    ),
    clause('create-args', 'MUST NOT', '`process.args` MUST NOT be applied until triggered by the `start` operation.', {
      differs:
        'The program is looked for when the container is created, as by runc, so a caller learns then that it is not there. It is executed by `start` alone.',
    }),
    clause(
      'create-error',
      'MUST',
      'If the runtime cannot apply a property as specified in the configuration, it MUST generate an error and a new container MUST NOT be created.',
    ),
  ),
  ...section(
    'runtime.md#start',
    clause('start-id', 'MUST', 'This operation MUST generate an error if it is not provided the container ID.'),
    clause(
      'start-status',
      'MUST',
      'Attempting to `start` a container that is not `created` MUST have no effect on the container and MUST generate an error.',
    ),
    clause('start-program', 'MUST', 'This operation MUST run the user-specified program as specified by `process`.'),
    clause('start-process', 'MUST', 'This operation MUST generate an error if `process` was not set.', {
      differs:
        'The error comes from `create` already, as with runc: the process that waits for `start` is the one of `process`, with its user and its limits, and there is no other way to set one later.',
      shown: ['unit/spec/warnings: needs a process'],
    }),
  ),
  ...section(
    'runtime.md#kill',
    clause('kill-id', 'MUST', 'This operation MUST generate an error if it is not provided the container ID.'),
    clause(
      'kill-status',
      'MUST',
      'Attempting to send a signal to a container that is neither `created` nor `running` MUST have no effect on the container and MUST generate an error.',
    ),
    clause('kill-signal', 'MUST', 'This operation MUST send the specified signal to the container process.'),
  ),
  ...section(
    'runtime.md#delete',
    clause('delete-id', 'MUST', 'This operation MUST generate an error if it is not provided the container ID.'),
    clause(
      'delete-status',
      'MUST',
      'Attempting to `delete` a container that is not `stopped` MUST have no effect on the container and MUST generate an error.',
      {
        differs:
          'A container that is `created` is deleted, as by runc and crun: nothing of the user runs in it, and its callers need no other way to give it up. One that is `running` or `paused` is not.',
        shown: [
          'integration/kill-delete: of a created container removes it',
          'integration/pause: is refused delete, and not delete --force',
        ],
      },
    ),
    clause(
      'delete-resources',
      'MUST',
      'Deleting a container MUST delete the resources that were created during the `create` step.',
    ),
    clause(
      'delete-foreign',
      'MUST NOT',
      'Note that resources associated with the container, but not created by this container, MUST NOT be deleted.',
      {
        shown: [
          'conformance/cgroup/paths: leaves the cgroup above it that was there before',
          'integration/foreign-cgroup: delete --force of a create that died early leaves the container that has the cgroup',
        ],
      },
    ),
  ),
];
