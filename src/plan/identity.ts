// process: what the container's init becomes before it executes the program. Capabilities and environment have their own files.

import { addProblem, type CompileContext } from './context.js';
import type { Op } from './ops.js';
import { resolvePath } from './resolve-path.js';

export function joinKeyring(context: CompileContext): Op[] {
  return context.request.noNewKeyring ? [] : [{ op: 'join-keyring', name: `_ses.${context.request.id}` }];
}

/** umask(2) uses the permission bits only. Without one, 0022 as in runc and crun. */
export function setUmask(context: CompileContext): Op[] {
  return [{ op: 'set-umask', mask: (context.spec.process?.user?.umask ?? 0o022) & 0o777 }];
}

export function setPersonality(context: CompileContext): Op[] {
  const domain = context.spec.linux?.personality?.domain;
  if (domain === undefined) {
    return [];
  }
  return [{ op: 'set-personality', persona: domain === 'LINUX32' ? 'PER_LINUX32' : 'PER_LINUX' }];
}

export function setNoNewPrivileges(context: CompileContext): Op[] {
  return context.spec.process?.noNewPrivileges === true ? [{ op: 'set-no-new-privileges' }] : [];
}

export function setUser(context: CompileContext): Op[] {
  const user = context.spec.process?.user;
  const groups = (user?.additionalGids ?? []).map(String);
  return [{ op: 'set-user', uid: user?.uid ?? 0, gid: user?.gid ?? 0, groups }];
}

/** As root: a directory that is missing is made, as runc and crun do. */
export function makeWorkingDirectory(context: CompileContext): Op[] {
  const path = workingDirectory(context);
  return path === '/' ? [] : [{ op: 'make-directory', path, mode: 0o755 }];
}

/** Twice: as root, which may reach what the user may not, and as the user, for directories that root may not reach (NFS root squash). */
export function changeDirectory(context: CompileContext, denial: 'ignore' | 'error'): Op[] {
  return [{ op: 'change-directory', path: workingDirectory(context), denial }];
}

function workingDirectory(context: CompileContext): string {
  return resolvePath('/', context.spec.process?.cwd ?? '/');
}

export function keepDescriptors(context: CompileContext): Op[] {
  return [{ op: 'keep-descriptors', count: context.request.preserveFds }];
}

/** The program and its arguments. Reports a config.json that names none. */
export function listArguments(context: CompileContext): readonly string[] {
  const args = context.spec.process?.args ?? [];
  if (args.length === 0) {
    addProblem(context, 'process.args', 'a container needs a program to run');
  }
  return args;
}
