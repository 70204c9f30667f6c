// linux.readonlyPaths and linux.maskedPaths.

import { cleanPath } from '../spec/lexical-path.js';
import { addProblem, type CompileContext, hasMountNamespace } from './context.js';
import type { Op } from './ops.js';
import { resolvePath } from './resolve-path.js';

/** Read-only paths first, as in runc: a path in both lists ends up masked. */
export function compileMasks(context: CompileContext): Op[] {
  const linux = context.spec.linux;
  const ops: Op[] = [];
  for (const path of listPaths(context, 'readonlyPaths', linux?.readonlyPaths)) {
    ops.push({ op: 'protect', path });
  }
  for (const path of listPaths(context, 'maskedPaths', linux?.maskedPaths)) {
    ops.push({ op: 'mask', path });
  }
  return ops;
}

function listPaths(context: CompileContext, name: string, paths: readonly string[] | null | undefined): string[] {
  if (paths === undefined || paths === null || paths.length === 0) {
    return [];
  }
  if (!hasMountNamespace(context)) {
    addProblem(context, `linux.${name}`, 'needs a mount namespace: linux.namespaces has none');
  }
  for (let index = 0; index < paths.length; index += 1) {
    if (cleanPath(paths[index] as string) === '/') {
      addProblem(context, `linux.${name}[${index}]`, 'must not be the root of the container');
    }
  }
  return paths.map((path) => resolvePath('/', path));
}
