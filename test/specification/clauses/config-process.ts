// config.md of runtime-spec 1.3.0, "Process".
import { clause, section } from '../clause.js';

export const PROCESS = section(
  'config.md#process',
  clause('process-required', 'REQUIRED', 'This property is REQUIRED when `start` is called.', {
    shown: ['unit/spec/warnings: needs a process'],
  }),
  clause('process-console-size', 'MUST', 'Runtimes MUST ignore `consoleSize` if `terminal` is `false` or unset.'),
  clause(
    'process-cwd-required',
    'REQUIRED',
    '`cwd` (string, REQUIRED) is the working directory that will be set for the executable.',
  ),
  clause('process-cwd-absolute', 'MUST', 'This value MUST be an absolute path.'),
  clause(
    'process-args',
    'REQUIRED',
    "This specification extends the IEEE standard in that at least one entry is REQUIRED (non-Windows), and that entry is used with the same semantics as `execvp`'s *file*.",
  ),
);

export const RLIMITS = section(
  'config.md#posix-process',
  clause(
    'rlimits-unknown',
    'MUST',
    'The runtime MUST generate an error for any values which cannot be mapped to a relevant kernel interface.',
  ),
  clause('rlimits-getrlimit', 'MUST', 'For each entry in `rlimits`, a getrlimit(3) on `type` MUST succeed.'),
  clause('rlimits-soft', 'MUST', '`rlim.rlim_cur` MUST match the configured value.'),
  clause('rlimits-hard', 'MUST', '`rlim.rlim_max` MUST match the configured value.'),
  clause(
    'rlimits-duplicates',
    'MUST',
    'If `rlimits` contains duplicated entries with same `type`, the runtime MUST generate an error.',
  ),
);

export const LINUX_PROCESS = section(
  'config.md#linux-process',
  clause(
    'capabilities-warning',
    'MUST',
    'Any value which cannot be mapped to a relevant kernel interface, or cannot be granted otherwise MUST be logged as a warning by the runtime.',
  ),
  clause(
    'capabilities-not-granted',
    'SHOULD NOT',
    'Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted, for example, if the runtime operates in a restricted environment with a limited set of capabilities.',
    {
      shown: [
        'integration/privileges: that do not exist are a warning, and the container runs',
        'unit/plan/identity: leaves out capabilities that are unknown or could not be granted',
      ],
    },
  ),
  clause('oom-score-set', 'MUST', 'If `oomScoreAdj` is set, the runtime MUST set `oom_score_adj` to the given value.'),
  clause(
    'oom-score-unset',
    'MUST NOT',
    'If `oomScoreAdj` is not set, the runtime MUST NOT change the value of `oom_score_adj`.',
  ),
  clause(
    'scheduler-defaults',
    'must',
    'If not set, the runtime must use the value 0. (`nice`, `priority`, `runtime`, `deadline`, `period`)',
    {
      shown: [
        'unit/plan/scheduling: gives every value, and 0 for what is not said',
        'integration/scheduling: * is that of the program',
      ],
    },
  ),
  clause(
    'exec-affinity-final',
    'SHOULD NOT',
    "If omitted or empty, runtime SHOULD NOT change process' CPU affinity after the process is moved to container's cgroup, and the final affinity is determined by the Linux kernel.",
    {
      shown: ['integration/exec-process: binds the process, to begin with or for good'],
    },
  ),
);

export const USER = section(
  'config.md#posix-platform-user',
  clause('user-uid', 'REQUIRED', '`uid` (int, REQUIRED) specifies the user ID in the container namespace.'),
  clause('user-gid', 'REQUIRED', '`gid` (int, REQUIRED) specifies the group ID in the container namespace.'),
  clause(
    'user-umask',
    'should not',
    "If unspecified, the umask should not be changed from the calling process' umask.",
    {
      differs:
        'Without `umask` it is 0022, as with runc and crun: what a container writes does not depend on who starts it, and the caller is mostly a daemon whose umask is meant for its own files.',
      shown: ['integration/process: has the umask of config.json, else 0022'],
    },
  ),
);
