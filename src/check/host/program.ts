// process.args[0] in the root filesystem: whether execve(2) would find it, and find it executable.

import { DEFAULT_PATH } from '../../plan/environment.js';
import { resolvePath } from '../../plan/resolve-path.js';
import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Keys } from '../pointer.js';
import { isExecutableBy, readFormat, START_BYTES } from './elf.js';
import { type ContainerTree, type FoundInside, followContainerPath } from './paths.js';

const PROGRAM: Keys = ['process', 'args', 0];

export function checkProgram(spec: Spec, tree: ContainerTree): Draft[] {
  const name = spec.process?.args?.[0] ?? '';
  const cwd = spec.process?.cwd ?? '/';
  const drafts = checkWorkingDirectory(cwd, tree);
  if (name === '') {
    return drafts;
  }
  if (name.includes('/')) {
    return [...drafts, ...describe(resolvePath(cwd, name), followContainerPath(tree, resolvePath(cwd, name)), tree)];
  }
  return [...drafts, ...searchPath(spec, name, cwd, tree)];
}

/** execvp(3): the first executable file of that name; what cannot be executed is passed over. */
function searchPath(spec: Spec, name: string, cwd: string, tree: ContainerTree): Draft[] {
  const entry = (spec.process?.env ?? []).findLast((text) => text.startsWith('PATH='));
  const search = entry?.slice('PATH='.length) ?? DEFAULT_PATH;
  let unknown = false;
  for (const directory of search.split(':')) {
    const path = `${resolvePath(cwd, directory)}/${name}`.replaceAll('//', '/');
    const found = followContainerPath(tree, path);
    unknown ||= found === 'unknown' || found === 'denied';
    if (typeof found !== 'string' && found.entry.kind === 'file' && (found.entry.mode & 0o111) !== 0) {
      return describe(path, found, tree);
    }
  }
  if (unknown) {
    return [
      { rule: 'host/program-unknown', keys: PROGRAM, message: `cannot tell whether there is a program "${name}"` },
    ];
  }
  const hint =
    entry === undefined
      ? 'process.env has no PATH, so the usual one is searched'
      : 'name it by its path, or correct PATH';
  return [{ rule: 'host/program', keys: PROGRAM, message: `"${name}" is in no directory of ${search}`, hint }];
}

function describe(path: string, found: FoundInside, tree: ContainerTree): Draft[] {
  if (found === 'unknown' || found === 'denied') {
    return [
      { rule: 'host/program-unknown', keys: PROGRAM, message: `cannot tell whether there is a program "${path}"` },
    ];
  }
  const problem = describeFile(path, found, tree);
  return problem === null ? [] : [{ rule: 'host/program', keys: PROGRAM, ...problem }];
}

function describeFile(
  path: string,
  found: Exclude<FoundInside, 'unknown' | 'denied'>,
  tree: ContainerTree,
): Pick<Draft, 'message' | 'hint'> | null {
  if (found === 'missing') {
    return { message: `"${path}" is not in the root filesystem` };
  }
  if (found.entry.kind !== 'file') {
    return { message: `"${path}" is a ${found.entry.kind}, not a program` };
  }
  if ((found.entry.mode & 0o111) === 0) {
    return { message: `"${path}" is not executable`, hint: 'chmod +x' };
  }
  if (found.noexec) {
    return { message: `"${path}" is in a mount with "noexec"` };
  }
  return describeFormat(path, found.path, tree);
}

function describeFormat(path: string, host: string, tree: ContainerTree): Pick<Draft, 'message' | 'hint'> | null {
  const start = tree.view.readStart(host, START_BYTES);
  if (start === null) {
    return null;
  }
  const format = readFormat(start);
  if (format.kind === 'other') {
    return { message: `"${path}" is neither an ELF program nor a script that begins with "#!"` };
  }
  if (format.kind === 'elf' && !isExecutableBy(tree.view.machine, format.machine)) {
    return hasEmulation(tree)
      ? null
      : { message: `"${path}" is a program for another machine than this one, ${tree.view.machine}` };
  }
  const { interpreter } = format;
  if (interpreter === null || !interpreter.startsWith('/')) {
    return interpreter === null ? null : { message: `"${path}" begins with "#!" and no absolute path` };
  }
  const found = followContainerPath(tree, interpreter);
  const hint = format.kind === 'elf' ? 'the program was built for another C library or distribution' : undefined;
  return found === 'missing'
    ? { message: `"${path}" needs the interpreter "${interpreter}", which is not there`, hint }
    : null;
}

/** binfmt_misc hands programs of other machines to an emulator. */
function hasEmulation({ view }: ContainerTree): boolean {
  return (view.list('/proc/sys/fs/binfmt_misc') ?? []).some((name) => name.startsWith('qemu-'));
}

function checkWorkingDirectory(cwd: string, tree: ContainerTree): Draft[] {
  const found = followContainerPath(tree, cwd);
  if (found === 'missing') {
    const message = `${JSON.stringify(cwd)} is not in the root filesystem`;
    return [{ rule: 'host/working-directory', keys: ['process', 'cwd'], message }];
  }
  if (typeof found === 'string' || found.entry.kind === 'directory') {
    return [];
  }
  const message = `${JSON.stringify(cwd)} is a ${found.entry.kind}, not a directory`;
  return [{ rule: 'host/working-directory', keys: ['process', 'cwd'], message, severity: 'error' }];
}
