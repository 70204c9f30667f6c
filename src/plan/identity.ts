// process: what the container's init becomes before it executes the program. Capabilities and environment have their own files.

import { isSwitchedOn, KEEP_GROUPS } from '../spec/annotations.js';
import { addProblem, type ProgramContext } from './context.js';
import type { Op } from './ops.js';
import { resolvePath } from './resolve-path.js';

/** As the root of the container: whoever owns the keyring is asked whether exec may join it. */
export function joinKeyring(context: ProgramContext): Op[] {
  return context.request.noNewKeyring ? [] : [{ op: 'join-keyring', name: `_ses.${context.request.id}` }];
}

/** umask(2) uses the permission bits only. Without one, 0022 as in runc and crun. */
export function setUmask(context: ProgramContext): Op[] {
  return [{ op: 'set-umask', mask: (context.spec.process?.user?.umask ?? 0o022) & 0o777 }];
}

export function setPersonality(context: ProgramContext): Op[] {
  const domain = context.spec.linux?.personality?.domain;
  if (domain === undefined) {
    return [];
  }
  return [{ op: 'set-personality', persona: domain === 'LINUX32' ? 'PER_LINUX32' : 'PER_LINUX' }];
}

export function setNoNewPrivileges(context: ProgramContext): Op[] {
  return context.spec.process?.noNewPrivileges === true ? [{ op: 'set-no-new-privileges' }] : [];
}

/** Before anything is done that depends on who the program is. */
export function findUser({ request }: ProgramContext): Op[] {
  return request.account === undefined ? [] : [{ op: 'find-user', ...request.account }];
}

/** Whoever keeps the caller's groups gets no others: that is the way past a setgroups(2) which a user namespace denies. As crun. */
export function setUser(context: ProgramContext): Op[] {
  const user = context.spec.process?.user;
  const keeps = isSwitchedOn(context.spec, KEEP_GROUPS);
  const groups = keeps ? ['kept'] : (user?.additionalGids ?? []).map(String);
  if (context.request.account !== undefined) {
    return [{ op: 'set-user', uid: 'found', gid: 'found', groups: keeps ? groups : ['found', ...groups] }];
  }
  return [{ op: 'set-user', uid: user?.uid ?? 0, gid: user?.gid ?? 0, groups }];
}

/** As root: a directory that is missing is made, as runc and crun do. */
export function makeWorkingDirectory(context: ProgramContext): Op[] {
  const path = workingDirectory(context);
  return path === '/' ? [] : [{ op: 'make-directory', path, mode: 0o755 }];
}

/** Twice: as root, which may reach what the user may not, and as the user, for directories that root may not reach (NFS root squash). */
export function changeDirectory(context: ProgramContext, denial: 'ignore' | 'error'): Op[] {
  return [{ op: 'change-directory', path: workingDirectory(context), denial }];
}

function workingDirectory(context: ProgramContext): string {
  return resolvePath('/', context.spec.process?.cwd ?? '/');
}

export function keepDescriptors(context: ProgramContext): Op[] {
  return [{ op: 'keep-descriptors', count: context.request.preserveFds }];
}

/** The program and its arguments. Reports a config.json that names none. */
export function listArguments(context: ProgramContext): readonly string[] {
  const args = context.spec.process?.args ?? [];
  if (args.length === 0) {
    addProblem(context, 'process.args', 'a container needs a program to run');
  }
  return args;
}
