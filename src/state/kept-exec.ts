// The templates of documents that `exec --process` is called with again and again, such as a manager's probes: the front makes the next exec of the
// same document without the engine (c/exec_kept.c, which says when one is kept). A document is known by all of its text, and whatever else its
// plan was made of is state.json, which does not change. It is a shortcut: missing, torn or lost it costs time and nothing else.
import { join } from 'node:path';
import { replaceFile } from '../host/files.js';

/** c/exec_kept.c has the same two. The length of a document says in which file it is kept. */
const KEPT_FILES = 4;
const MOST_DOCUMENT = 256 * 1024;

/** Keeps the template of this document, instead of another one's. Never throws. */
export function keepExec(stateDirectory: string, document: Buffer, template: string): void {
  if (document.length > MOST_DOCUMENT) return;
  try {
    const file = join(stateDirectory, `exec.${document.length % KEPT_FILES}`);
    replaceFile(file, `tsrun-kept\t1\t${document.length}\n${document.toString()}${template}`, 0o600);
  } catch {
    // The container is gone by now, or another exec was at the same file.
  }
}
