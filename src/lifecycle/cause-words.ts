// Words for why a step of the helper failed: an errno, or a condition that did not hold.
import { constants } from 'node:os';
import { ERRNO_WORDS } from '../host/errno-words.js';
import type { FailedStep } from './helper-report.js';

/** Empty where there is nothing to add to what was tried. */
export function describeCause({ errno, call, detail, op }: FailedStep): string {
  // The helper has the words that podman and Docker look for.
  if (op?.op === 'find-executable' && detail !== '') return detail;
  if (errno === 0) {
    if (SENTENCES.has(call) && detail !== '') return detail;
    if (call === 'locked flag') return `the source is mounted "${detail}", which a user namespace may not change`;
    return `${CONDITIONS[call] ?? call}${detail === '' ? '' : ` (${detail})`}`;
  }
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return `${ERRNO_WORDS[name] ?? 'the system refused'} (${name})`;
}

/** Conditions whose detail says it all; of any other the detail only says which, where or when. */
const SENTENCES: ReadonlySet<string> = new Set(['timeout', 'hook exit', 'hook signal', 'still running', 'busy']);

/** Conditions that the helper reports without an errno, in runc's words where callers match them. */
const CONDITIONS: Readonly<Record<string, string>> = {
  stopped: 'container not running',
  running: 'cannot start an already running container',
  'ordinary directory': 'must be mounted on ordinary directory',
  died: 'its init died',
  'cgroup is not empty': 'it has processes already',
  'cgroup is frozen': 'it is frozen',
  'not a cgroup2 mount': 'it is not in a cgroup2 mount',
  'not of a devpts': 'it is not that of a devpts',
  'inside procfs': 'cannot be mounted because it is inside /proc',
  'something else is there': 'something else is there already',
  'not a namespace': 'it is not a namespace file',
  'unknown user': 'no entry of /etc/passwd in the container has that name',
  'unknown group': 'no entry of /etc/group in the container has that name',
  'no answer': 'nobody has taken it',
  'namespace of another type': 'it is a namespace of another type',
  'own network namespace': "its network namespace is the runtime's own",
  'unknown architecture': 'libseccomp does not know the architecture',
  'unknown system call': 'libseccomp does not know the system call',
  'filter is too long': 'it has more instructions than the kernel takes',
};
