// The order in which a process becomes a container's program: the same for its init and for what exec starts beside it.

import { setBoundingCapabilities, setCapabilities } from './capabilities.js';
import type { ProgramContext } from './context.js';
import { findExecutable, setEnvironment, setHome } from './environment.js';
import * as identity from './identity.js';
import { setProcessLabels } from './labels.js';
import { setMemoryPolicy } from './memory-policy.js';
import type { Op } from './ops.js';
import { lowerFileLimit } from './process-limits.js';
import { setScheduling } from './scheduling.js';
import * as seccomp from './seccomp.js';
import { takeStreams } from './terminal.js';

/**
 * In the container's root, as root of it, up to where nothing is left but to execute. What needs privilege comes before the user and the
 * capabilities, what has to be seen as the program will see it after them.
 */
export function becomeProgram(context: ProgramContext, args: readonly string[]): Op[] {
  return [
    setScheduling(context),
    setMemoryPolicy(context),
    identity.findUser(context),
    identity.setUmask(context),
    identity.setPersonality(context),
    setProcessLabels(context),
    identity.setNoNewPrivileges(context),
    setEnvironment(context),
    takeStreams(context),
    identity.changeDirectory(context, 'ignore'),
    seccomp.loadWithPrivilege(context),
    setBoundingCapabilities(context),
    identity.setUser(context),
    setCapabilities(context),
    identity.changeDirectory(context, 'error'),
    setHome(context),
    findExecutable(context, args[0] ?? ''),
    identity.keepDescriptors(context),
    seccomp.loadForAgent(context),
  ].flat();
}

/**
 * The last steps, with the hooks that run in the container. The filter of system calls comes as late as it may, as it also holds for the
 * process that loads it; the limit of descriptors as well, which all before would have to get by with. Hooks in the container can be programs of its image, so they run under it; without hooks nothing but execve(2) is
 * left to be done.
 */
export function executeProgram(context: ProgramContext, args: readonly string[], hooks: readonly Op[] = []): Op[] {
  const load = seccomp.loadWithoutPrivilege(context);
  const prepare: Op[] = [...lowerFileLimit(context), { op: 'prepare-exec' }];
  return [hooks.length > 0 ? [load, hooks, prepare] : [prepare, load], [{ op: 'exec', args } satisfies Op]].flat(2);
}
